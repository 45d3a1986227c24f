// All time steps of an LSTM layer, or some of them, forward, in one launch.
//
//   z = W x + R h + b                        x: step t; h, c: slot t of hidden and cell
//   i, f, o = sigmoid(z_i, z_f, z_o)         g = tanh(z_g)
//   c' = f c + i g                           h' = o tanh(c')        slot t + 1
//
//   first        the step with which the launch begins; its state is in slot `first`
//   steps        how many it goes through
//   rows         B
//   starts       not 0 where that slot stands for a state of zeros; it is not read then
//   keeps_gates  not 0 to leave i, f, g, o in `gates`, which lstm_resident_backward.cl needs
//   parameters   has R [4H, H] at recurrent_offset and, with INPUTS, W [4H, I] at input_offset and
//                the two biases [2, 4H] at bias_offset. Where H is a multiple of 4,
//                recurrent_offset must be one.
//   x            [T, B, I] from x_offset on; read only with INPUTS
//   gates        [T, B, 4H], in: W x + b, read only without INPUTS; out, if kept: i, f, g, o
//   hidden       slots of [B, H], hidden_pitch apart. With a pitch of 0 there is one slot, which is
//                written once, after the last step.
//   cell         the same
//
// A work-group carries ROWS rows of the batch through all steps; rows do not depend on each other,
// so groups do not either. With v = (h, x) and M = (R, W), z is M v: the columns of M are cut into
// SLICES of DEPTH, and item (slice, unit), the unit fastest, holds the four gates of its unit for
// its slice: 4 DEPTH floats, of which 4 HELD stay in its registers for the whole sequence and the others
// lie in private memory, interleaved, to be read through L1.
// v is in local memory; all items of a slice read the same four floats of it at once, a broadcast
// for 16 multiply-adds. The parts of the slices go through local memory too, a float4 each,
// neighbours beside neighbours, and are added in the order of the slices. Two barriers a step: one
// when all parts are there, one when the new v is. The cell stays in registers. What the next step
// needs from global memory is asked for before the first barrier, a step ahead of its use.
//
// The floor of a step, counted in cycles of a compute unit with 128 lanes and a local memory of 128
// bytes a cycle, for each row with H = 64, I = 0 and 256 items: 4 H H / 128 = 128 of multiply-adds,
// hidden under which 32 broadcasts, and 64 for the exchange of 4 KiB; a chain of about 120 for
// exp, a division and tanh, and 2 x 30 for the barriers: 250 to 350 in all for one row, about 130
// for each further one. Work-groups on the same unit fill each other's waits.

// H.
#ifndef UNITS
#define UNITS 64
#endif
// I where the inputs are projected here; 0 where `gates` has W x + b already. Here is better for
// small I: I floats for each row and step are read, instead of 4H written before and read.
#ifndef INPUTS
#define INPUTS 0
#endif
// Rows of a work-group. One where there are few; more of them share the barriers and the wait for
// the activations, and need 4 registers and 4 KiB (at H = 64) each.
#ifndef ROWS
#define ROWS 1
#endif
// Columns of an item, a multiple of 4: 4 registers for each. Fewer make more items, a shorter chain
// of sums, and more parts to exchange.
#ifndef DEPTH
#define DEPTH 16
#endif

// Those that stay in registers, a multiple of 4. Where a compiler is left to choose, with more than
// there are registers for, it may put most of them into private memory.
#ifndef HELD
#define HELD DEPTH
#endif

#define COLUMNS (UNITS + INPUTS)
#define SLICES ((COLUMNS + DEPTH - 1) / DEPTH)
#define REST (DEPTH - HELD)
#define ITEMS (UNITS * SLICES)
#define PITCH (SLICES * DEPTH)
// Items share the cells of a step, and its inputs, in turns.
#define CELL_TURNS ((ROWS * UNITS + ITEMS - 1) / ITEMS)
#define INPUT_TURNS ((ROWS * INPUTS + ITEMS - 1) / ITEMS)

#if DEPTH % 4 != 0 || HELD % 4 != 0
#error "v is read in fours"
#endif

// A column of M, of a unit's four gates; zeros beyond the last.
float4 load_column(
    __global const float *recurrent, __global const float *input, const int unit,
    const int column) {
  if (column < UNITS) {
    __global const float *r = recurrent + unit * UNITS + column;
    return (float4)(
        r[0], r[(size_t)UNITS * UNITS], r[(size_t)2 * UNITS * UNITS],
        r[(size_t)3 * UNITS * UNITS]);
  }
#if INPUTS == 0
  (void)input;
#else
  if (column < COLUMNS) {
    __global const float *w = input + unit * INPUTS + (column - UNITS);
    return (float4)(
        w[0], w[(size_t)UNITS * INPUTS], w[(size_t)2 * UNITS * INPUTS],
        w[(size_t)3 * UNITS * INPUTS]);
  }
#endif
  return (float4)(0.0f);
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void lstm_resident_forward(
    const int first, const int steps, const int rows, const int starts, const int keeps_gates,
    __global const float *parameters, const ulong input_offset, const ulong recurrent_offset,
    const ulong bias_offset, __global const float *x, const ulong x_offset,
    __global float *gates, __global float *hidden, const ulong hidden_pitch,
    __global float *cell, const ulong cell_pitch) {
  __local float4 v_fours[ROWS][PITCH / 4];
  __local float4 parts[SLICES][ROWS][UNITS];
  __local float *v = (__local float *)v_fours;
#if INPUTS > 0
  // Of all items of a unit. Four registers of each item, at H = 64 with 4 rows, would decide whether a
  // compute unit has room for two work-groups.
  __local float4 biases[UNITS];
#endif

  const int item = (int)get_local_id(0);
  const int unit = item % UNITS;
  const int slice = item / UNITS;
  const int first_row = (int)get_group_id(0) * ROWS;
  const int used_rows = min(ROWS, rows - first_row);
  const size_t step_gates = (size_t)rows * 4 * UNITS;

  // From here on, steps and slots count from the first.
  gates += first * step_gates;
  hidden += first * hidden_pitch;
  cell += first * cell_pitch;

#if INPUTS == 0
  (void)bias_offset, (void)x, (void)x_offset;
#else
  x += x_offset + (size_t)first * rows * INPUTS;
#endif

  // The item's part of M; zeros beyond its columns.
  float4 m[HELD];
#if UNITS % 4 == 0
#pragma unroll
  for (int l = 0; l < HELD; l += 4) {
    const int column = slice * DEPTH + l;
    if (column < UNITS) {
      __global const float4 *r =
          (__global const float4 *)(parameters + recurrent_offset) +
          ((size_t)unit * UNITS + column) / 4;
      const float4 r_i = r[0];
      const float4 r_f = r[(size_t)UNITS * UNITS / 4];
      const float4 r_g = r[(size_t)2 * UNITS * UNITS / 4];
      const float4 r_o = r[(size_t)3 * UNITS * UNITS / 4];
      m[l] = (float4)(r_i.s0, r_f.s0, r_g.s0, r_o.s0);
      m[l + 1] = (float4)(r_i.s1, r_f.s1, r_g.s1, r_o.s1);
      m[l + 2] = (float4)(r_i.s2, r_f.s2, r_g.s2, r_o.s2);
      m[l + 3] = (float4)(r_i.s3, r_f.s3, r_g.s3, r_o.s3);
    }
  }
#endif
#pragma unroll
  for (int l = 0; l < HELD; l++) {
    const int column = slice * DEPTH + l;
    if (UNITS % 4 != 0 || column >= UNITS) {
      m[l] = load_column(
          parameters + recurrent_offset, parameters + input_offset, unit, column);
    }
  }
#if REST > 0
  float4 rest[REST];
#pragma unroll 1
  for (int l = 0; l < REST; l++) {
    rest[l] = load_column(
        parameters + recurrent_offset, parameters + input_offset, unit,
        slice * DEPTH + HELD + l);
  }
#endif

  // What the first step finds. Unused places are zero, so that they add nothing.
  for (int e = item; e < ROWS * PITCH; e += ITEMS) {
    const int row = e / PITCH;
    const int column = e % PITCH;
    float value = 0.0f;
    if (row < used_rows) {
      if (column < UNITS) {
        value = starts ? 0.0f : hidden[(size_t)(first_row + row) * UNITS + column];
#if INPUTS > 0
      } else if (column < COLUMNS) {
        value = x[(size_t)(first_row + row) * INPUTS + (column - UNITS)];
#endif
      }
    }
    v[e] = value;
  }
  // An item's cells are those of its unit: ITEMS is a multiple of UNITS.
  float c[CELL_TURNS];
#if INPUTS == 0
  float4 z[CELL_TURNS];
#else
  if (slice == 0) {
    __global const float *b = parameters + bias_offset + unit;
    biases[unit] = (float4)(
        b[0] + b[4 * UNITS], b[UNITS] + b[5 * UNITS], b[2 * UNITS] + b[6 * UNITS],
        b[3 * UNITS] + b[7 * UNITS]);
  }
#endif
#pragma unroll
  for (int turn = 0; turn < CELL_TURNS; turn++) {
    const int row = slice + turn * SLICES;
    c[turn] = 0.0f;
#if INPUTS == 0
    z[turn] = (float4)(0.0f);
#endif
    if (row < used_rows) {
      if (!starts) {
        c[turn] = cell[(size_t)(first_row + row) * UNITS + unit];
      }
#if INPUTS == 0
      __global const float *z_row = gates + (size_t)(first_row + row) * 4 * UNITS + unit;
      z[turn] = (float4)(z_row[0], z_row[UNITS], z_row[2 * UNITS], z_row[3 * UNITS]);
#endif
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);

  for (int step = 0; step < steps; step++) {
    const bool has_next = step + 1 < steps;
#if INPUTS == 0
    float4 next[CELL_TURNS];
#pragma unroll
    for (int turn = 0; turn < CELL_TURNS; turn++) {
      const int row = slice + turn * SLICES;
      next[turn] = (float4)(0.0f);
      if (has_next && row < used_rows) {
        __global const float *z_row =
            gates + (step + 1) * step_gates + (size_t)(first_row + row) * 4 * UNITS + unit;
        next[turn] = (float4)(z_row[0], z_row[UNITS], z_row[2 * UNITS], z_row[3 * UNITS]);
      }
    }
#else
    float next[INPUT_TURNS];
#pragma unroll
    for (int turn = 0; turn < INPUT_TURNS; turn++) {
      const int e = item + turn * ITEMS;
      next[turn] = 0.0f;
      if (has_next && e < used_rows * INPUTS) {
        next[turn] = x[((size_t)(step + 1) * rows + first_row) * INPUTS + e];
      }
    }
#endif

    float4 sums[ROWS];
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
      sums[row] = (float4)(0.0f);
    }
#pragma unroll
    for (int l = 0; l < HELD / 4; l++) {
#pragma unroll
      for (int row = 0; row < ROWS; row++) {
        const float4 four = v_fours[row][slice * (DEPTH / 4) + l];
        sums[row] += four.s0 * m[4 * l];
        sums[row] += four.s1 * m[4 * l + 1];
        sums[row] += four.s2 * m[4 * l + 2];
        sums[row] += four.s3 * m[4 * l + 3];
      }
    }
#if REST > 0
    // Not unrolled: numbers of known places the compiler would put into registers.
#pragma unroll 1
    for (int l = 0; l < REST / 4; l++) {
#pragma unroll
      for (int row = 0; row < ROWS; row++) {
        const float4 four = v_fours[row][(slice * DEPTH + HELD) / 4 + l];
        sums[row] += four.s0 * rest[4 * l];
        sums[row] += four.s1 * rest[4 * l + 1];
        sums[row] += four.s2 * rest[4 * l + 2];
        sums[row] += four.s3 * rest[4 * l + 3];
      }
    }
#endif
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
      parts[slice][row][unit] = sums[row];
    }
    barrier(CLK_LOCAL_MEM_FENCE);

#pragma unroll
    for (int turn = 0; turn < CELL_TURNS; turn++) {
      const int row = slice + turn * SLICES;
      if (row < used_rows) {
        float4 sum = parts[0][row][unit];
#pragma unroll
        for (int part = 1; part < SLICES; part++) {
          sum += parts[part][row][unit];
        }
#if INPUTS == 0
        sum += z[turn];
#else
        sum += biases[unit];
#endif
        const float input_gate = sigmoid(sum.s0);
        const float forget_gate = sigmoid(sum.s1);
        const float candidate = saturating_tanh(sum.s2);
        const float output_gate = sigmoid(sum.s3);
        c[turn] = forget_gate * c[turn] + input_gate * candidate;
        const float h = output_gate * saturating_tanh(c[turn]);
        v[row * PITCH + unit] = h;
        const size_t state = (size_t)(first_row + row) * UNITS + unit;
        if (hidden_pitch > 0 || !has_next) {
          hidden[(step + 1) * hidden_pitch + state] = h;
        }
        if (cell_pitch > 0 || !has_next) {
          cell[(step + 1) * cell_pitch + state] = c[turn];
        }
        if (keeps_gates) {
          __global float *kept =
              gates + step * step_gates + (size_t)(first_row + row) * 4 * UNITS + unit;
          kept[0] = input_gate;
          kept[UNITS] = forget_gate;
          kept[2 * UNITS] = candidate;
          kept[3 * UNITS] = output_gate;
        }
      }
#if INPUTS == 0
      z[turn] = next[turn];
#endif
    }
#if INPUTS > 0
#pragma unroll
    for (int turn = 0; turn < INPUT_TURNS; turn++) {
      const int e = item + turn * ITEMS;
      if (e < ROWS * INPUTS) {
        v[e / INPUTS * PITCH + UNITS + e % INPUTS] = next[turn];
      }
    }
#endif
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}

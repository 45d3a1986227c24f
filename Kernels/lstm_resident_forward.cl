// All time steps of an LSTM layer, or some of them, forward, in one launch. The cell is
// lstm_cell.cl's, whose names this follows.
//
//   first        the time of the step with which the launch begins
//   steps        how many it goes through
//   direction    1, or -1 for a layer that reads from the last step to the first
//   rows         B
//   starts       not 0 where the state before the first step is zeros; it is not read then
//   keeps_gates  not 0 to leave `gates`, `raw_cell` and `arguments`, which the backward pass needs
//   x            [T, B, I] from x_offset on; read only with INPUTS
//   gates        [T, B, 4H], in: W x + b, read only without INPUTS; out, if kept: i, f, g, o
//   hidden       slots of [B, H], hidden_pitch apart: forward, slot t is the state before step t and
//                slot t + 1 the one after it; in reverse, the other way round. With a pitch of 0 there
//                is one slot, which is written once, after the last step.
//   cell         the same
//   raw_cell     [T, B, H], C; with KEEPS only, elsewhere `cell` has it
//   has_arguments, arguments
//                [T, B, 4H], what the gates see before the clip; with CLIPS only
//   masked       slots of [B, H] like hidden's, h as R sees it; with DROPS only. The state before the
//                first step is read from here.
//   step_mask    [T, B]; with KEEPS only
//
// A work-group carries ROWS rows of the batch through all steps; rows do not depend on each other,
// so groups do not either. With v = (h, x) and M = (R, W), z is M v: the columns of M are cut into
// SLICES of DEPTH, and item (slice, unit), the unit fastest, holds the four gates of its unit for
// its slice: 4 DEPTH floats, of which 4 HELD stay in its registers for the whole sequence and the others
// lie in private memory, interleaved, to be read through L1.
// v is in local memory; all items of a slice read the same four floats of it at once, a broadcast
// for 16 multiply-adds. The parts of the slices go through local memory too, a float4 each,
// neighbors beside neighbors, and are added in the order of the slices. Two barriers a step: one
// when all parts are there, one when the new v is. The cell stays in registers. What the next step
// needs from global memory is asked for before the first barrier, a step ahead of its use.
//
// The floor of a step, counted in cycles of a compute unit with 128 lanes and a local memory of 128
// bytes a cycle, for each row with H = 64, I = 0 and 256 items: 4 H H / 128 = 128 of multiply-adds,
// hidden under which 32 broadcasts, and 64 for the exchange of 4 KiB; a chain of about 120 for
// exp, a division and tanh, and 2 x 30 for the barriers: 250 to 350 in all for one row, about 130
// for each further one. Work-groups on the same unit fill each other's waits.

// I where the inputs are projected here; 0 where `gates` has W x + b already. Here is better for
// small I: I floats for each row and step are read, instead of 4H written before and read.
#ifndef INPUTS
#define INPUTS 0
#endif

#define COLUMNS (UNITS + INPUTS)
#define SLICES ((COLUMNS + DEPTH - 1) / DEPTH)
#define ITEMS (UNITS * SLICES)
#define PITCH (SLICES * DEPTH)
// Items share the cells of a step, and its inputs, in turns.
#define CELL_TURNS ((ROWS * UNITS + ITEMS - 1) / ITEMS)
#define INPUT_TURNS ((ROWS * INPUTS + ITEMS - 1) / ITEMS)

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
    const int first, const int steps, const int direction, const int rows, const int starts,
    const int keeps_gates, __global const float *parameters, const layer_t layer,
    __global const float *x, const ulong x_offset, __global float *gates, __global float *hidden,
    const ulong hidden_pitch, __global float *cell, const ulong cell_pitch,
    __global float *raw_cell, const int has_arguments, __global float *arguments,
    __global float *masked, __global const float *step_mask) {
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

  // From here on, steps and slots count from the first, in the order in which they are read.
  const long gates_pitch = direction * (long)step_gates;
  const long hidden_step = direction * (long)hidden_pitch;
  const long cell_step = direction * (long)cell_pitch;
  const size_t first_slot = (size_t)first + (direction < 0 ? 1 : 0);
  gates += first * step_gates;
  hidden += first_slot * hidden_pitch;
  cell += first_slot * cell_pitch;
#if DROPS
  masked += first_slot * hidden_pitch;
  __global const float *seen = masked;
#else
  (void)masked;
  __global const float *seen = hidden;
#endif
#if !KEEPS
  (void)raw_cell;
#endif
#if !CLIPS
  (void)has_arguments, (void)arguments;
#endif

  __global const float *recurrent = parameters + layer.recurrent_offset;
#if INPUTS == 0
  (void)x, (void)x_offset;
  __global const float *input = parameters;
#else
  x += x_offset + (size_t)first * rows * INPUTS;
  const long x_pitch = direction * (long)rows * INPUTS;
  __global const float *input = parameters + layer.input_offset;
#endif

  // The item's part of M; zeros beyond its columns.
  float4 m[HELD];
#if R_IN_FOURS
#pragma unroll
  for (int l = 0; l < HELD; l += 4) {
    const int column = slice * DEPTH + l;
    if (column < UNITS) {
      __global const float4 *r =
          (__global const float4 *)recurrent + ((size_t)unit * UNITS + column) / 4;
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
    if (!R_IN_FOURS || column >= UNITS) {
      m[l] = load_column(recurrent, input, unit, column);
    }
  }
#if REST > 0
  float4 rest[REST];
#pragma unroll 1
  for (int l = 0; l < REST; l++) {
    rest[l] = load_column(recurrent, input, unit, slice * DEPTH + HELD + l);
  }
#else
  const float4 *rest = m;
#endif

  // What the first step finds. Unused places are zero, so that they add nothing.
  for (int e = item; e < ROWS * PITCH; e += ITEMS) {
    const int row = e / PITCH;
    const int column = e % PITCH;
    float value = 0.0f;
    if (row < used_rows) {
      if (column < UNITS) {
        value = starts ? 0.0f : seen[(size_t)(first_row + row) * UNITS + column];
#if INPUTS > 0
      } else if (column < COLUMNS) {
        value = x[(size_t)(first_row + row) * INPUTS + (column - UNITS)];
#endif
      }
    }
    v[e] = value;
  }
  // An item's cells are those of its unit: ITEMS is a multiple of UNITS.
  const float4 p = load_peepholes(parameters, &layer, UNITS, unit);
  float c[CELL_TURNS];
#if KEEPS
  float h[CELL_TURNS];
#endif
#if DROPS
  float factor[CELL_TURNS];
#endif
#if INPUTS == 0
  float4 z[CELL_TURNS];
#else
  if (slice == 0) {
    float4 sum = (float4)(0.0f);
    for (int term = 0; term < layer.bias_terms; term++) {
      sum += load_gates(parameters + layer.bias_offset + term * 4 * UNITS + unit, UNITS);
    }
    biases[unit] = sum;
  }
#endif
#pragma unroll
  for (int turn = 0; turn < CELL_TURNS; turn++) {
    const int row = slice + turn * SLICES;
    const size_t state = (size_t)(first_row + row) * UNITS + unit;
    c[turn] = row < used_rows && !starts ? cell[state] : 0.0f;
#if KEEPS
    h[turn] = row < used_rows && !starts ? hidden[state] : 0.0f;
#endif
#if DROPS
    factor[turn] = recurrent_factor(&layer, state);
#endif
#if INPUTS == 0
    z[turn] = (float4)(0.0f);
    if (row < used_rows) {
      z[turn] = load_gates(gates + (size_t)(first_row + row) * 4 * UNITS + unit, UNITS);
    }
#endif
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
        next[turn] = load_gates(
            gates + (step + 1) * gates_pitch + (size_t)(first_row + row) * 4 * UNITS + unit, UNITS);
      }
    }
#else
    float next[INPUT_TURNS];
#pragma unroll
    for (int turn = 0; turn < INPUT_TURNS; turn++) {
      const int e = item + turn * ITEMS;
      next[turn] = 0.0f;
      if (has_next && e < used_rows * INPUTS) {
        next[turn] = x[(step + 1) * x_pitch + (size_t)first_row * INPUTS + e];
      }
    }
#endif

    float4 sums[ROWS];
    resident_multiply(m, rest, v_fours[0] + slice * (DEPTH / 4), PITCH / 4, sums);
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
        const size_t state = (size_t)(first_row + row) * UNITS + unit;
        const size_t place = (size_t)(first + direction * step) * rows + first_row + row;
        float C, new_h;
        const float4 activated = lstm_cell_forward(
            &sum, KEPT(h[turn]), c[turn], p, &layer, step_mask, place, place * UNITS + unit, &C,
            &new_h, &c[turn]);
#if KEEPS
        h[turn] = new_h;
        if (keeps_gates) {
          raw_cell[place * UNITS + unit] = C;
        }
#endif
#if DROPS
        v[row * PITCH + unit] = factor[turn] * new_h;
        masked[(step + 1) * hidden_step + (long)state] = factor[turn] * new_h;
#else
        v[row * PITCH + unit] = new_h;
#endif
        if (hidden_pitch > 0 || !has_next) {
          hidden[(step + 1) * hidden_step + (long)state] = new_h;
        }
        if (cell_pitch > 0 || !has_next) {
          cell[(step + 1) * cell_step + (long)state] = c[turn];
        }
        if (keeps_gates) {
          store_gates(
              gates + step * gates_pitch + (size_t)(first_row + row) * 4 * UNITS + unit, UNITS,
              activated);
        }
#if CLIPS
        if (keeps_gates && has_arguments) {
          store_gates(
              arguments + first * step_gates + step * gates_pitch +
                  (size_t)(first_row + row) * 4 * UNITS + unit,
              UNITS, sum);
        }
#endif
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

// All time steps of an LSTM layer, or some of them, backward, in one launch: the mirror of
// lstm_resident_forward.cl.
//
//   dh = above[step] + dz[step + 1] R                       dz[step + 1] = 0 after step T - 1
//   dc = dc' + dh o (1 - tanh(c')^2)                        c', c: slots `step` + 1 and `step`
//   dz_i = dc g i (1 - i)        dz_f = dc c f (1 - f)      dc' of the step before = dc f
//   dz_g = dc i (1 - g^2)        dz_o = dh tanh(c') o (1 - o)
//
//   first        the step with which the launch ends
//   steps        how many it goes through, from first + steps - 1 down
//   continues    not 0 where a launch for the steps after these went before; else these are the last
//   rows         B
//   starts       not 0 where slot `first` stands for a state of zeros; it is not read then
//   parameters   has R [4H, H] at recurrent_offset. Where H is a multiple of 4, recurrent_offset
//                must be one.
//   gates        [T, B, 4H], in: i, f, g, o; out: dz in their place
//   cell         [T + 1, B, H]
//   above        [T - above_step, B, H], the gradient by this layer's h from what lies above, for
//                the steps from above_step on; it is zero for those before
//   dc_carried   [B, H], in, where it continues: the gradient by the cell in slot first + steps;
//                out: that by the cell in slot `first`
//
// The gates are read, not computed again: dz needs their place anyway, for the products over all
// steps that make the gradients of the weights, so that keeping them costs one read and one write
// of 4H floats for each row and step; computing them again would need R a second time in the same
// registers.
//
// A work-group carries ROWS rows of the batch through all steps. The 4H rows of R are cut into
// SLICES of DEPTH, and item (slice, quad), the quad fastest, holds four neighbouring columns of its
// slice: 4 DEPTH floats, of which 4 HELD stay in its registers. dz of the step is in local memory, where all
// items of a slice read the same four floats of it at once, a broadcast for 16 multiply-adds; the
// parts of the slices go through local memory and are added in their order. Two barriers a step:
// one when all parts are there, one when the new dz is. dc stays in registers, and so does the cell
// of the step, which is the next one's c'. What the next step needs from global memory (gates, c,
// above) is asked for before the first barrier, a step ahead of its use.
//
// The floor of a step is the forward's (see there): for each row with H = 64 and 256 items 128
// cycles of multiply-adds, and 64 for the exchange. The chain is shorter: tanh(c') and the slopes do
// not depend on dh and are computed before the first barrier, so that only a sum of the parts and
// four products follow it. 200 to 300 cycles for one row.

// H.
#ifndef UNITS
#define UNITS 64
#endif
// Rows of a work-group. One where there are few; more of them share the barriers, and need 4
// registers and 5 KiB (at H = 64) each.
#ifndef ROWS
#define ROWS 1
#endif
// Rows of R of an item, a multiple of 4: 4 registers for each. Fewer make more items, a shorter
// chain of sums, and more parts to exchange.
#ifndef DEPTH
#define DEPTH 16
#endif

// Those that stay in registers, a multiple of 4; the others lie in private memory.
#ifndef HELD
#define HELD DEPTH
#endif

#define COLUMNS (4 * UNITS)
#define QUADS ((UNITS + 3) / 4)
#define SLICES ((COLUMNS + DEPTH - 1) / DEPTH)
#define REST (DEPTH - HELD)
#define ITEMS (QUADS * SLICES)
#define PITCH (SLICES * DEPTH)
// Items share the cells of a step in turns.
#define TURNS ((ROWS * UNITS + ITEMS - 1) / ITEMS)

#if DEPTH % 4 != 0 || HELD % 4 != 0
#error "dz is read in fours"
#endif

// What a step needs for a cell from global memory.
typedef struct {
  float4 gates;
  float c_old;
  float above;
} saved_t;

// What makes dz and dc of dh, where dc = dc' + dh * by_output:
// dz = (dc, dc, dc, dh) * by_gates, and dc' of the step before is dc * by_forget.
typedef struct {
  float4 by_gates;
  float by_output;
  float by_forget;
} slopes_t;

// Four neighbouring columns of a row of R; zeros beyond its ends.
float4 load_row(__global const float *recurrent, const int row, const int quad) {
  float4 m = (float4)(0.0f);
  if (row < COLUMNS) {
    __global const float *r = recurrent + row * UNITS + 4 * quad;
#if UNITS % 4 == 0
    m = *(__global const float4 *)r;
#else
    m.s0 = r[0];
    m.s1 = 4 * quad + 1 < UNITS ? r[1] : 0.0f;
    m.s2 = 4 * quad + 2 < UNITS ? r[2] : 0.0f;
    m.s3 = 4 * quad + 3 < UNITS ? r[3] : 0.0f;
#endif
  }
  return m;
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void lstm_resident_backward(
    const int first, const int steps, const int continues, const int rows, const int starts,
    __global const float *parameters, const ulong recurrent_offset, __global float *gates,
    __global const float *cell, __global const float *above, const int above_step,
    __global float *dc_carried) {
  __local float4 dz_fours[ROWS][PITCH / 4];
  __local float4 part_fours[SLICES][ROWS][QUADS];
  __local float *dz = (__local float *)dz_fours;
  __local float *parts = (__local float *)part_fours;

  const int item = (int)get_local_id(0);
  const int quad = item % QUADS;
  const int slice = item / QUADS;
  const int first_row = (int)get_group_id(0) * ROWS;
  const int used_rows = min(ROWS, rows - first_row);
  const int used_cells = used_rows * UNITS;
  const size_t state_size = (size_t)rows * UNITS;
  // Where the group's rows are in a slot.
  const size_t first_state = (size_t)first_row * UNITS;

  // From here on, steps and slots count from the first.
  gates += (size_t)first * 4 * state_size;
  cell += first * state_size;
  const int above_from = above_step - first;

  // The item's part of R; zeros beyond its ends.
  float4 m[HELD];
#pragma unroll
  for (int l = 0; l < HELD; l++) {
    m[l] = load_row(parameters + recurrent_offset, slice * DEPTH + l, quad);
  }
#if REST > 0
  float4 rest[REST];
#pragma unroll 1
  for (int l = 0; l < REST; l++) {
    rest[l] = load_row(parameters + recurrent_offset, slice * DEPTH + HELD + l, quad);
  }
#endif

  // dz after the last step; what is unused stays zero.
  for (int e = item; e < ROWS * PITCH; e += ITEMS) {
    const int row = e / PITCH;
    const int column = e % PITCH;
    dz[e] = 0.0f;
    if (continues && row < used_rows && column < COLUMNS) {
      dz[e] = gates[4 * (steps * state_size + first_state) + row * COLUMNS + column];
    }
  }

  // What the last step needs; then always what the next one does.
  float dc[TURNS];
  float c_new[TURNS];
  saved_t saved[TURNS];
#pragma unroll
  for (int turn = 0; turn < TURNS; turn++) {
    const int e = item + turn * ITEMS;
    dc[turn] = 0.0f;
    c_new[turn] = 0.0f;
    saved[turn].gates = (float4)(0.0f);
    saved[turn].c_old = 0.0f;
    saved[turn].above = 0.0f;
    if (e < used_cells) {
      const size_t state = first_state + e;
      const size_t last = (size_t)(steps - 1) * state_size;
      __global const float *kept =
          gates + 4 * (last + first_state + e / UNITS * UNITS) + e % UNITS;
      saved[turn].gates = (float4)(kept[0], kept[UNITS], kept[2 * UNITS], kept[3 * UNITS]);
      c_new[turn] = cell[last + state_size + state];
      if (steps > 1 || !starts) {
        saved[turn].c_old = cell[last + state];
      }
      if (steps > above_from) {
        saved[turn].above = above[(steps - 1 - above_from) * state_size + state];
      }
      if (continues) {
        dc[turn] = dc_carried[state];
      }
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);

  for (int step = steps - 1; step >= 0; step--) {
    saved_t next[TURNS];
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
      const int e = item + turn * ITEMS;
      next[turn].gates = (float4)(0.0f);
      next[turn].c_old = 0.0f;
      next[turn].above = 0.0f;
      if (step > 0 && e < used_cells) {
        const size_t state = first_state + e;
        const size_t before = (size_t)(step - 1) * state_size;
        __global const float *kept =
            gates + 4 * (before + first_state + e / UNITS * UNITS) + e % UNITS;
        next[turn].gates = (float4)(kept[0], kept[UNITS], kept[2 * UNITS], kept[3 * UNITS]);
        if (step > 1 || !starts) {
          next[turn].c_old = cell[before + state];
        }
        if (step > above_from) {
          next[turn].above = above[(step - 1 - above_from) * state_size + state];
        }
      }
    }

    slopes_t slopes[TURNS];
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
      const float input_gate = saved[turn].gates.s0;
      const float forget_gate = saved[turn].gates.s1;
      const float candidate = saved[turn].gates.s2;
      const float output_gate = saved[turn].gates.s3;
      const float tanh_c = saturating_tanh(c_new[turn]);
      slopes[turn].by_gates = (float4)(
          candidate * sigmoid_slope(input_gate), saved[turn].c_old * sigmoid_slope(forget_gate),
          input_gate * tanh_slope(candidate), tanh_c * sigmoid_slope(output_gate));
      slopes[turn].by_output = output_gate * tanh_slope(tanh_c);
      slopes[turn].by_forget = forget_gate;
    }

    float4 sums[ROWS];
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
      sums[row] = (float4)(0.0f);
    }
#pragma unroll
    for (int l = 0; l < HELD / 4; l++) {
#pragma unroll
      for (int row = 0; row < ROWS; row++) {
        const float4 four = dz_fours[row][slice * (DEPTH / 4) + l];
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
        const float4 four = dz_fours[row][(slice * DEPTH + HELD) / 4 + l];
        sums[row] += four.s0 * rest[4 * l];
        sums[row] += four.s1 * rest[4 * l + 1];
        sums[row] += four.s2 * rest[4 * l + 2];
        sums[row] += four.s3 * rest[4 * l + 3];
      }
    }
#endif
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
      part_fours[slice][row][quad] = sums[row];
    }
    barrier(CLK_LOCAL_MEM_FENCE);

#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
      const int e = item + turn * ITEMS;
      if (e < used_cells) {
        const int row = e / UNITS;
        const int unit = e % UNITS;
        // Two chains, half as long.
        float dh = saved[turn].above;
        float odd = 0.0f;
#pragma unroll
        for (int part = 0; part < SLICES; part += 2) {
          dh += parts[(part * ROWS + row) * 4 * QUADS + unit];
          if (part + 1 < SLICES) {
            odd += parts[((part + 1) * ROWS + row) * 4 * QUADS + unit];
          }
        }
        dh += odd;
        const float dc_new = dc[turn] + dh * slopes[turn].by_output;
        dc[turn] = dc_new * slopes[turn].by_forget;
        const float4 result = (float4)(dc_new, dc_new, dc_new, dh) * slopes[turn].by_gates;
        __local float *place = dz + row * PITCH + unit;
        place[0] = result.s0;
        place[UNITS] = result.s1;
        place[2 * UNITS] = result.s2;
        place[3 * UNITS] = result.s3;
        __global float *kept =
            gates + 4 * ((size_t)step * state_size + first_state + row * UNITS) + unit;
        kept[0] = result.s0;
        kept[UNITS] = result.s1;
        kept[2 * UNITS] = result.s2;
        kept[3 * UNITS] = result.s3;
      }
      c_new[turn] = saved[turn].c_old;
      saved[turn] = next[turn];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

#pragma unroll
  for (int turn = 0; turn < TURNS; turn++) {
    const int e = item + turn * ITEMS;
    if (e < used_cells) {
      dc_carried[first_state + e] = dc[turn];
    }
  }
}

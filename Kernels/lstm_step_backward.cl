// One time step of an LSTM layer, backward: the mirror of lstm_step_forward.cl.
//
//   dh = above[step] + dz[step + 1] R                       dz[step + 1] = 0 after the last step
//   dc = dc' + dh o (1 - tanh(c')^2)                        c', c: slots `step` + 1 and `step`
//   dz_i = dc g i (1 - i)        dz_f = dc c f (1 - f)      dc' of the step before = dc f
//   dz_g = dc i (1 - g^2)        dz_o = dh tanh(c') o (1 - o)
//
//   step         the step, T - 1 first
//   steps        T
//   rows, units  B and H
//   starts       not 0 where slot 0 stands for a state of zeros; it is not read then
//   parameters   has R [4H, H] at recurrent_offset
//   gates        [T, B, 4H], in: i, f, g, o of `step`, dz of `step` + 1; out: dz of `step` in the
//                place of its gates
//   cell         [T + 1, B, H]
//   above        [T - above_step, B, H], the gradient by this layer's h from what lies above, for
//                the steps from above_step on; it is zero for those before
//   dc           [B, H], carried from step to step; written, not read, at the last step
//
// A work-group computes a tile of rows and units, TILE_ROWS x TILE_UNITS; dimension 0 goes over the
// units, 1 over the rows. The sum over 4H is split among four items by the gate, which makes chains
// a quarter as long; the four parts are added in the order of the gates. An item reads R from
// global memory, neighbours beside neighbours, and uses each value for all rows of the tile. It asks for
// all that it needs of a tile before it waits for the others, and for the next tile's dz before it
// multiplies. Any size is right.

// Units of a tile, and items in dimension 0.
#ifndef TILE_UNITS
#define TILE_UNITS 32
#endif
// Rows of a tile, a multiple of 4. More of them read R less often, fewer of them make more
// work-groups.
#ifndef TILE_ROWS
#define TILE_ROWS 8
#endif
// Columns of each gate's dz that are in local memory at a time.
#ifndef DEPTH
#define DEPTH 16
#endif

#define ITEMS (TILE_UNITS * 4)

// Rows of a tile that items load at a time, a column each.
#define ROWS_AT_ONCE (ITEMS / DEPTH)
#define DZ_TURNS (TILE_ROWS / ROWS_AT_ONCE)

#if ITEMS % DEPTH != 0 || TILE_ROWS % ROWS_AT_ONCE != 0 || TILE_ROWS % 4 != 0
#error "the tiles cannot be shared among the items"
#endif

// An item's share of the columns of dz that begin at `dz`, for all gates; zeros where the column is not
// `inside`. Beyond the last of `left` rows that one again: what comes of it is not stored.
void load_dz(
    float *values, __global const float *dz, const bool inside, const int units, const int left) {
#pragma unroll
  for (int gate = 0; gate < 4; gate++) {
#pragma unroll
    for (int turn = 0; turn < DZ_TURNS; turn++) {
      values[gate * DZ_TURNS + turn] =
          inside ? dz[(long)min(turn * ROWS_AT_ONCE, left - 1) * 4 * units + gate * units] : 0.0f;
    }
  }
}

__kernel __attribute__((reqd_work_group_size(TILE_UNITS, 4, 1))) void lstm_step_backward(
    const int step, const int steps, const int rows, const int units, const int starts,
    __global const float *parameters, const ulong recurrent_offset, __global float *gates,
    __global const float *cell, __global const float *above,
    const int above_step, __global float *dc) {
  // Four rows at a time; four more than are used spread the stores over the banks.
  __local float4 dz_tile[4][DEPTH][TILE_ROWS / 4 + 1];
  __local float *dz_floats = (__local float *)dz_tile;
  __local float parts[4][TILE_ROWS][TILE_UNITS];

  const int x = (int)get_local_id(0);
  const int gate = (int)get_local_id(1);
  const int item = gate * TILE_UNITS + x;
  const int unit = (int)get_group_id(0) * TILE_UNITS + x;
  const int first_row = (int)get_group_id(1) * TILE_ROWS;
  const bool has_next = step + 1 < steps;
  const size_t gate_pitch = (size_t)4 * units;
  const size_t state_size = (size_t)rows * units;
  // Where the item loads: a column of dz for some rows, and a column of its gate's R.
  const int dz_column = item % DEPTH;
  const int dz_row = item / DEPTH;
  const int dz_left = rows - first_row - dz_row;
  __global const float *dz_place = gates + (size_t)(step + 1) * rows * gate_pitch +
                                   (size_t)(first_row + dz_row) * gate_pitch + dz_column;
  __global const float *r_place =
      parameters + recurrent_offset + (size_t)gate * units * units + min(unit, units - 1);

  float4 sums[TILE_ROWS / 4];
#pragma unroll
  for (int i = 0; i < TILE_ROWS / 4; i++) {
    sums[i] = (float4)(0.0f);
  }

  const int depth_end = has_next ? units : 0;
  float dz_values[4 * DZ_TURNS];
  load_dz(dz_values, dz_place, dz_column < depth_end, units, dz_left);
  for (int depth = 0; depth < depth_end; depth += DEPTH) {
#pragma unroll
    for (int part = 0; part < 4; part++) {
#pragma unroll
      for (int turn = 0; turn < DZ_TURNS; turn++) {
        dz_floats[(part * DEPTH + dz_column) * (TILE_ROWS + 4) + dz_row + turn * ROWS_AT_ONCE] =
            dz_values[part * DZ_TURNS + turn];
      }
    }
    // Beyond the last row of R that one again, times zeros of dz.
    const int last = units - depth - 1;
    float r_values[DEPTH];
#pragma unroll
    for (int l = 0; l < DEPTH; l++) {
      r_values[l] = r_place[min(l, last) * units];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    r_place += (size_t)DEPTH * units;
    dz_place += DEPTH;
    load_dz(dz_values, dz_place, dz_column < units - depth - DEPTH, units, dz_left);

#pragma unroll
    for (int l = 0; l < DEPTH; l++) {
#pragma unroll
      for (int i = 0; i < TILE_ROWS / 4; i++) {
        sums[i] += dz_tile[gate][l][i] * r_values[l];
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

#pragma unroll
  for (int i = 0; i < TILE_ROWS / 4; i++) {
    parts[gate][4 * i][x] = sums[i].s0;
    parts[gate][4 * i + 1][x] = sums[i].s1;
    parts[gate][4 * i + 2][x] = sums[i].s2;
    parts[gate][4 * i + 3][x] = sums[i].s3;
  }
  barrier(CLK_LOCAL_MEM_FENCE);

  // From here on the items of dimension 1 share the rows, no longer the gates.
  for (int i = gate; i < TILE_ROWS; i += 4) {
    const int row = first_row + i;
    if (row < rows && unit < units) {
      const size_t state = (size_t)row * units + unit;
      float dh = parts[0][i][x] + parts[1][i][x] + parts[2][i][x] + parts[3][i][x];
      if (step >= above_step) {
        dh += above[(step - above_step) * state_size + state];
      }
      __global float *z = gates + ((size_t)step * rows + row) * gate_pitch + unit;
      const float input_gate = z[0];
      const float forget_gate = z[(size_t)units];
      const float candidate = z[(size_t)2 * units];
      const float output_gate = z[(size_t)3 * units];
      const float c_old = step > 0 || !starts ? cell[step * state_size + state] : 0.0f;
      const float tanh_c = saturating_tanh(cell[(step + 1) * state_size + state]);
      const float carried = has_next ? dc[state] : 0.0f;
      const float dc_new = carried + dh * output_gate * tanh_slope(tanh_c);
      dc[state] = dc_new * forget_gate;
      z[0] = dc_new * candidate * sigmoid_slope(input_gate);
      z[(size_t)units] = dc_new * c_old * sigmoid_slope(forget_gate);
      z[(size_t)2 * units] = dc_new * input_gate * tanh_slope(candidate);
      z[(size_t)3 * units] = dh * tanh_c * sigmoid_slope(output_gate);
    }
  }
}

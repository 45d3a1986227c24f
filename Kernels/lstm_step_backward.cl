// One time step of an LSTM layer, backward: the mirror of lstm_step_forward.cl, whose names this
// follows.
//
//   time, later   the step's place in the sequences, and that of the step that was read after it
//   before        the slot of the state before the step
//   after         the one after it
//   has_state     as there
//   has_later     0 for the step that was read last: there is no `later`
//   reads_dh, reads_dc
//                 not 0 where h_gradient and c_gradient are read; else they count as zero
//   is_end        not 0 to take only dL/dh back through `later`, into h_gradient
//   gates         [T, B, 4H], in: i, f, g, o of `time`, da of `later`; out: da of `time` in the place
//                 of its gates
//   has_outputs, outputs, outputs_offset, outputs_pitch
//                 [T, B, H], dL/d(the layer's output of each step), if any
//   h_gradient    [B, H], dL/dh, without what goes through R; written with KEEPS, and at the end
//   c_gradient    [B, H], dL/dc
//
// A work-group computes a tile of rows and units, TILE_ROWS x TILE_UNITS; dimension 0 goes over the
// units, 1 over the rows. The sum over 4H is split among four items by the gate, which makes chains
// a quarter as long; the four parts are added in the order of the gates. An item reads R from
// global memory, neighbors beside neighbors, and uses each value for all rows of the tile. It asks for
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
    const int time, const int later, const int before, const int after, const int has_state,
    const int has_later, const int reads_dh, const int reads_dc, const int is_end, const int rows,
    const int units, __global const float *parameters, const layer_t layer, __global float *gates,
    __global const float *cell, __global const float *raw_cell, const int has_arguments,
    __global const float *arguments, __global const float *step_mask, const int has_outputs,
    __global const float *outputs, const ulong outputs_offset, const ulong outputs_pitch,
    __global float *h_gradient, __global float *c_gradient) {
  // Four rows at a time; four more than are used spread the stores over the banks.
  __local float4 dz_tile[4][DEPTH][TILE_ROWS / 4 + 1];
  __local float *dz_floats = (__local float *)dz_tile;
  __local float parts[4][TILE_ROWS][TILE_UNITS];

  const int x = (int)get_local_id(0);
  const int gate = (int)get_local_id(1);
  const int item = gate * TILE_UNITS + x;
  const int unit = (int)get_group_id(0) * TILE_UNITS + x;
  const int first_row = (int)get_group_id(1) * TILE_ROWS;
  const size_t gate_pitch = (size_t)4 * units;
  const size_t state_size = (size_t)rows * units;
#if KEEPS
  (void)after;
#else
  (void)raw_cell, (void)step_mask;
#endif
#if !CLIPS
  (void)has_arguments, (void)arguments;
#endif
  // Where the item loads: a column of dz for some rows, and a column of its gate's R.
  const int dz_column = item % DEPTH;
  const int dz_row = item / DEPTH;
  const int dz_left = rows - first_row - dz_row;
  __global const float *dz_place = gates + (size_t)later * rows * gate_pitch +
                                   (size_t)(first_row + dz_row) * gate_pitch + dz_column;
  __global const float *r_place =
      parameters + layer.recurrent_offset + (size_t)gate * units * units + min(unit, units - 1);

  float4 sums[TILE_ROWS / 4];
#pragma unroll
  for (int i = 0; i < TILE_ROWS / 4; i++) {
    sums[i] = (float4)(0.0f);
  }

  const int depth_end = has_later ? units : 0;
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
  const float4 p =
      unit < units ? load_peepholes(parameters, &layer, units, unit) : (float4)(0.0f);
  for (int i = gate; i < TILE_ROWS; i += 4) {
    const int row = first_row + i;
    if (row < rows && unit < units) {
      const size_t state = (size_t)row * units + unit;
      const size_t place = (size_t)time * rows + row;
      float dh = parts[0][i][x] + parts[1][i][x] + parts[2][i][x] + parts[3][i][x];
#if DROPS
      dh *= recurrent_factor(&layer, state);
#endif
      if (reads_dh) {
        dh += h_gradient[state];
      }
      if (is_end) {
        h_gradient[state] = dh;
        continue;
      }
      if (has_outputs) {
        dh += outputs[outputs_offset + place * outputs_pitch + unit];
      }
      __global float *z = gates + place * gate_pitch + unit;
      const float c_old = has_state ? cell[before * state_size + state] : 0.0f;
#if KEEPS
      const float C = raw_cell[place * units + unit];
      const bool is_missing = misses(&layer, step_mask, (long)place);
      const float kept_h = kept_hidden(&layer, is_missing, place * units + unit);
      const float kept_c = kept_cell(&layer, is_missing, place * units + unit);
      h_gradient[state] = kept_h * dh;
#else
      const float C = cell[after * state_size + state];
      const float kept_h = 0.0f;
      const float kept_c = 0.0f;
#endif
      float4 passed = (float4)(1.0f);
#if CLIPS
      if (has_arguments) {
        passed = gates_passed(
            load_gates(arguments + place * gate_pitch + unit, units), layer.gate_clip);
      }
#endif
      const slopes_t slopes =
          lstm_slopes(load_gates(z, units), c_old, C, C, p, passed, kept_h, kept_c, &layer);
      float dc = reads_dc ? c_gradient[state] : 0.0f;
      store_gates(z, units, lstm_cell_backward(&slopes, dh, &dc));
      c_gradient[state] = dc;
    }
  }
}

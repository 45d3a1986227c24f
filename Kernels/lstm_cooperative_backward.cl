// All time steps of a large LSTM layer, backward, in one launch whose work-groups share R: the
// mirror of lstm_cooperative_forward.cl, whose names this follows.
//
//   gates         [T, B, 4H], i, f, g, o
//   dz            [T, B, 4H], da, out; not `gates`
//   cell, raw_cell, arguments, step_mask
//                 as there
//   has_outputs, outputs, outputs_offset, outputs_pitch
//                 [T, B, H], dL/d(the layer's output of each step), if any
//   takes_dh      not 0 where h_last [B, H] has dL/dh after the last step; else that is zero
//   takes_dc      the same for the cell, in c_last
//   needs_state   not 0 to leave dL/dh and dL/dc before the first step in h_first and c_first [B, H],
//                 which are other arrays than h_last and c_last
//   dc, dh_scratch
//                 [T, B, H], scratch: slot t has dL/dc before step t, and what of dL/dh does not come
//                 through R; the latter with KEEPS only
//   grids, polls  as in grid_barrier.cl
//   give_up_step  the number of a barrier in which nobody waits, for tests; -1 for none
//
// A group has a slice of the units, and needs the columns of R for them and all of da of the step
// that was read after. Item (part, unit), the unit fastest, multiplies every PARTS-th four of each
// gate's rows of R with its unit. da goes through local memory, a gate at a time. Nothing is changed
// in place: see grid_barrier.cl.

// The weights from four columns of a gate to a unit; zeros beyond the layer.
float4 load_four(__global const float *r, const int gate, const int four, const int unit) {
  float values[4];
  for (int l = 0; l < 4; l++) {
    const int column = 4 * four + l;
    values[l] = unit < UNITS && column < UNITS
                    ? r[((size_t)gate * UNITS + column) * UNITS + unit]
                    : 0.0f;
  }
  return (float4)(values[0], values[1], values[2], values[3]);
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void lstm_cooperative_backward(
    const int steps, const int direction, const int rows, const int team_rows, const int starts,
    __global const float *parameters, const layer_t layer, __global const float *gates,
    __global volatile float *dz, __global const float *cell, __global const float *raw_cell,
    const int has_arguments, __global const float *arguments, __global const float *step_mask,
    const int has_outputs, __global const float *outputs, const ulong outputs_offset,
    const ulong outputs_pitch, const int takes_dh, __global const float *h_last,
    const int takes_dc, __global const float *c_last, const int needs_state,
    __global volatile float *h_first, __global volatile float *c_first,
    __global volatile float *dc, __global volatile float *dh_scratch,
    __global volatile uint *grids, const uint polls, const int give_up_step) {
  __local float4 dz_tile[ROWS][PITCH];
  __local float part_sums[PARTS][ROWS][SLICE_UNITS];
  __local int outcome;

  const int item = (int)get_local_id(0);
  const int x = item % SLICE_UNITS;
  const int part = item / SLICE_UNITS;
  const size_t state_size = (size_t)rows * UNITS;
  __global const float *r = parameters + layer.recurrent_offset;
  __global volatile uint *grid = grid_of_team(grids);
  const int team_first = (int)get_group_id(1) * team_rows;
  const int team_end = team_first + min(team_rows, rows - team_first);

  int first_slice = (int)get_group_id(0);
  int slice_stride = (int)get_num_groups(0);
  int held_slice = -1;
  float4 m[4][HELD_TURNS];

#if !KEEPS
  (void)raw_cell, (void)step_mask, (void)dh_scratch;
#endif
#if !CLIPS
  (void)has_arguments, (void)arguments;
#endif

  // After the first step there is dL/dh before it, where it is needed.
  const int count = steps + (needs_state ? 1 : 0);
  int done = grid_is_late(grid, &outcome) ? count : 0;
  while (done < count) {
    // Counted in the order in which they were read.
    const int step = steps - 1 - done;
    const bool is_end = step < 0;
    const bool has_state = step > 0 || !starts;
    const bool has_later = done > 0;
    const size_t time = direction < 0 ? done : is_end ? 0 : step;
    const size_t before = direction < 0 ? time + 1 : time;
#if !KEEPS
    const size_t after = direction < 0 ? time : time + 1;
#endif
    const size_t later = direction < 0 ? time - 1 : is_end ? 0 : time + 1;
    __global volatile const float *later_dz = dz + later * 4 * state_size;

    for (int slice = first_slice; slice < SLICES; slice += slice_stride) {
      const int first_unit = slice * SLICE_UNITS;
      if (held_slice != slice) {
#pragma unroll
        for (int gate = 0; gate < 4; gate++) {
#pragma unroll
          for (int turn = 0; turn < HELD_TURNS; turn++) {
            m[gate][turn] = load_four(r, gate, part + turn * PARTS, first_unit + x);
          }
        }
        held_slice = slice;
      }

      for (int first_row = team_first; first_row < team_end; first_row += ROWS) {
        // What the cells need besides is asked for first, so that it is there when the sums are.
        float dh_above[CELL_TURNS];
        float carried[CELL_TURNS];
        slopes_t slopes[CELL_TURNS];
#pragma unroll
        for (int turn = 0; turn < CELL_TURNS; turn++) {
          const int e = item + turn * ITEMS;
          const int row = first_row + e / SLICE_UNITS;
          const int unit = first_unit + e % SLICE_UNITS;
          dh_above[turn] = carried[turn] = 0.0f;
          if (e < ROWS * SLICE_UNITS && row < team_end && unit < UNITS) {
            const size_t state = (size_t)row * UNITS + unit;
            if (has_later) {
              carried[turn] = dc[later * state_size + state];
#if KEEPS
              dh_above[turn] = dh_scratch[later * state_size + state];
#endif
            } else {
              carried[turn] = takes_dc ? c_last[state] : 0.0f;
              dh_above[turn] = takes_dh ? h_last[state] : 0.0f;
            }
            if (!is_end) {
              const size_t place = time * rows + row;
              const float4 p = load_peepholes(parameters, &layer, UNITS, unit);
              const float c_old = has_state ? cell[before * state_size + state] : 0.0f;
              float kept_h = 0.0f;
              float kept_c = 0.0f;
              float4 passed = (float4)(1.0f);
              if (has_outputs) {
                dh_above[turn] += outputs[outputs_offset + place * outputs_pitch + unit];
              }
#if KEEPS
              const bool is_missing = misses(&layer, step_mask, (long)place);
              kept_h = kept_hidden(&layer, is_missing, place * UNITS + unit);
              kept_c = kept_cell(&layer, is_missing, place * UNITS + unit);
              const float C = raw_cell[place * UNITS + unit];
#else
              const float C = cell[after * state_size + state];
#endif
#if CLIPS
              if (has_arguments) {
                passed = gates_passed(
                    load_gates(arguments + place * 4 * UNITS + unit, UNITS), layer.gate_clip);
              }
#endif
              slopes[turn] = lstm_slopes(
                  load_gates(gates + place * 4 * UNITS + unit, UNITS), c_old, C, C, p, passed, kept_h,
                  kept_c, &layer);
            }
          }
        }

        float4 products[ROWS];
#pragma unroll
        for (int row = 0; row < ROWS; row++) {
          products[row] = (float4)(0.0f);
        }
        if (has_later) {
          __global volatile const float *team_dz = later_dz + (size_t)first_row * 4 * UNITS;
          float4 loaded[LOAD_TURNS];
          load_rows(loaded, item, team_dz, (size_t)4 * UNITS, team_end - first_row);
#pragma unroll
          for (int gate = 0; gate < 4; gate++) {
#pragma unroll
            for (int turn = 0; turn < LOAD_TURNS; turn++) {
              const int e = item + turn * ITEMS;
              if (e < ROWS * PITCH) {
                dz_tile[e / PITCH][e % PITCH] = loaded[turn];
              }
            }
            barrier(CLK_LOCAL_MEM_FENCE);
            // The next gate's arrive while this one's are multiplied.
            if (gate < 3) {
              load_rows(
                  loaded, item, team_dz + (gate + 1) * UNITS, (size_t)4 * UNITS,
                  team_end - first_row);
            }
#pragma unroll
            for (int turn = 0; turn < HELD_TURNS; turn++) {
#pragma unroll
              for (int row = 0; row < ROWS; row++) {
                products[row] += dz_tile[row][part + turn * PARTS] * m[gate][turn];
              }
            }
            for (int turn = HELD_TURNS; turn < TURNS; turn++) {
              const float4 read = load_four(r, gate, part + turn * PARTS, first_unit + x);
#pragma unroll
              for (int row = 0; row < ROWS; row++) {
                products[row] += dz_tile[row][part + turn * PARTS] * read;
              }
            }
            barrier(CLK_LOCAL_MEM_FENCE);
          }
        }
#pragma unroll
        for (int row = 0; row < ROWS; row++) {
          part_sums[part][row][x] =
              (products[row].s0 + products[row].s1) + (products[row].s2 + products[row].s3);
        }
        barrier(CLK_LOCAL_MEM_FENCE);

#pragma unroll
        for (int turn = 0; turn < CELL_TURNS; turn++) {
          const int e = item + turn * ITEMS;
          const int row = first_row + e / SLICE_UNITS;
          const int unit = first_unit + e % SLICE_UNITS;
          if (e < ROWS * SLICE_UNITS && row < team_end && unit < UNITS) {
            float dh = part_sums[0][e / SLICE_UNITS][e % SLICE_UNITS];
            for (int other = 1; other < PARTS; other++) {
              dh += part_sums[other][e / SLICE_UNITS][e % SLICE_UNITS];
            }
            const size_t state = (size_t)row * UNITS + unit;
#if DROPS
            dh *= recurrent_factor(&layer, state);
#endif
            dh += dh_above[turn];
            if (is_end) {
              h_first[state] = dh;
              c_first[state] = carried[turn];
            } else {
              float new_dc = carried[turn];
              const float4 da = lstm_cell_backward(&slopes[turn], dh, &new_dc);
              dc[time * state_size + state] = new_dc;
#if KEEPS
              dh_scratch[time * state_size + state] = slopes[turn].kept_h * dh;
#endif
              __global volatile float *z = dz + (time * rows + row) * 4 * UNITS + unit;
              z[0] = da.s0;
              z[UNITS] = da.s1;
              z[2 * UNITS] = da.s2;
              z[3 * UNITS] = da.s3;
            }
          }
        }
        // The next rows' sums come into the same places.
        barrier(CLK_LOCAL_MEM_FENCE);
      }
    }

    const int next = after_step(grid, slice_stride, done, count, polls, give_up_step, &outcome);
    if (next == GRID_ALONE) {
      // The same step again, with all slices.
      first_slice = 0;
      slice_stride = 1;
    } else {
      done = next == GRID_LEAVE ? count : done + 1;
    }
  }
  grid_leave(grid);
}

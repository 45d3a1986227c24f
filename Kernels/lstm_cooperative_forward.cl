// All time steps of a large LSTM layer, forward, in one launch whose work-groups share R. The cell
// is lstm_cell.cl's, whose names this follows.
//
//   steps         T
//   direction     1, or -1 for a layer that reads from the last step to the first
//   rows          B
//   team_rows     the rows of a team
//   starts        not 0 where the state before the first step is zeros; it is not read then
//   keeps_gates   not 0 to leave `gates`, `raw_cell` and `arguments` for the backward pass
//   sums          [T, B, 4H], W x + b
//   gates         [T, B, 4H], i, f, g, o; not `sums`, where they are kept
//   hidden, cell  slots of [B, H]: forward, slot t is the state before step t and slot t + 1 the one
//                 after it; in reverse, the other way round
//   raw_cell      [T, B, H], C; with KEEPS only, elsewhere `cell` has it
//   has_arguments, arguments
//                 [T, B, 4H], what the gates see before the clip; with CLIPS only
//   masked        slots of [B, H], h as R sees it; with DROPS only
//   step_mask     [T, B]; with KEEPS only
//   grids, polls  as in grid_barrier.cl
//   give_up_step  a step in whose barrier nobody waits, for tests; -1 for none
//
// A group computes the four gates and the cell of its units for all rows of its team, writes h, and
// waits for the others of its team, since the next step needs all of h: see lstm_cooperative.cl.
//
// Why no group reads what is stale or half written: see grid_barrier.cl. Its first rule is why
// `sums` and `gates` are two arrays, and why the cell has a slot for each step. Its third is why a
// group that is alone goes through the same loop over slices, loading the weights of each.

// Four columns of the four gates of a unit, a column after the other; zeros beyond the layer.
void load_four(__global const float *r, const int unit, const int four, float4 *m) {
  for (int l = 0; l < 4; l++) {
    m[l] = (float4)(0.0f);
  }
  if (unit < UNITS && four < FOURS) {
    __global const float *row = r + (size_t)unit * UNITS + 4 * four;
#if R_IN_FOURS
    const float4 r_i = *(__global const float4 *)row;
    const float4 r_f = *(__global const float4 *)(row + (size_t)UNITS * UNITS);
    const float4 r_g = *(__global const float4 *)(row + (size_t)2 * UNITS * UNITS);
    const float4 r_o = *(__global const float4 *)(row + (size_t)3 * UNITS * UNITS);
    m[0] = (float4)(r_i.s0, r_f.s0, r_g.s0, r_o.s0);
    m[1] = (float4)(r_i.s1, r_f.s1, r_g.s1, r_o.s1);
    m[2] = (float4)(r_i.s2, r_f.s2, r_g.s2, r_o.s2);
    m[3] = (float4)(r_i.s3, r_f.s3, r_g.s3, r_o.s3);
#else
    for (int l = 0; l < 4; l++) {
      if (4 * four + l < UNITS) {
        m[l] = (float4)(
            row[l], row[(size_t)UNITS * UNITS + l], row[(size_t)2 * UNITS * UNITS + l],
            row[(size_t)3 * UNITS * UNITS + l]);
      }
    }
#endif
  }
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void lstm_cooperative_forward(
    const int steps, const int direction, const int rows, const int team_rows, const int starts,
    const int keeps_gates, __global const float *parameters, const layer_t layer,
    __global const float *sums, __global float *gates, __global volatile float *hidden,
    __global volatile float *cell, __global float *raw_cell, const int has_arguments,
    __global float *arguments, __global volatile float *masked, __global const float *step_mask,
    __global volatile uint *grids, const uint polls, const int give_up_step) {
  __local float4 h_tile[ROWS][PITCH];
  __local float4 part_sums[PARTS][ROWS][SLICE_UNITS];
  __local int outcome;

  const int item = (int)get_local_id(0);
  const int x = item % SLICE_UNITS;
  const int part = item / SLICE_UNITS;
  const size_t state_size = (size_t)rows * UNITS;
  __global const float *r = parameters + layer.recurrent_offset;
  __global volatile uint *grid = grid_of_team(grids);
  const int team_first = (int)get_group_id(1) * team_rows;
  const int team_end = team_first + min(team_rows, rows - team_first);

  // Which slices the group has: with nobody else, all of them.
  int first_slice = (int)get_group_id(0);
  int slice_stride = (int)get_num_groups(0);
  int held_slice = -1;
  float4 m[4 * HELD_TURNS];

#if DROPS
  __global volatile const float *seen = masked;
#else
  __global volatile const float *seen = hidden;
  (void)masked;
#endif
#if !KEEPS
  (void)raw_cell;
#endif
#if !CLIPS
  (void)has_arguments, (void)arguments;
#endif

  int step = grid_is_late(grid, &outcome) ? steps : 0;
  while (step < steps) {
    const bool has_state = step > 0 || !starts;
    const size_t time = direction < 0 ? steps - 1 - step : step;
    const size_t before = direction < 0 ? time + 1 : time;
    const size_t after = direction < 0 ? time : time + 1;
    __global volatile const float *h = seen + before * state_size;

    for (int slice = first_slice; slice < SLICES; slice += slice_stride) {
      const int first_unit = slice * SLICE_UNITS;
      if (held_slice != slice) {
#pragma unroll
        for (int turn = 0; turn < HELD_TURNS; turn++) {
          load_four(r, first_unit + x, part + turn * PARTS, &m[4 * turn]);
        }
        held_slice = slice;
      }

      for (int first_row = team_first; first_row < team_end; first_row += ROWS) {
        // What the cells need besides is asked for first, so that it is there when the sums are.
        float4 z[CELL_TURNS];
        float c[CELL_TURNS];
#if KEEPS
        float h_old[CELL_TURNS];
#endif
#pragma unroll
        for (int turn = 0; turn < CELL_TURNS; turn++) {
          const int e = item + turn * ITEMS;
          const int row = first_row + e / SLICE_UNITS;
          const int unit = first_unit + e % SLICE_UNITS;
          z[turn] = (float4)(0.0f);
          c[turn] = 0.0f;
#if KEEPS
          h_old[turn] = 0.0f;
#endif
          if (e < ROWS * SLICE_UNITS && row < team_end && unit < UNITS) {
            z[turn] = load_gates(sums + (time * rows + row) * 4 * UNITS + unit, UNITS);
            if (has_state) {
              const size_t state = before * state_size + (size_t)row * UNITS + unit;
              c[turn] = cell[state];
#if KEEPS
              h_old[turn] = hidden[state];
#endif
            }
          }
        }

        float4 loaded[LOAD_TURNS];
        if (has_state) {
          load_rows(
              loaded, item, h + (size_t)first_row * UNITS, UNITS, team_end - first_row);
        } else {
#pragma unroll
          for (int turn = 0; turn < LOAD_TURNS; turn++) {
            loaded[turn] = (float4)(0.0f);
          }
        }
#pragma unroll
        for (int turn = 0; turn < LOAD_TURNS; turn++) {
          const int e = item + turn * ITEMS;
          if (e < ROWS * PITCH) {
            h_tile[e / PITCH][e % PITCH] = loaded[turn];
          }
        }
        barrier(CLK_LOCAL_MEM_FENCE);

        float4 products[ROWS];
#pragma unroll
        for (int row = 0; row < ROWS; row++) {
          products[row] = (float4)(0.0f);
        }
#pragma unroll
        for (int turn = 0; turn < HELD_TURNS; turn++) {
#pragma unroll
          for (int row = 0; row < ROWS; row++) {
            const float4 four = h_tile[row][part + turn * PARTS];
            products[row] += four.s0 * m[4 * turn];
            products[row] += four.s1 * m[4 * turn + 1];
            products[row] += four.s2 * m[4 * turn + 2];
            products[row] += four.s3 * m[4 * turn + 3];
          }
        }
        for (int turn = HELD_TURNS; turn < TURNS; turn++) {
          float4 read[4];
          load_four(r, first_unit + x, part + turn * PARTS, read);
#pragma unroll
          for (int row = 0; row < ROWS; row++) {
            const float4 four = h_tile[row][part + turn * PARTS];
            products[row] += four.s0 * read[0];
            products[row] += four.s1 * read[1];
            products[row] += four.s2 * read[2];
            products[row] += four.s3 * read[3];
          }
        }
#pragma unroll
        for (int row = 0; row < ROWS; row++) {
          part_sums[part][row][x] = products[row];
        }
        barrier(CLK_LOCAL_MEM_FENCE);

#pragma unroll
        for (int turn = 0; turn < CELL_TURNS; turn++) {
          const int e = item + turn * ITEMS;
          const int row = first_row + e / SLICE_UNITS;
          const int unit = first_unit + e % SLICE_UNITS;
          if (e < ROWS * SLICE_UNITS && row < team_end && unit < UNITS) {
            float4 sum = part_sums[0][e / SLICE_UNITS][e % SLICE_UNITS];
            // All at once would be more numbers than there are registers left.
#pragma unroll 8
            for (int other = 1; other < PARTS; other++) {
              sum += part_sums[other][e / SLICE_UNITS][e % SLICE_UNITS];
            }
            sum += z[turn];
            const float4 p = load_peepholes(parameters, &layer, UNITS, unit);
            const size_t place = time * rows + row;
            float C, new_h, new_c;
            const float4 activated = lstm_cell_forward(
                &sum, KEPT(h_old[turn]), c[turn], p, &layer, step_mask, place,
                place * UNITS + unit, &C, &new_h, &new_c);
#if KEEPS
            if (keeps_gates) {
              raw_cell[place * UNITS + unit] = C;
            }
#endif
            const size_t row_state = (size_t)row * UNITS + unit;
            hidden[after * state_size + row_state] = new_h;
            cell[after * state_size + row_state] = new_c;
#if DROPS
            masked[after * state_size + row_state] = recurrent_factor(&layer, row_state) * new_h;
#endif
            if (keeps_gates) {
              store_gates(gates + place * 4 * UNITS + unit, UNITS, activated);
            }
#if CLIPS
            if (keeps_gates && has_arguments) {
              store_gates(arguments + place * 4 * UNITS + unit, UNITS, sum);
            }
#endif
          }
        }
      }
    }

    const int next =
        after_step(grid, slice_stride, step, steps, polls, give_up_step, &outcome);
    if (next == GRID_ALONE) {
      // The same step again, with all slices.
      first_slice = 0;
      slice_stride = 1;
    } else {
      step = next == GRID_LEAVE ? steps : step + 1;
    }
  }
  grid_leave(grid);
}

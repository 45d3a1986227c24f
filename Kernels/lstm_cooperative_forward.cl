// All time steps of a large LSTM layer, forward, in one launch whose work-groups share R.
//
//   z = sums[t] + h R^T                      h, c: slot t of hidden and cell
//   i, f, o = sigmoid(z_i, z_f, z_o)         g = tanh(z_g)
//   c' = f c + i g                           h' = o tanh(c')        slot t + 1
//
//   steps         T
//   rows          B
//   team_rows     the rows of a team
//   starts        not 0 where slot 0 stands for a state of zeros; it is not read then
//   keeps_gates   not 0 to leave i, f, g, o in `gates`, which lstm_cooperative_backward.cl needs
//   parameters    has R [4H, H] at recurrent_offset, which is a multiple of 4 where H is one
//   sums          [T, B, 4H], W x + b
//   gates         [T, B, 4H]; not `sums`, where they are kept
//   hidden, cell  [T + 1, B, H]
//   grids, polls  as in grid_barrier.cl
//   give_up_step  a step in whose barrier nobody waits, for tests; -1 for none
//
// Rows do not need each other, so the work-groups are teams (the second dimension), each with rows of
// its own: more teams of fewer groups, as long as a team's registers hold all of R. The units are cut
// into slices, one for each work-group of a team where there are as many groups. A group computes the
// four gates and the cell of its units for all rows of its team, writes h', and waits for the others
// of its team, since the next step needs all of h'. The columns of R are cut into PARTS: item (part,
// unit), the unit fastest, multiplies every PARTS-th four of columns of its unit's four gates. The
// first HELD fours of an item stay in its registers for the whole sequence; the others are read
// again in each step. h goes through local memory, ROWS rows at a time; what items of one part read
// there is a broadcast, and parts read neighbouring fours. The sums of the parts go through local
// memory too, and are added in the order of the parts.
//
// Why no group reads what is stale or half written: see grid_barrier.cl. Its first rule is why
// `sums` and `gates` are two arrays, and why the cell has a slot for each step. Its third is why a
// group that is alone goes through the same loop over slices, loading the weights of each.

// H.
#ifndef UNITS
#define UNITS 256
#endif
// Units of a slice.
#ifndef SLICE_UNITS
#define SLICE_UNITS 8
#endif
// Parts into which the columns are cut.
#ifndef PARTS
#define PARTS 32
#endif
// Rows that are in local memory at a time: 4 registers and 16 bytes of an item each, and H floats.
#ifndef ROWS
#define ROWS 2
#endif
// Fours of columns that an item has in registers: 16 of them for each.
#ifndef HELD
#define HELD 4
#endif

#define FOURS ((UNITS + 3) / 4)
// Fours of an item.
#define TURNS ((FOURS + PARTS - 1) / PARTS)
#define PITCH (TURNS * PARTS)
#define HELD_TURNS (HELD < TURNS ? HELD : TURNS)
#define ITEMS (SLICE_UNITS * PARTS)
#define SLICES ((UNITS + SLICE_UNITS - 1) / SLICE_UNITS)
// Fours of h that an item loads for a tile.
#define LOAD_TURNS ((ROWS * PITCH + ITEMS - 1) / ITEMS)
#define CELL_TURNS ((ROWS * SLICE_UNITS + ITEMS - 1) / ITEMS)

// Four columns of the four gates of a unit, a column after the other; zeros beyond the layer.
void load_four(__global const float *r, const int unit, const int four, float4 *m) {
  for (int l = 0; l < 4; l++) {
    m[l] = (float4)(0.0f);
  }
  if (unit < UNITS && four < FOURS) {
    __global const float *row = r + (size_t)unit * UNITS + 4 * four;
#if UNITS % 4 == 0
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

// An item's share of ROWS rows, which begin at `first` and are `pitch` apart; zeros beyond the `left`
// ones of the team. All of it is asked for before any of it is waited for, and nothing is skipped: what
// lies beyond an end is read from before it.
void load_rows(
    float4 *values, const int item, __global volatile const float *first, const size_t pitch,
    const int left) {
#pragma unroll
  for (int turn = 0; turn < LOAD_TURNS; turn++) {
    const int row = (item + turn * ITEMS) / PITCH;
    const int four = (item + turn * ITEMS) % PITCH;
    __global volatile const float *place =
        first + min(row, left - 1) * pitch + 4 * min(four, FOURS - 1);
#if UNITS % 4 == 0
    const float4 value = *(__global volatile const float4 *)place;
#else
    const int last = UNITS - 1 - 4 * min(four, FOURS - 1);
    const float4 value = (float4)(
        place[0], last < 1 ? 0.0f : place[1], last < 2 ? 0.0f : place[2],
        last < 3 ? 0.0f : place[3]);
#endif
    values[turn] = row < left && four < FOURS ? value : (float4)(0.0f);
  }
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void lstm_cooperative_forward(
    const int steps, const int rows, const int team_rows, const int starts, const int keeps_gates,
    __global const float *parameters, const ulong recurrent_offset, __global const float *sums,
    __global float *gates, __global volatile float *hidden, __global volatile float *cell,
    __global volatile uint *grids, const uint polls, const int give_up_step) {
  __local float4 h_tile[ROWS][PITCH];
  __local float4 part_sums[PARTS][ROWS][SLICE_UNITS];
  __local int outcome;

  const int item = (int)get_local_id(0);
  const int x = item % SLICE_UNITS;
  const int part = item / SLICE_UNITS;
  const size_t state_size = (size_t)rows * UNITS;
  __global const float *r = parameters + recurrent_offset;
  __global volatile uint *grid = grid_of_team(grids);
  const int team_first = (int)get_group_id(1) * team_rows;
  const int team_end = team_first + min(team_rows, rows - team_first);

  // Which slices the group has: with nobody else, all of them.
  int first_slice = (int)get_group_id(0);
  int slice_stride = (int)get_num_groups(0);
  int held_slice = -1;
  float4 m[4 * HELD_TURNS];

  int step = grid_is_late(grid, &outcome) ? steps : 0;
  while (step < steps) {
    const bool has_state = step > 0 || !starts;
    __global volatile const float *h = hidden + step * state_size;

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
#pragma unroll
        for (int turn = 0; turn < CELL_TURNS; turn++) {
          const int e = item + turn * ITEMS;
          const int row = first_row + e / SLICE_UNITS;
          const int unit = first_unit + e % SLICE_UNITS;
          z[turn] = (float4)(0.0f);
          c[turn] = 0.0f;
          if (e < ROWS * SLICE_UNITS && row < team_end && unit < UNITS) {
            __global const float *z_row = sums + ((size_t)step * rows + row) * 4 * UNITS + unit;
            z[turn] = (float4)(z_row[0], z_row[UNITS], z_row[2 * UNITS], z_row[3 * UNITS]);
            if (has_state) {
              c[turn] = cell[step * state_size + (size_t)row * UNITS + unit];
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
            const float input_gate = sigmoid(sum.s0);
            const float forget_gate = sigmoid(sum.s1);
            const float candidate = saturating_tanh(sum.s2);
            const float output_gate = sigmoid(sum.s3);
            const float c_new = forget_gate * c[turn] + input_gate * candidate;
            const size_t state = (step + 1) * state_size + (size_t)row * UNITS + unit;
            hidden[state] = output_gate * saturating_tanh(c_new);
            cell[state] = c_new;
            if (keeps_gates) {
              __global float *kept = gates + ((size_t)step * rows + row) * 4 * UNITS + unit;
              kept[0] = input_gate;
              kept[UNITS] = forget_gate;
              kept[2 * UNITS] = candidate;
              kept[3 * UNITS] = output_gate;
            }
          }
        }
      }
    }

    int next = GRID_GO_ON;
    if (slice_stride == 1) {
      // Alone: what its own items wrote is all there is to wait for.
      barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    } else if (step + 1 < steps) {
      next = grid_wait(grid, (uint)step, step == give_up_step ? 0 : polls, &outcome);
    }
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

// All time steps of a large LSTM layer, backward, in one launch whose work-groups share R: the
// mirror of lstm_cooperative_forward.cl.
//
//   dh = above[t] + dz[t + 1] R                             dz[T] = 0
//   dc = dc' + dh o (1 - tanh(c')^2)                        c', c: slots t + 1 and t
//   dz_i = dc g i (1 - i)        dz_f = dc c f (1 - f)      dc' of the step before = dc f
//   dz_g = dc i (1 - g^2)        dz_o = dh tanh(c') o (1 - o)
//
//   steps         T
//   rows          B
//   team_rows     the rows of a team
//   starts        not 0 where slot 0 stands for a state of zeros; it is not read then
//   parameters    has R [4H, H] at recurrent_offset
//   gates         [T, B, 4H], i, f, g, o
//   dz            [T, B, 4H], out; not `gates`
//   cell          [T + 1, B, H]
//   above         [T - above_step, B, H], the gradient by this layer's h from what lies above, for
//                 the steps from above_step on; it is zero for those before
//   dc            [T, B, H], scratch: slot t has dc', as step t leaves it for the one before
//   grids, polls  as in grid_barrier.cl
//   give_up_step  the number of a barrier in which nobody waits, for tests; -1 for none
//
// A group has a slice of the units, and needs the columns of R for them and all of dz of the step
// after. Item (part, unit), the unit fastest, multiplies every PARTS-th four of each gate's rows of
// R with its unit; the first HELD fours of each gate stay in its registers. dz goes through local
// memory, a gate at a time. Nothing is changed in place: see grid_barrier.cl.

// H.
#ifndef UNITS
#define UNITS 256
#endif
// Units of a slice.
#ifndef SLICE_UNITS
#define SLICE_UNITS 8
#endif
// Parts into which the rows of R of each gate are cut.
#ifndef PARTS
#define PARTS 32
#endif
// Rows of the batch that are in local memory at a time.
#ifndef ROWS
#define ROWS 2
#endif
// Fours of each gate that an item has in registers: 16 of them for each.
#ifndef HELD
#define HELD 4
#endif

#define FOURS ((UNITS + 3) / 4)
#define TURNS ((FOURS + PARTS - 1) / PARTS)
#define PITCH (TURNS * PARTS)
#define HELD_TURNS (HELD < TURNS ? HELD : TURNS)
#define ITEMS (SLICE_UNITS * PARTS)
#define SLICES ((UNITS + SLICE_UNITS - 1) / SLICE_UNITS)
// Fours of a gate's dz that an item loads for a tile.
#define LOAD_TURNS ((ROWS * PITCH + ITEMS - 1) / ITEMS)
#define CELL_TURNS ((ROWS * SLICE_UNITS + ITEMS - 1) / ITEMS)

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

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void lstm_cooperative_backward(
    const int steps, const int rows, const int team_rows, const int starts, __global const float *parameters,
    const ulong recurrent_offset, __global const float *gates, __global volatile float *dz,
    __global const float *cell, __global const float *above, const int above_step,
    __global volatile float *dc, __global volatile uint *grids, const uint polls,
    const int give_up_step) {
  __local float4 dz_tile[ROWS][PITCH];
  __local float part_sums[PARTS][ROWS][SLICE_UNITS];
  __local int outcome;

  const int item = (int)get_local_id(0);
  const int x = item % SLICE_UNITS;
  const int part = item / SLICE_UNITS;
  const size_t state_size = (size_t)rows * UNITS;
  __global const float *r = parameters + recurrent_offset;
  __global volatile uint *grid = grid_of_team(grids);
  const int team_first = (int)get_group_id(1) * team_rows;
  const int team_end = team_first + min(team_rows, rows - team_first);

  int first_slice = (int)get_group_id(0);
  int slice_stride = (int)get_num_groups(0);
  int held_slice = -1;
  float4 m[4][HELD_TURNS];

  int done = grid_is_late(grid, &outcome) ? steps : 0;
  while (done < steps) {
    const int step = steps - 1 - done;
    const bool has_next = done > 0;
    __global volatile const float *next_dz = dz + (size_t)(step + 1) * 4 * state_size;

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
        float4 activated[CELL_TURNS];
        float c_old[CELL_TURNS];
        float c_new[CELL_TURNS];
        float dh_above[CELL_TURNS];
        float carried[CELL_TURNS];
#pragma unroll
        for (int turn = 0; turn < CELL_TURNS; turn++) {
          const int e = item + turn * ITEMS;
          const int row = first_row + e / SLICE_UNITS;
          const int unit = first_unit + e % SLICE_UNITS;
          activated[turn] = (float4)(0.0f);
          c_old[turn] = c_new[turn] = dh_above[turn] = carried[turn] = 0.0f;
          if (e < ROWS * SLICE_UNITS && row < team_end && unit < UNITS) {
            const size_t state = (size_t)row * UNITS + unit;
            __global const float *kept = gates + ((size_t)step * rows + row) * 4 * UNITS + unit;
            activated[turn] = (float4)(kept[0], kept[UNITS], kept[2 * UNITS], kept[3 * UNITS]);
            c_new[turn] = cell[(step + 1) * state_size + state];
            if (step > 0 || !starts) {
              c_old[turn] = cell[step * state_size + state];
            }
            if (step >= above_step) {
              dh_above[turn] = above[(step - above_step) * state_size + state];
            }
            if (has_next) {
              carried[turn] = dc[(step + 1) * state_size + state];
            }
          }
        }

        float4 products[ROWS];
#pragma unroll
        for (int row = 0; row < ROWS; row++) {
          products[row] = (float4)(0.0f);
        }
        if (has_next) {
          __global volatile const float *team_dz = next_dz + (size_t)first_row * 4 * UNITS;
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
            dh += dh_above[turn];
            const float input_gate = activated[turn].s0;
            const float forget_gate = activated[turn].s1;
            const float candidate = activated[turn].s2;
            const float output_gate = activated[turn].s3;
            const float tanh_c = saturating_tanh(c_new[turn]);
            const float dc_new = carried[turn] + dh * output_gate * tanh_slope(tanh_c);
            __global volatile float *z = dz + ((size_t)step * rows + row) * 4 * UNITS + unit;
            dc[step * state_size + (size_t)row * UNITS + unit] = dc_new * forget_gate;
            z[0] = dc_new * candidate * sigmoid_slope(input_gate);
            z[UNITS] = dc_new * c_old[turn] * sigmoid_slope(forget_gate);
            z[2 * UNITS] = dc_new * input_gate * tanh_slope(candidate);
            z[3 * UNITS] = dh * tanh_c * sigmoid_slope(output_gate);
          }
        }
        // The next rows' sums come into the same places.
        barrier(CLK_LOCAL_MEM_FENCE);
      }
    }

    int next = GRID_GO_ON;
    if (slice_stride == 1) {
      // Alone: what its own items wrote is all there is to wait for.
      barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    } else if (done + 1 < steps) {
      next = grid_wait(grid, (uint)done, done == give_up_step ? 0 : polls, &outcome);
    }
    if (next == GRID_ALONE) {
      // The same step again, with all slices.
      first_slice = 0;
      slice_stride = 1;
    } else {
      done = next == GRID_LEAVE ? steps : done + 1;
    }
  }
  grid_leave(grid);
}

// One time step of an LSTM layer, forward. The cell is lstm_cell.cl's, whose names this follows.
//
//   time           the step's place in the sequences
//   before, after  the slots of the states before and after it
//   has_state      0 where the state before it is zeros; it is not read then
//   rows, units    B and H
//   keeps_gates    not 0 to leave `gates`, `raw_cell` and `arguments` for the backward pass
//   gates          [T, B, 4H], in: W x + b; out, if kept: i, f, g, o
//   hidden         slots of [B, H]
//   cell           the same, cell_pitch apart. With a pitch of 0 the cell is changed in place.
//   raw_cell       [T, B, H], C; with KEEPS only, elsewhere `cell` has it
//   has_arguments, arguments
//                  [T, B, 4H], what the gates see before the clip; with CLIPS only
//   masked         slots of [B, H], h as R sees it; with DROPS only
//   step_mask      [T, B]; with KEEPS only
//
// A work-group computes a tile of rows and units, TILE_ROWS x TILE_UNITS; dimension 0 goes over the
// units, 1 over the rows. An item has all four gates of its unit for ITEM_ROWS rows, so that gates and
// cell are computed from registers. The tiles of h and R that all items of the group need go through
// local memory, DEPTH columns at a time; while one is multiplied, the next is on its way. An item reads
// its rows of h two or four at a time: what local memory gives in a cycle, not the multiply-adds, would
// be the limit else. Any size is right.

// Units of a tile, and items in dimension 0.
#ifndef TILE_UNITS
#define TILE_UNITS 16
#endif
// Items in dimension 1.
#ifndef ROW_ITEMS
#define ROW_ITEMS 8
#endif
// Rows of an item: 2, or a multiple of 4. More of them read R less often, fewer of them make more
// work-groups.
#ifndef ITEM_ROWS
#define ITEM_ROWS 2
#endif
// Columns of h and R that are in local memory at a time.
#ifndef DEPTH
#define DEPTH 32
#endif

// How many of them are multiplied without a jump.
#ifndef UNROLL
#define UNROLL 32
#endif

#define ITEMS (TILE_UNITS * ROW_ITEMS)
#define TILE_ROWS (ROW_ITEMS * ITEM_ROWS)
// Rows that an item reads at once.
#if ITEM_ROWS == 2
#define BLOCK 2
#define block_t float2
#else
#define BLOCK 4
#define block_t float4
#endif
#define BLOCKS (ITEM_ROWS / BLOCK)
// A row of an item's, counted within the tile.
#define ITEM_ROW(y, i) (BLOCK * ((y) + (i) / BLOCK * ROW_ITEMS) + (i) % BLOCK)
// What an item loads of each tile, in turns: of one column each, so many rows or units apart.
#define H_APART (ITEMS / DEPTH)
#define H_TURNS (TILE_ROWS / H_APART)
#define R_APART (ITEMS / (4 * DEPTH))
#define R_TURNS (TILE_UNITS / R_APART)

#if ITEMS % (4 * DEPTH) != 0 || TILE_ROWS % H_APART != 0 || TILE_UNITS % R_APART != 0 || \
    ITEM_ROWS % BLOCK != 0
#error "the tiles cannot be shared among the items"
#endif

// Numbers of a column of a matrix whose rows are `pitch` long, so many rows `apart`; zeros beyond the
// columns. Beyond the last of `left` rows that one again: what comes of it is not stored.
void load_column(
    float *values, const int turns, __global const float *column, const bool inside,
    const int pitch, const int apart, const int left) {
#pragma unroll
  for (int turn = 0; turn < turns; turn++) {
    values[turn] = inside ? column[min(turn * apart, left - 1) * pitch] : 0.0f;
  }
}

__kernel __attribute__((reqd_work_group_size(TILE_UNITS, ROW_ITEMS, 1))) void lstm_step_forward(
    const int time, const int before, const int after, const int has_state, const int rows,
    const int units, const int keeps_gates, __global const float *parameters, const layer_t layer,
    __global float *gates, __global float *hidden, __global float *cell, const ulong cell_pitch,
    __global float *raw_cell, const int has_arguments, __global float *arguments,
    __global float *masked, __global const float *step_mask) {
  // One more than is used spreads the transposing stores over the banks.
  __local block_t h_tile[DEPTH][TILE_ROWS / BLOCK + 1];
  __local float4 r_tile[DEPTH][TILE_UNITS + 1];
  __local float *h_floats = (__local float *)h_tile;
  __local float *r_floats = (__local float *)r_tile;

  const int x = (int)get_local_id(0);
  const int y = (int)get_local_id(1);
  const int item = y * TILE_UNITS + x;
  const int first_unit = (int)get_group_id(0) * TILE_UNITS;
  const int first_row = (int)get_group_id(1) * TILE_ROWS;
  const size_t state_size = (size_t)rows * units;
#if DROPS
  __global const float *seen = masked;
#else
  __global const float *seen = hidden;
  (void)masked;
#endif
#if !KEEPS
  (void)raw_cell;
#endif
#if !CLIPS
  (void)has_arguments, (void)arguments;
#endif

  // Items beyond the layer only help to load.
  const bool is_used = first_unit + x < units && first_row + BLOCK * y < rows;

  // The four gates of a unit for each row.
  float4 sums[ITEM_ROWS];
#pragma unroll
  for (int i = 0; i < ITEM_ROWS; i++) {
    sums[i] = (float4)(0.0f);
  }

  // Where the item loads: a column of h for some rows, and one of a gate's R for some units.
  const int h_column = item % DEPTH;
  const int h_row = item / DEPTH;
  const int gate = item % 4;
  const int r_column = item / 4 % DEPTH;
  const int r_unit = item / (4 * DEPTH);
  __global const float *h_place =
      seen + before * state_size + (size_t)(first_row + h_row) * units + h_column;
  __global const float *r_place =
      parameters + layer.recurrent_offset +
      ((size_t)gate * units + (first_unit + r_unit)) * units + r_column;
  const int h_left = rows - first_row - h_row;
  const int r_left = units - first_unit - r_unit;

  const int depth_end = has_state ? units : 0;
  float h_values[H_TURNS];
  float r_values[R_TURNS];
  load_column(h_values, H_TURNS, h_place, h_column < depth_end, units, H_APART, h_left);
  load_column(r_values, R_TURNS, r_place, r_column < depth_end, units, R_APART, r_left);
  for (int depth = 0; depth < depth_end; depth += DEPTH) {
#pragma unroll
    for (int turn = 0; turn < H_TURNS; turn++) {
      h_floats[h_column * (TILE_ROWS + BLOCK) + h_row + turn * H_APART] = h_values[turn];
    }
#pragma unroll
    for (int turn = 0; turn < R_TURNS; turn++) {
      r_floats[4 * (r_column * (TILE_UNITS + 1) + r_unit + turn * R_APART) + gate] =
          r_values[turn];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    // The next tile, and zeros beyond the last.
    h_place += DEPTH;
    r_place += DEPTH;
    const int left = units - depth - DEPTH;
    load_column(h_values, H_TURNS, h_place, h_column < left, units, H_APART, h_left);
    load_column(r_values, R_TURNS, r_place, r_column < left, units, R_APART, r_left);

    if (is_used) {
#pragma unroll UNROLL
      for (int l = 0; l < DEPTH; l++) {
        const float4 r_four = r_tile[l][x];
#pragma unroll
        for (int i = 0; i < BLOCKS; i++) {
          const block_t block = h_tile[l][y + i * ROW_ITEMS];
          sums[BLOCK * i] += block.s0 * r_four;
          sums[BLOCK * i + 1] += block.s1 * r_four;
#if BLOCK == 4
          sums[BLOCK * i + 2] += block.s2 * r_four;
          sums[BLOCK * i + 3] += block.s3 * r_four;
#endif
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

  const int unit = first_unit + x;
  const float4 p =
      unit < units ? load_peepholes(parameters, &layer, units, unit) : (float4)(0.0f);
#pragma unroll
  for (int i = 0; i < ITEM_ROWS; i++) {
    const int row = first_row + ITEM_ROW(y, i);
    if (row < rows && unit < units) {
      const size_t state = (size_t)row * units + unit;
      const size_t place = (size_t)time * rows + row;
      __global float *z = gates + place * 4 * units + unit;
      const float c_old = has_state ? cell[before * cell_pitch + state] : 0.0f;
      const float h_old = KEPT(has_state ? hidden[before * state_size + state] : 0.0f);
      float4 a = load_gates(z, units) + sums[i];
      float C, h, c;
      const float4 activated = lstm_cell_forward(
          &a, h_old, c_old, p, &layer, step_mask, place, place * units + unit, &C, &h, &c);
#if KEEPS
      if (keeps_gates) {
        raw_cell[place * units + unit] = C;
      }
#endif
      cell[after * cell_pitch + state] = c;
      hidden[after * state_size + state] = h;
#if DROPS
      masked[after * state_size + state] = recurrent_factor(&layer, state) * h;
#endif
      if (keeps_gates) {
        store_gates(z, units, activated);
      }
#if CLIPS
      if (keeps_gates && has_arguments) {
        store_gates(arguments + place * 4 * units + unit, units, a);
      }
#endif
    }
  }
}

// One time step of an LSTM layer, forward: recurrent product, gates and cell in one.
//
//   z = gates[step] + h R^T                  h, c: slot `step` of hidden and cell
//   i, f, o = sigmoid(z_i, z_f, z_o)         g = tanh(z_g)
//   c' = f c + i g                           h' = o tanh(c')        slot `step` + 1
//
//   step         the step, and the slot in which the state before it lies
//   rows, units  B and H
//   starts       not 0 where slot 0 stands for a state of zeros; it is not read then
//   keeps_gates  not 0 to leave i, f, g, o in `gates`, which lstm_step_backward.cl needs
//   parameters   has R [4H, H] at recurrent_offset
//   gates        [T, B, 4H], in: W x + b; out, if kept: i, f, g, o
//   hidden       [T + 1, B, H]
//   cell         slots of [B, H], cell_pitch apart. With a pitch of 0 the cell is changed in place.
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
    const int step, const int rows, const int units, const int starts, const int keeps_gates,
    __global const float *parameters, const ulong recurrent_offset, __global float *gates,
    __global float *hidden, __global float *cell, const ulong cell_pitch) {
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
  const bool has_state = step > 0 || !starts;
  const size_t state_size = (size_t)rows * units;

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
      hidden + step * state_size + (size_t)(first_row + h_row) * units + h_column;
  __global const float *r_place =
      parameters + recurrent_offset +
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
#pragma unroll
  for (int i = 0; i < ITEM_ROWS; i++) {
    const int row = first_row + ITEM_ROW(y, i);
    if (row < rows && unit < units) {
      const size_t state = (size_t)row * units + unit;
      __global float *z = gates + ((size_t)step * rows + row) * 4 * units + unit;
      const float input_gate = sigmoid(z[0] + sums[i].s0);
      const float forget_gate = sigmoid(z[(size_t)units] + sums[i].s1);
      const float candidate = saturating_tanh(z[(size_t)2 * units] + sums[i].s2);
      const float output_gate = sigmoid(z[(size_t)3 * units] + sums[i].s3);
      __global float *c = cell + state;
      const float c_old = has_state ? c[step * cell_pitch] : 0.0f;
      const float c_new = forget_gate * c_old + input_gate * candidate;
      c[(step + 1) * cell_pitch] = c_new;
      hidden[(step + 1) * state_size + state] = output_gate * saturating_tanh(c_new);
      if (keeps_gates) {
        z[0] = input_gate;
        z[(size_t)units] = forget_gate;
        z[(size_t)2 * units] = candidate;
        z[(size_t)3 * units] = output_gate;
      }
    }
  }
}

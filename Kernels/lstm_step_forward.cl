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
// units, 1 over the rows. An item has all four gates of its unit for ITEM_ROWS rows, ROW_ITEMS
// apart, so that gates and cell are computed from registers. The tiles of h and R that all items of
// the group need go through local memory, DEPTH columns at a time. Any size is right.

// Units of a tile, and items in dimension 0.
#ifndef TILE_UNITS
#define TILE_UNITS 16
#endif
// Items in dimension 1.
#ifndef ROW_ITEMS
#define ROW_ITEMS 8
#endif
// Rows of an item. More of them read R less often, fewer of them make more work-groups.
#ifndef ITEM_ROWS
#define ITEM_ROWS 2
#endif
// Columns of h and R that are in local memory at a time.
#ifndef DEPTH
#define DEPTH 32
#endif

#define ITEMS (TILE_UNITS * ROW_ITEMS)
#define TILE_ROWS (ROW_ITEMS * ITEM_ROWS)

// Items load the tiles in turns, of which there must be a whole number.
#if DEPTH * TILE_ROWS % ITEMS != 0 || DEPTH * TILE_UNITS * 4 % ITEMS != 0
#error "the tiles cannot be shared among the items"
#endif

__kernel __attribute__((reqd_work_group_size(TILE_UNITS, ROW_ITEMS, 1))) void lstm_step_forward(
    const int step, const int rows, const int units, const int starts, const int keeps_gates,
    __global const float *parameters, const ulong recurrent_offset, __global float *gates,
    __global float *hidden, __global float *cell, const ulong cell_pitch) {
  // One column more than is used spreads the transposing stores over the banks.
  __local float h_tile[DEPTH][TILE_ROWS + 1];
  __local float4 r_tile[DEPTH][TILE_UNITS + 1];
  __local float *r_floats = (__local float *)r_tile;

  const int x = (int)get_local_id(0);
  const int y = (int)get_local_id(1);
  const int item = y * TILE_UNITS + x;
  const int first_unit = (int)get_group_id(0) * TILE_UNITS;
  const int first_row = (int)get_group_id(1) * TILE_ROWS;
  const bool has_state = step > 0 || !starts;
  const size_t state_size = (size_t)rows * units;
  __global const float *h = hidden + step * state_size;
  __global const float *r = parameters + recurrent_offset;

  // Items beyond the layer only help to load.
  const bool is_used = first_unit + x < units && first_row + y < rows;

  // The four gates of a unit for each row.
  float4 sums[ITEM_ROWS];
  for (int i = 0; i < ITEM_ROWS; i++) {
    sums[i] = (float4)(0.0f);
  }

  const int depth_end = has_state ? units : 0;
  for (int depth = 0; depth < depth_end; depth += DEPTH) {
    for (int turn = 0; turn < DEPTH * TILE_ROWS / ITEMS; turn++) {
      const int e = item + turn * ITEMS;
      const int l = e % DEPTH;
      const int row = e / DEPTH;
      const bool inside = first_row + row < rows && depth + l < units;
      h_tile[l][row] = inside ? h[(size_t)(first_row + row) * units + (depth + l)] : 0.0f;
    }
    for (int turn = 0; turn < DEPTH * TILE_UNITS * 4 / ITEMS; turn++) {
      const int e = item + turn * ITEMS;
      const int gate = e % 4;
      const int l = (e / 4) % DEPTH;
      const int unit = e / (4 * DEPTH);
      const bool inside = first_unit + unit < units && depth + l < units;
      const size_t column = (size_t)gate * units + (first_unit + unit);
      r_floats[4 * (l * (TILE_UNITS + 1) + unit) + gate] =
          inside ? r[column * units + (depth + l)] : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);

    if (is_used) {
      for (int l = 0; l < DEPTH; l++) {
        const float4 r_values = r_tile[l][x];
        for (int i = 0; i < ITEM_ROWS; i++) {
          sums[i] += h_tile[l][y + i * ROW_ITEMS] * r_values;
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

  const int unit = first_unit + x;
  for (int i = 0; i < ITEM_ROWS; i++) {
    const int row = first_row + y + i * ROW_ITEMS;
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

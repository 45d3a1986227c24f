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

__kernel __attribute__((reqd_work_group_size(TILE_UNITS, ROW_ITEMS, 1))) void lstm_step_forward(
    const int step, const int rows, const int units, const int starts, const int keeps_gates,
    __global const float *parameters, const ulong recurrent_offset, __global float *gates,
    __global float *hidden, __global float *cell, const ulong cell_pitch) {
  // One more column than is used keeps the transposing stores from hitting one bank.
  __local float h_tile[DEPTH][TILE_ROWS + 1];
  __local float r_tile[4][DEPTH][TILE_UNITS + 1];

  const int x = (int)get_local_id(0);
  const int y = (int)get_local_id(1);
  const int item = y * TILE_UNITS + x;
  const int first_unit = (int)get_group_id(0) * TILE_UNITS;
  const int first_row = (int)get_group_id(1) * TILE_ROWS;
  const bool has_state = step > 0 || !starts;
  const size_t state_size = (size_t)rows * units;
  __global const float *h = hidden + step * state_size;
  __global const float *r = parameters + recurrent_offset;

  float sums[ITEM_ROWS][4];
  for (int i = 0; i < ITEM_ROWS; i++) {
    for (int gate = 0; gate < 4; gate++) {
      sums[i][gate] = 0.0f;
    }
  }

  const int depth_end = has_state ? units : 0;
  for (int depth = 0; depth < depth_end; depth += DEPTH) {
    for (int e = item; e < DEPTH * TILE_ROWS; e += ITEMS) {
      const int l = e % DEPTH;
      const int row = e / DEPTH;
      const bool inside = first_row + row < rows && depth + l < units;
      h_tile[l][row] = inside ? h[(size_t)(first_row + row) * units + (depth + l)] : 0.0f;
    }
    for (int e = item; e < DEPTH * TILE_UNITS * 4; e += ITEMS) {
      const int l = e % DEPTH;
      const int unit = (e / DEPTH) % TILE_UNITS;
      const int gate = e / (DEPTH * TILE_UNITS);
      const bool inside = first_unit + unit < units && depth + l < units;
      const size_t column = (size_t)gate * units + (first_unit + unit);
      r_tile[gate][l][unit] = inside ? r[column * units + (depth + l)] : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);

    for (int l = 0; l < DEPTH; l++) {
      float r_values[4];
      for (int gate = 0; gate < 4; gate++) {
        r_values[gate] = r_tile[gate][l][x];
      }
      for (int i = 0; i < ITEM_ROWS; i++) {
        const float h_value = h_tile[l][y + i * ROW_ITEMS];
        for (int gate = 0; gate < 4; gate++) {
          sums[i][gate] += h_value * r_values[gate];
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
      const float input_gate = sigmoid(z[0] + sums[i][0]);
      const float forget_gate = sigmoid(z[(size_t)units] + sums[i][1]);
      const float candidate = saturating_tanh(z[(size_t)2 * units] + sums[i][2]);
      const float output_gate = sigmoid(z[(size_t)3 * units] + sums[i][3]);
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

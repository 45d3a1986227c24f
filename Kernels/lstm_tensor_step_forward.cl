// One time step of a plain LSTM layer, forward, with R h' on tensor cores: what a product with R and
// cell_forward.cl compute in two launches, in the same names.
//
//   z = gates[time] + R h'                   h', c': slot `before`
//   i, f, o = sigmoid(z_i, z_f, z_o)         g = tanh(z_g)
//   C = f c' + i g                           m = o tanh(C)
//   c, h = C, m in slot `after`, or c', h' where the step is missing for the row
//
//   units, batch        H and B
//   time                the step's place in the sequences
//   before, after       the slots of the states before and after it
//   step_mask           [T, B], 0 where the step is missing; not read without has_step_mask
//   r                   R [4H, H] at r_offset, in 16 bits but for tf32
//   hidden, cell        slots of [B, H]; h' is rounded as it is multiplied, h as it is stored
//   gates               [T, B, 4H], in: W x + b; out, if keeps_trace: i, f, g, o
//   raw_cell           [T, B, H], C, if keeps_trace
//
// A warp's four column fragments are the four gates of the same 8 units, so that a work-group has all
// gates of its units; their sums go through local memory, a piece of the rows at a time, to where items
// read and write what lies side by side. Dimension 0 goes over the rows, whose work-groups read the same
// of R, 1 over the units.

#if COLUMN_FRAGMENTS != 4
#error "there are four gates"
#endif
#if R_STORED == TF32
#error "R is in 16 bits but for tf32"
#endif

#define TILE_UNITS (8 * UNIT_WARPS)
// Cells of a piece.
#define CELLS (PIECE_ROWS * TILE_UNITS)

// A lane's words of R for some blocks, as they lie in memory. Its unit's row of the first gate begins
// its first block at `r`; so many numbers are left from there on.
void load_r(
    uint (*words)[4][4], __global const R_NUMBER *r, const size_t gate_pitch, const int depths) {
  UNROLLED
  for (int block = 0; block < BLOCKS; block++) {
    const int l = block * BLOCK_DEPTH;
    UNROLLED
    for (int gate = 0; gate < 4; gate++) {
      __global const R_NUMBER *place = r + gate * gate_pitch + l;
#if ALIGNED
      const uint4 four = l < depths ? *(__global const uint4 *)place : (uint4)(0);
      words[block][gate][0] = four.s0;
      words[block][gate][1] = four.s1;
      words[block][gate][2] = four.s2;
      words[block][gate][3] = four.s3;
#else
      UNROLLED
      for (int word = 0; word < 4; word++) {
#if TF32
        words[block][gate][word] = l + word < depths ? as_uint(place[word]) : 0;
#else
        const uint low = l + 2 * word < depths ? place[2 * word] : 0;
        const uint high = l + 2 * word + 1 < depths ? place[2 * word + 1] : 0;
        words[block][gate][word] = low | high << 16;
#endif
      }
#endif
    }
  }
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void lstm_tensor_step_forward(
    const int units, const int batch, const int time, const int before, const int after,
    const int has_step_mask, __global const float *step_mask, __global const R_NUMBER *r,
    const ulong r_offset, __global float *hidden, __global float *cell, const int keeps_trace,
    __global float *gates, __global float *raw_cell) {
  __local uint4 tiles[LOCAL_VECTORS];
#if !PTX
  __local float a_numbers[WARPS * 16 * FRAGMENT_DEPTH];
  __local float b_numbers[WARPS * 8 * FRAGMENT_DEPTH];
#endif
  const int item = (int)get_local_id(0);
  const int lane = item % 32;
  const int warp = item / 32;
  const int unit_warp = warp % UNIT_WARPS;
  const int depth_warp = warp / UNIT_WARPS;
  const int group = lane / 4;
  const int thread = lane % 4;
  const int first_row = (int)get_group_id(0) * TILE_ROWS;
  const int first_unit = (int)get_group_id(1) * TILE_UNITS + 8 * unit_warp;
  const size_t H = units;

  float sums[ROW_FRAGMENTS][4][4];
  UNROLLED
  for (int i = 0; i < ROW_FRAGMENTS; i++) {
    UNROLLED
    for (int gate = 0; gate < 4; gate++) {
      UNROLLED
      for (int e = 0; e < 4; e++) {
        sums[i][gate][e] = 0.0f;
      }
    }
  }

  const int r_depth = depth_warp * BLOCKS * BLOCK_DEPTH + thread * LANE_DEPTH;
  __global const float *a = hidden + ((size_t)before * batch + first_row) * H;
  r += r_offset + min(first_unit + group, units - 1) * H + r_depth;
  float a_values[TURNS * TURN_NUMBERS];
  uint r_words[BLOCKS][4][4];
  load_rows(a_values, item, a, units, batch - first_row, units);
  load_r(r_words, r, H * H, units - r_depth);
  __local uint4 *tile = tiles;
  for (int depth = 0; depth < units; depth += TILE_DEPTH) {
    store_rows(tile, a_values, item);
    uint own_r[BLOCKS][4][4];
    UNROLLED
    for (int block = 0; block < BLOCKS; block++) {
      UNROLLED
      for (int gate = 0; gate < 4; gate++) {
        UNROLLED
        for (int word = 0; word < 4; word++) {
#if TF32
          own_r[block][gate][word] = tf32_bits(as_float(r_words[block][gate][word]));
#else
          own_r[block][gate][word] = r_words[block][gate][word];
#endif
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    // The next tile, and zeros beyond the last.
    const int left = units - depth - TILE_DEPTH;
    a += TILE_DEPTH;
    r += TILE_DEPTH;
    load_rows(a_values, item, a, units, batch - first_row, left);
    load_r(r_words, r, H * H, left - r_depth);
    UNROLLED
    for (int block = 0; block < BLOCKS; block++) {
      __local const uint4 *own_a = tile + (depth_warp * BLOCKS + block) * BLOCK_VECTORS;
#if PTX
      multiply_block(sums, own_a, own_r[block], lane);
#else
      multiply_block(
          sums, own_a, own_r[block], lane, a_numbers + warp * 16 * FRAGMENT_DEPTH,
          b_numbers + warp * 8 * FRAGMENT_DEPTH);
#endif
    }
    tile = tile == tiles ? tiles + TILE_VECTORS : tiles;
  }

  // [depth_warp][gate][row][unit], so that items then take units side by side.
  __local float *parts = (__local float *)tiles;
  __local float *own_parts = parts + depth_warp * 4 * CELLS + 8 * unit_warp + 2 * thread;
  UNROLLED
  for (int first = 0; first < ROW_FRAGMENTS; first += PIECE_FRAGMENTS) {
    barrier(CLK_LOCAL_MEM_FENCE);
    UNROLLED
    for (int i = 0; i < PIECE_FRAGMENTS; i++) {
      UNROLLED
      for (int gate = 0; gate < 4; gate++) {
        UNROLLED
        for (int e = 0; e < 4; e++) {
          const int row = 16 * i + group + 8 * (e / 2);
          own_parts[gate * CELLS + row * TILE_UNITS + e % 2] = sums[first + i][gate][e];
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    CELLS_UNROLLED
    for (int number = item; number < CELLS; number += ITEMS) {
      const int b = first_row + 16 * first + number / TILE_UNITS;
      const int unit = (int)get_group_id(1) * TILE_UNITS + number % TILE_UNITS;
      if (b < batch && unit < units) {
        const size_t row = (size_t)time * batch + b;
        const size_t old = ((size_t)before * batch + b) * H + unit;
        const size_t new = ((size_t)after * batch + b) * H + unit;
        __global float *z = gates + row * 4 * H + unit;
        const bool is_missing = has_step_mask && step_mask[row] == 0.0f;
        const float c_old = cell[old];
        float sums[4];
        UNROLLED
        for (int gate = 0; gate < 4; gate++) {
          sums[gate] = z[gate * H];
          // The parts in their order.
          for (int part = 0; part < DEPTH_WARPS; part++) {
            sums[gate] += parts[(part * 4 + gate) * CELLS + number];
          }
        }
        float4 a = (float4)(sums[0], sums[1], sums[2], sums[3]);
        float C;
        const float4 activated = lstm_gates(&a, c_old, (float4)(0.0f), 0, &C);
        if (keeps_trace) {
          store_gates(z, units, activated);
          raw_cell[row * H + unit] = C;
        }
        cell[new] = is_missing ? c_old : C;
        hidden[new] = rounded(is_missing ? hidden[old] : activated.s3 * saturating_tanh(C));
      }
    }
  }
}

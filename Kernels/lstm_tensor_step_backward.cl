// One time step of a plain LSTM layer, backward, with dz R on tensor cores: what a product with R and
// cell_backward.cl compute in two launches, in the same names.
//
//   dh = h_gradient + dz R + outputs          dz: the gates of `later`
//   dm = dh, or 0 where the step is missing for the row; then dh stays in h_gradient, else 0 does
//   dC = dc + dm o (1 - tanh(C)^2)                 dc: c_gradient, which becomes dC f
//   dz_i = dC g i (1 - i)        dz_f = dC c' f (1 - f)
//   dz_g = dC i (1 - g^2)        dz_o = dm tanh(C) o (1 - o)
//
//   units, batch        H and B
//   time, later         the step's place in the sequences, and that of the step that was taken back
//                       before it
//   before              the slot of the cell before the step
//   step_mask           [T, B], 0 where the step is missing; not read without has_step_mask
//   r                   R [4H, H] at r_offset
//   outputs             rows of H, outputs_pitch apart, from outputs_offset on: [T, B, H], the loss by
//                       the layer's output; not read without has_outputs
//   h_gradient, c_gradient   [B, H]
//   cell                slots of [B, H]
//   gates               [T, B, 4H]; in: dz of `later` and i, f, g, o of `time`; out: dz of `time`
//   raw_cell           [T, B, H], C
//
// and with SLICED, where the groups of dimension 2 share the sum over 4H:
//
//   slice_depth         the length of a slice, a multiple of TILE_DEPTH
//   slice_sums          [slices, B, H], scratch
//   finished            for each tile, how many of its groups are done; 0 before and after a launch
//
// The sum goes over 4H. A lane reads of each row of R as many units side by side as a warp has column
// fragments, one for each of them: unit COLUMN_FRAGMENTS n + j is column n of fragment j. The sums go
// through local memory, as in lstm_tensor_step_forward.cl. Dimension 0 goes over the rows, whose
// work-groups read the same of R, 1 over the units.
//
// There are a quarter as many sums as forward, and each is four times as long: so few tiles are large
// enough to read little and many enough to fill a device. With SLICED a tile has several work-groups, and
// the last of them to be done adds what all have left in memory, in the order of the slices, and computes
// the cells. Stores become visible to it as grid_barrier.cl tells, but nobody waits.

#define TILE_UNITS (8 * COLUMN_FRAGMENTS * UNIT_WARPS)
#ifndef SLICED
#define SLICED 0
#endif
#if PTX
#define DEVICE_FENCE() __asm volatile("membar.gl;" : : : "memory")
#else
#define DEVICE_FENCE() mem_fence(CLK_GLOBAL_MEM_FENCE)
#endif
// Cells of a piece.
#define CELLS (PIECE_ROWS * TILE_UNITS)
// Words of such units in a row of R.
#define CHUNK_WORDS (R_STORED ? (COLUMN_FRAGMENTS + 1) / 2 : COLUMN_FRAGMENTS)

#if COLUMN_FRAGMENTS != 1 && COLUMN_FRAGMENTS != 2 && COLUMN_FRAGMENTS != 4
#error "a lane reads one, two or four units"
#endif
#if !R_STORED && !TF32
#error "R is in float32 for tf32 only"
#endif
#if !ALIGNED
#error "rows of dz, 4H numbers each, begin at whole vectors"
#endif

// What a lane reads of a row of R, which begins at its units, as it lies in memory.
void load_chunk(uint *words, __global const R_NUMBER *row) {
#if CHUNK_WORDS == 4
  const uint4 four = *(__global const uint4 *)row;
  words[0] = four.s0;
  words[1] = four.s1;
  words[2] = four.s2;
  words[3] = four.s3;
#elif CHUNK_WORDS == 2
  const uint2 two = *(__global const uint2 *)row;
  words[0] = two.s0;
  words[1] = two.s1;
#elif R_STORED && COLUMN_FRAGMENTS == 1
  words[0] = row[0];
#else
  words[0] = *(__global const uint *)row;
#endif
}

// What a lane needs of R for some blocks. The row of its first number begins at `r` for its units; so
// many rows are left from there on.
void load_r(
    uint (*words)[LANE_DEPTH][CHUNK_WORDS], __global const R_NUMBER *r, const int units,
    const int depths) {
  UNROLLED
  for (int block = 0; block < BLOCKS; block++) {
    UNROLLED
    for (int number = 0; number < LANE_DEPTH; number++) {
      const int l = block * BLOCK_DEPTH + number;
      if (l < depths) {
        load_chunk(words[block][number], r + (size_t)l * units);
      } else {
        UNROLLED
        for (int word = 0; word < CHUNK_WORDS; word++) {
          words[block][number][word] = 0;
        }
      }
    }
  }
}

// A number of a chunk as it lies in memory.
uint chunk_number(const uint *words, const int j) {
#if R_STORED
  return words[j / 2] >> 16 * (j % 2) & 0xFFFFu;
#else
  return words[j];
#endif
}

// A lane's word of a column fragment as it is multiplied.
uint r_word(uint (*chunks)[CHUNK_WORDS], const int word, const int j) {
#if !TF32
  return chunk_number(chunks[2 * word], j) | chunk_number(chunks[2 * word + 1], j) << 16;
#elif R_STORED
  // Exact: no format of 16 bits has more digits or a wider range.
  return as_uint(widened((ushort)chunk_number(chunks[word], j)));
#else
  return tf32_bits(as_float(chunk_number(chunks[word], j)));
#endif
}

// What cells are computed from and what becomes of it.
typedef struct {
  int units, batch, time, before, has_step_mask, has_outputs;
  __global const float *step_mask, *outputs, *cell, *raw_cell;
  ulong outputs_pitch;
  __global float *h_gradient, *c_gradient, *gates;
} step_t;

// The gradients of a row's unit, with what comes through R from the later step.
void take_cell_back(const step_t *step, const int b, const int unit, const float through_r) {
  const size_t H = step->units;
  const size_t row = (size_t)step->time * step->batch + b;
  const size_t state = (size_t)b * H + unit;
  const bool is_missing = step->has_step_mask && step->step_mask[row] == 0.0f;
  __global float *z = step->gates + row * 4 * H + unit;
  const float kept = is_missing ? 1.0f : 0.0f;
  const float c_old = step->cell[((size_t)step->before * step->batch + b) * H + unit];
  const float C = step->raw_cell[row * H + unit];
  const slopes_t slopes = lstm_slopes(
      load_gates(z, step->units), c_old, C, C, (float4)(0.0f), (float4)(1.0f), kept, kept, 0);
  float dh = step->h_gradient[state];
  if (step->has_outputs) {
    dh += step->outputs[row * step->outputs_pitch + unit];
  }
  dh += through_r;
  step->h_gradient[state] = kept * dh;
  float dc = step->c_gradient[state];
  store_gates(z, step->units, lstm_cell_backward(&slopes, dh, &dc));
  step->c_gradient[state] = dc;
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void lstm_tensor_step_backward(
    const int units, const int batch, const int time, const int later, const int before,
    const int has_step_mask, __global const float *step_mask, __global const R_NUMBER *r,
    const ulong r_offset, const int has_outputs, __global const float *outputs,
    const ulong outputs_offset, const ulong outputs_pitch, __global float *h_gradient,
    __global float *c_gradient, __global const float *cell, __global float *gates,
    __global const float *raw_cell
#if SLICED
    ,
    const int slice_depth, __global float *slice_sums, __global volatile uint *finished
#endif
) {
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
  const int first_unit = (int)get_group_id(1) * TILE_UNITS + 8 * COLUMN_FRAGMENTS * unit_warp;
  const size_t H = units;
#if SLICED
  __local int is_last[1];
  const int slice = (int)get_group_id(2);
  const int depth_begin = min(slice * slice_depth, 4 * units);
  const int depths = min(slice_depth, 4 * units - depth_begin);
#else
  const int depth_begin = 0;
  const int depths = 4 * units;
#endif

  float sums[ROW_FRAGMENTS][COLUMN_FRAGMENTS][4];
  UNROLLED
  for (int i = 0; i < ROW_FRAGMENTS; i++) {
    UNROLLED
    for (int j = 0; j < COLUMN_FRAGMENTS; j++) {
      UNROLLED
      for (int e = 0; e < 4; e++) {
        sums[i][j][e] = 0.0f;
      }
    }
  }

  const int r_depth = depth_warp * BLOCKS * BLOCK_DEPTH + thread * LANE_DEPTH;
  // A chunk is inside as a whole, or outside.
  const int chunk = min(first_unit + COLUMN_FRAGMENTS * group, units - COLUMN_FRAGMENTS);
  __global const float *a = gates + ((size_t)later * batch + first_row) * 4 * H + depth_begin;
  r += r_offset + (size_t)(depth_begin + r_depth) * H + chunk;
  float a_values[TURNS * TURN_NUMBERS];
  uint r_words[BLOCKS][LANE_DEPTH][CHUNK_WORDS];
  load_rows(a_values, item, a, 4 * units, batch - first_row, depths);
  load_r(r_words, r, units, depths - r_depth);
  __local uint4 *tile = tiles;
  for (int depth = 0; depth < depths; depth += TILE_DEPTH) {
    store_rows(tile, a_values, item);
    uint own_r[BLOCKS][COLUMN_FRAGMENTS][4];
    UNROLLED
    for (int block = 0; block < BLOCKS; block++) {
      UNROLLED
      for (int j = 0; j < COLUMN_FRAGMENTS; j++) {
        UNROLLED
        for (int word = 0; word < 4; word++) {
          own_r[block][j][word] = r_word(r_words[block], word, j);
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    // The next tile, and zeros beyond the last.
    const int left = depths - depth - TILE_DEPTH;
    a += TILE_DEPTH;
    r += TILE_DEPTH * H;
    load_rows(a_values, item, a, 4 * units, batch - first_row, left);
    load_r(r_words, r, units, left - r_depth);
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

  outputs += outputs_offset;
  const step_t step = {units, batch, time, before, has_step_mask, has_outputs, step_mask, outputs,
                       cell, raw_cell, outputs_pitch, h_gradient, c_gradient, gates};
  // [depth_warp][row][unit], so that items then take units side by side.
  __local float *parts = (__local float *)tiles;
  __local float *own_parts =
      parts + depth_warp * CELLS + COLUMN_FRAGMENTS * (8 * unit_warp + 2 * thread);
  const int tile_unit = (int)get_group_id(1) * TILE_UNITS;
  UNROLLED
  for (int first = 0; first < ROW_FRAGMENTS; first += PIECE_FRAGMENTS) {
    barrier(CLK_LOCAL_MEM_FENCE);
    UNROLLED
    for (int i = 0; i < PIECE_FRAGMENTS; i++) {
      UNROLLED
      for (int j = 0; j < COLUMN_FRAGMENTS; j++) {
        UNROLLED
        for (int e = 0; e < 4; e++) {
          const int row = 16 * i + group + 8 * (e / 2);
          own_parts[row * TILE_UNITS + COLUMN_FRAGMENTS * (e % 2) + j] = sums[first + i][j][e];
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    CELLS_UNROLLED
    for (int number = item; number < CELLS; number += ITEMS) {
      const int b = first_row + 16 * first + number / TILE_UNITS;
      const int unit = tile_unit + number % TILE_UNITS;
      // The parts in their order.
      float sum = parts[number];
      for (int part = 1; part < DEPTH_WARPS; part++) {
        sum += parts[part * CELLS + number];
      }
      if (b < batch && unit < units) {
#if SLICED
        slice_sums[((size_t)slice * batch + b) * H + unit] = sum;
#else
        take_cell_back(&step, b, unit, sum);
#endif
      }
    }
  }

#if SLICED
  const int slices = (int)get_num_groups(2);
  finished += get_group_id(1) * get_num_groups(0) + get_group_id(0);
  DEVICE_FENCE();
  barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
  if (item == 0) {
    DEVICE_FENCE();
    *is_last = atomic_inc(finished) == (uint)slices - 1;
    if (*is_last) {
      // For the next launch; nobody else looks at it any more.
      *finished = 0;
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
  DEVICE_FENCE();
  // Not from a cache of the compute unit.
  __global const volatile float *all_sums = slice_sums;
  CELLS_UNROLLED
  for (int number = item; *is_last && number < TILE_ROWS * TILE_UNITS; number += ITEMS) {
    const int b = first_row + number / TILE_UNITS;
    const int unit = tile_unit + number % TILE_UNITS;
    if (b < batch && unit < units) {
      float sum = 0.0f;
      for (int part = 0; part < slices; part++) {
        sum += all_sums[((size_t)part * batch + b) * H + unit];
      }
      take_cell_back(&step, b, unit, sum);
    }
  }
#endif
}

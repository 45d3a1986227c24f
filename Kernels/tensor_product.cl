// The product of two matrices on tensor cores: what matrix_product.cl computes, with the same
// arguments, from rounded operands.
//
//   C[s] = factor A[:, s] B[s, :] + bias        for each slice s of the K dimension
//
// Operands are rounded to the nearest, to even where two are as near, when they are put into local
// memory; weights that lie in 16 bits are taken as they are. Products are exact and summed in float32.
// Bias, factor, row sums and what C is added to are never rounded.
//
//   m, n, k        C is m x n; k is what is summed over
//   slice_depth    the length of a slice of k; slice s is [s * slice_depth, (s + 1) * slice_depth),
//                  and may be empty
//   a              [m, k], or [k, m] with A_TRANSPOSED; a_pitch is the distance between its rows
//   b              [k, n], or [n, k] with B_TRANSPOSED; b_pitch is the distance between its rows.
//                  In 16 bits where B_STORED.
//   c              [slices][m, n], written; c_pitch is the distance between its rows, c_slice that
//                  between its slices
//   bias           [n] where bias_terms is 1, [2, n] where it is 2 (both are added), not read where
//                  it is 0. For a single slice only.
//   row_sums       [slices][m], the sums of the rows of A over each slice, times the factor, written
//                  row_sum_copies times, one after the other; c_slice is the distance between the
//                  slices here too
//
// A work-group computes a tile of C. Each of its warps (32 items whose numbers follow each other)
// has ROW_FRAGMENTS x COLUMN_FRAGMENTS fragments of 16 x 8 elements, which lie side by side. Both
// operands lie in local memory along k, in words of 32 bits: one tf32 number, or two of 16 bits.
// So fragments are the same words in all formats. Dimension 0 goes over the row tiles (there can be
// very many), 1 over the column tiles, 2 over the slices. Any size is right; outside of the matrices
// the tiles are filled with zeros.

#ifndef A_TRANSPOSED
#define A_TRANSPOSED 0
#endif
#ifndef B_TRANSPOSED
#define B_TRANSPOSED 0
#endif
// Whether C is added to.
#ifndef ACCUMULATES
#define ACCUMULATES 0
#endif
// Whether B lies in memory as STORAGE says, and not in float32.
#ifndef B_STORED
#define B_STORED 0
#endif
// Warps of a work-group.
#ifndef ROW_WARPS
#define ROW_WARPS 2
#endif
#ifndef COLUMN_WARPS
#define COLUMN_WARPS 2
#endif
// Fragments of a warp.
#ifndef ROW_FRAGMENTS
#define ROW_FRAGMENTS 2
#endif
#ifndef COLUMN_FRAGMENTS
#define COLUMN_FRAGMENTS 4
#endif
// The words along k that are in local memory at a time.
#ifndef DEPTH_WORDS
#define DEPTH_WORDS 16
#endif

#if B_STORED && STORAGE == 0
#error "B can be stored in 16 bits only"
#endif
#if DEPTH_WORDS % 8 != 0
#error "fragments are 8 words deep"
#endif

#define WARPS (ROW_WARPS * COLUMN_WARPS)
#define ITEMS (32 * WARPS)
#define TILE_ROWS (16 * ROW_FRAGMENTS * ROW_WARPS)
#define TILE_COLUMNS (8 * COLUMN_FRAGMENTS * COLUMN_WARPS)
#define DEPTH (DEPTH_WORDS * NUMBERS)
// Four words more than are used: a fragment's 8 rows of 4 words then lie in 32 different banks.
#define PITCH (DEPTH_WORDS + 4)
// What an item loads of each tile.
#define A_TURNS (TILE_ROWS * DEPTH_WORDS / ITEMS)
#define B_TURNS (TILE_COLUMNS * DEPTH_WORDS / ITEMS)
#if TILE_ROWS * DEPTH_WORDS % ITEMS != 0 || TILE_COLUMNS * DEPTH_WORDS % ITEMS != 0
#error "the tiles cannot be shared among the items"
#endif

// Where numbers are in memory, and which word of a tile is number e. Neighboring items read what lies
// side by side, whichever way a matrix lies.
#if A_TRANSPOSED
#define A_INDEX(row, l) ((size_t)(l) * a_pitch + (row))
#define A_ROW(e) ((e) % TILE_ROWS)
#define A_WORD(e) ((e) / TILE_ROWS)
#else
#define A_INDEX(row, l) ((size_t)(row) * a_pitch + (l))
#define A_ROW(e) ((e) / DEPTH_WORDS)
#define A_WORD(e) ((e) % DEPTH_WORDS)
#endif
#if B_TRANSPOSED
#define B_INDEX(l, column) ((size_t)(column) * b_pitch + (l))
#define B_COLUMN(e) ((e) / DEPTH_WORDS)
#define B_WORD(e) ((e) % DEPTH_WORDS)
#else
#define B_INDEX(l, column) ((size_t)(l) * b_pitch + (column))
#define B_COLUMN(e) ((e) % TILE_COLUMNS)
#define B_WORD(e) ((e) / TILE_COLUMNS)
#endif
#if B_STORED
#define B_NUMBER ushort
#else
#define B_NUMBER float
#endif

// A word of B as it is multiplied, from as many numbers that follow each other.
uint b_word(const B_NUMBER *numbers) {
#if !B_STORED
  return operand_word(numbers);
#elif TF32
  // Exact: no format of 16 bits has more digits or a wider range.
  return as_uint(widened(numbers[0]));
#else
  return numbers[0] | (uint)numbers[1] << 16;
#endif
}

// An item's share of a tile of A, which begins at `a`; so many rows and columns of the matrix are left
// from there on.
void load_a(
    float *values, const int item, __global const float *a, const int a_pitch, const int rows,
    const int depths) {
  UNROLLED
  for (int turn = 0; turn < A_TURNS; turn++) {
    const int row = A_ROW(item + turn * ITEMS);
    const int word = A_WORD(item + turn * ITEMS);
    UNROLLED
    for (int number = 0; number < NUMBERS; number++) {
      const int l = word * NUMBERS + number;
      values[turn * NUMBERS + number] = row < rows && l < depths ? a[A_INDEX(row, l)] : 0.0f;
    }
  }
}

// The same of B.
void load_b(
    B_NUMBER *values, const int item, __global const B_NUMBER *b, const int b_pitch,
    const int columns, const int depths) {
  UNROLLED
  for (int turn = 0; turn < B_TURNS; turn++) {
    const int column = B_COLUMN(item + turn * ITEMS);
    const int word = B_WORD(item + turn * ITEMS);
    UNROLLED
    for (int number = 0; number < NUMBERS; number++) {
      const int l = word * NUMBERS + number;
      values[turn * NUMBERS + number] =
          column < columns && l < depths ? b[B_INDEX(l, column)] : (B_NUMBER)0;
    }
  }
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void tensor_product(
    const int m, const int n, const int k, const int slice_depth, const float factor,
    __global const float *a, const ulong a_offset, const int a_pitch,
    __global const B_NUMBER *b, const ulong b_offset, const int b_pitch,
    __global float *c, const ulong c_offset, const int c_pitch, const ulong c_slice,
    __global const float *bias, const ulong bias_offset, const int bias_terms,
    __global float *row_sums, const ulong row_sum_offset, const int row_sum_copies) {
  __local uint a_tile[TILE_ROWS * PITCH];
  __local uint b_tile[TILE_COLUMNS * PITCH];
#if !PTX
  __local float a_numbers[WARPS * 16 * FRAGMENT_DEPTH];
  __local float b_numbers[WARPS * 8 * FRAGMENT_DEPTH];
#endif

  const int item = (int)get_local_id(0);
  const int warp = item / 32;
  const int group = item % 32 / 4;
  const int thread = item % 4;
  const int first_row = (int)get_group_id(0) * TILE_ROWS;
  const int first_column = (int)get_group_id(1) * TILE_COLUMNS;
  const int slice = (int)get_group_id(2);
  const int begin = (int)min((long)slice * slice_depth, (long)k);
  const int end = (int)min((long)begin + slice_depth, (long)k);
  // The warp's part of the tile.
  const int warp_row = warp / COLUMN_WARPS * 16 * ROW_FRAGMENTS;
  const int warp_column = warp % COLUMN_WARPS * 8 * COLUMN_FRAGMENTS;

  __global const float *first_a = a;

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

  // As they lie in memory; they are rounded when they have arrived.
  float a_values[A_TURNS * NUMBERS];
  B_NUMBER b_values[B_TURNS * NUMBERS];
  a += a_offset + A_INDEX(first_row, begin);
  b += b_offset + B_INDEX(begin, first_column);
  load_a(a_values, item, a, a_pitch, m - first_row, end - begin);
  load_b(b_values, item, b, b_pitch, n - first_column, end - begin);
  for (int depth = begin; depth < end; depth += DEPTH) {
    UNROLLED
    for (int turn = 0; turn < A_TURNS; turn++) {
      const int e = item + turn * ITEMS;
      a_tile[A_ROW(e) * PITCH + A_WORD(e)] = operand_word(a_values + turn * NUMBERS);
    }
    UNROLLED
    for (int turn = 0; turn < B_TURNS; turn++) {
      const int e = item + turn * ITEMS;
      b_tile[B_COLUMN(e) * PITCH + B_WORD(e)] = b_word(b_values + turn * NUMBERS);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    // The next tile, and zeros beyond the last.
    a += A_INDEX(0, DEPTH);
    b += B_INDEX(DEPTH, 0);
    load_a(a_values, item, a, a_pitch, m - first_row, end - depth - DEPTH);
    load_b(b_values, item, b, b_pitch, n - first_column, end - depth - DEPTH);

    UNROLLED
    for (int word = 0; word < DEPTH_WORDS; word += 8) {
      uint b_fragments[COLUMN_FRAGMENTS][2];
      UNROLLED
      for (int j = 0; j < COLUMN_FRAGMENTS; j++) {
        const int place = (warp_column + 8 * j + group) * PITCH + word + thread;
        b_fragments[j][0] = b_tile[place];
        b_fragments[j][1] = b_tile[place + 4];
      }
      UNROLLED
      for (int i = 0; i < ROW_FRAGMENTS; i++) {
        const int place = (warp_row + 16 * i + group) * PITCH + word + thread;
        const uint a_fragment[4] = {
            a_tile[place], a_tile[place + 8 * PITCH], a_tile[place + 4],
            a_tile[place + 8 * PITCH + 4]};
        UNROLLED
        for (int j = 0; j < COLUMN_FRAGMENTS; j++) {
#if PTX
          multiply_fragments(sums[i][j], a_fragment, b_fragments[j]);
#else
          multiply_fragments(
              sums[i][j], a_fragment, b_fragments[j], a_numbers + warp * 16 * FRAGMENT_DEPTH,
              b_numbers + warp * 8 * FRAGMENT_DEPTH);
#endif
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

  // From A again, because few products want them: as many parts as a row has words, then those in their
  // order.
  const bool sums_rows = first_column == 0 && row_sum_copies > 0;
  __local float *parts = (__local float *)a_tile;
  for (int e = item; sums_rows && e < TILE_ROWS * DEPTH_WORDS; e += ITEMS) {
    const int row = first_row + A_ROW(e);
    float part = 0.0f;
    for (int l = begin + A_WORD(e); row < m && l < end; l += DEPTH_WORDS) {
      part += first_a[a_offset + A_INDEX(row, l)];
    }
    parts[A_ROW(e) * PITCH + A_WORD(e)] = part;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int row = item; sums_rows && row < TILE_ROWS && first_row + row < m; row += ITEMS) {
    float sum = 0.0f;
    for (int word = 0; word < DEPTH_WORDS; word++) {
      sum += parts[row * PITCH + word];
    }
    for (int copy = 0; copy < row_sum_copies; copy++) {
      row_sums[row_sum_offset + slice * c_slice + (size_t)copy * m + first_row + row] =
          factor * sum;
    }
  }

  __global float *result = c + c_offset + slice * c_slice;
  UNROLLED
  for (int i = 0; i < ROW_FRAGMENTS; i++) {
    UNROLLED
    for (int j = 0; j < COLUMN_FRAGMENTS; j++) {
      UNROLLED
      for (int e = 0; e < 4; e++) {
        const int row = first_row + warp_row + 16 * i + group + 8 * (e / 2);
        const int column = first_column + warp_column + 8 * j + 2 * thread + e % 2;
        if (row < m && column < n) {
          __global float *place = result + (size_t)row * c_pitch + column;
          float rest = 0.0f;
          if (bias_terms > 0) {
            rest = bias[bias_offset + column];
          }
          if (bias_terms > 1) {
            rest += bias[bias_offset + n + column];
          }
#if ACCUMULATES
          rest += *place;
#endif
          *place = factor * sums[i][j][e] + rest;
        }
      }
    }
  }
}

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
// What is multiplied: tf32 (8 bits of exponent, 11 of mantissa), or the 16 bits that STORAGE
// (common.cl) names.
#ifndef TF32
#define TF32 (STORAGE == 0)
#endif
// Whether B lies in memory as STORAGE says, and not in float32.
#ifndef B_STORED
#define B_STORED 0
#endif
// Who multiplies fragments: 1 the tensor cores of a GPU that takes PTX, 0 an emulation, which is there
// to test all the rest on any device.
#ifndef PTX
#define PTX 0
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
// Numbers in a word.
#define NUMBERS (TF32 ? 1 : 2)
#define DEPTH (DEPTH_WORDS * NUMBERS)
// Four words more than are used: a fragment's 8 rows of 4 words then lie in 32 different banks.
#define PITCH (DEPTH_WORDS + 4)
// Fragments stay in registers only where the loops over them are unrolled. The emulation has barriers
// within them, of which some compilers make very much code.
#if PTX
#define UNROLLED _Pragma("unroll")
#else
#define UNROLLED
#endif
// What an item loads of each tile.
#define A_TURNS (TILE_ROWS * DEPTH_WORDS / ITEMS)
#define B_TURNS (TILE_COLUMNS * DEPTH_WORDS / ITEMS)
#if TILE_ROWS * DEPTH_WORDS % ITEMS != 0 || TILE_COLUMNS * DEPTH_WORDS % ITEMS != 0
#error "the tiles cannot be shared among the items"
#endif

// Where numbers are in memory, and which word of a tile is number e. Neighbouring items read what lies
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

// The tf32 next to x, as a float32 whose last 13 bits are 0; to even where two are as near. In
// integers, so that every device gives the same.
uint tf32_bits(const float x) {
  const uint bits = as_uint(x);
  // A NaN must not be rounded up to an infinity.
  return isnan(x) ? bits | 0x400000u : (bits + 0xFFFu + (bits >> 13 & 1u)) & 0xFFFFE000u;
}

// A float32 as it is multiplied.
uint operand_bits(const float x) {
#if TF32
  return tf32_bits(x);
#else
  return narrowed(x);
#endif
}

// A number of B as it is multiplied.
uint b_bits(const B_NUMBER x) {
#if !B_STORED
  return operand_bits(x);
#elif TF32
  // Exact: no format of 16 bits has more digits or a wider range.
  return as_uint(widened(x));
#else
  return x;
#endif
}

// c += a b for fragments of 16 x 8 words by 8 words x 8, in the layouts that the PTX ISA gives for
// mma.m16n8k8 in tf32 and mma.m16n8k16 in 16 bits. Lane l of the warp is thread t = l % 4 of the group
// g = l / 4, and has
//
//   tf32:     a[i]    row g + 8 (i % 2), column t + 4 (i / 2)            of A, 16 x 8, i < 4
//             b[i]    row t + 4 i, column g                              of B, 8 x 8, i < 2
//   16 bits:  number i of a, two in a word, the lower half first:
//                     row g + 8 (i / 2 % 2), column 2 t + i % 2 + 8 (i / 4)   of A, 16 x 16, i < 8
//             number i of b:
//                     row 2 t + i % 2 + 8 (i / 2), column g              of B, 16 x 8, i < 4
//   both:     c[i]    row g + 8 (i / 2), column 2 t + i % 2              of C, 16 x 8, i < 4
//
// All items of the work-group come here together.
#if PTX

#if TF32
#define INSTRUCTION "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"
#elif STORAGE == 1
#define INSTRUCTION "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"
#else
#define INSTRUCTION "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32"
#endif

void multiply_fragments(float *c, const uint *a, const uint *b) {
  float d0, d1, d2, d3;
  // Only registers go in and come out: pointers to local memory have not always survived the way.
  __asm volatile(
      INSTRUCTION " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%10, %11, %12, %13};"
      : "=f"(d0), "=f"(d1), "=f"(d2), "=f"(d3)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "f"(c[0]), "f"(c[1]),
        "f"(c[2]), "f"(c[3]));
  c[0] = d0;
  c[1] = d1;
  c[2] = d2;
  c[3] = d3;
}

#else

// Numbers along k in a fragment.
#define FRAGMENT_DEPTH (8 * NUMBERS)

// Half a word, or a whole one.
float fragment_number(const uint *words, const int i) {
#if TF32
  return as_float(words[i]);
#else
  return widened((ushort)(words[i / 2] >> 16 * (i % 2)));
#endif
}

//   a_numbers, b_numbers   the warp's own memory, [16][FRAGMENT_DEPTH] and [FRAGMENT_DEPTH][8]
void multiply_fragments(
    float *c, const uint *a, const uint *b, __local float *a_numbers, __local float *b_numbers) {
  const int lane = (int)get_local_id(0) % 32;
  const int g = lane / 4;
  const int t = lane % 4;
  for (int i = 0; i < 4 * NUMBERS; i++) {
#if TF32
    const int row = g + 8 * (i % 2);
    const int column = t + 4 * (i / 2);
#else
    const int row = g + 8 * (i / 2 % 2);
    const int column = 2 * t + i % 2 + 8 * (i / 4);
#endif
    a_numbers[row * FRAGMENT_DEPTH + column] = fragment_number(a, i);
  }
  for (int i = 0; i < 2 * NUMBERS; i++) {
#if TF32
    const int row = t + 4 * i;
#else
    const int row = 2 * t + i % 2 + 8 * (i / 2);
#endif
    b_numbers[row * 8 + g] = fragment_number(b, i);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = 0; i < 4; i++) {
    const int row = g + 8 * (i / 2);
    const int column = 2 * t + i % 2;
    float sum = c[i];
    for (int l = 0; l < FRAGMENT_DEPTH; l++) {
      sum += a_numbers[row * FRAGMENT_DEPTH + l] * b_numbers[l * 8 + column];
    }
    c[i] = sum;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
}

#endif

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
      uint bits = operand_bits(a_values[turn * NUMBERS]);
#if !TF32
      bits |= operand_bits(a_values[turn * NUMBERS + 1]) << 16;
#endif
      a_tile[A_ROW(e) * PITCH + A_WORD(e)] = bits;
    }
    UNROLLED
    for (int turn = 0; turn < B_TURNS; turn++) {
      const int e = item + turn * ITEMS;
      uint bits = b_bits(b_values[turn * NUMBERS]);
#if !TF32
      bits |= b_bits(b_values[turn * NUMBERS + 1]) << 16;
#endif
      b_tile[B_COLUMN(e) * PITCH + B_WORD(e)] = bits;
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

// The product of two matrices.
//
//   C[s] = factor A[:, s] B[s, :] + bias        for each slice s of the K dimension
//
// With one slice this is C = factor A B + bias, and with ACCUMULATES it is added to C. With more, each slice of K gives a C of its own,
// which sum_slices.cl adds in a fixed order: the way to use the whole device for a small C with a
// long K (the gradients of the weights) and to get the same bits every time, without atomics.
//
//   m, n, k        C is m x n; k is what is summed over
//   slice_depth    the length of a slice of k; slice s is [s * slice_depth, (s + 1) * slice_depth),
//                  and may be empty
//   a              [m, k], or [k, m] with A_TRANSPOSED; a_pitch is the distance between its rows
//   b              [k, n], or [n, k] with B_TRANSPOSED; b_pitch is the distance between its rows.
//                  In 16 bits where STORAGE (common.cl) says so.
//   c              [slices][m, n], written; c_pitch is the distance between its rows, c_slice that
//                  between its slices
//   bias           [n] where bias_terms is 1, [2, n] where it is 2 (both are added), not read where
//                  it is 0. For a single slice only.
//   row_sums       [slices][m], the sums of the rows of A over each slice, written row_sum_copies
//                  times, one after the other; c_slice is the distance between the slices here too.
//                  They are multiplied by the factor too.
//                  With A_TRANSPOSED, when A are the gradients of outputs, they are the bias's.
//
// With JOINED there is a second product of the same A, whose tiles of columns follow those of the first:
//
//   C2[s] = factor A[:, s] B2[s - skipped, :]
//
//   n2, skipped    C2 is m x n2; the first so many of k are left out
//   b2             [k - skipped, n2]; b2_pitch is the distance between its rows
//   c2_offset      C2 lies in c too; c2_pitch is the distance between its rows
//
// A work-group computes a tile of C, each of its GROUP x GROUP items ROW_FOURS x COLUMN_FOURS
// blocks of 4 x 4 elements, 4 GROUP apart. Tiles of A and B go through local memory, from which
// four floats are read at a time; while a tile is multiplied, the next one is on its way from global
// memory into registers. Dimension 0 goes over the row tiles (there can be very many), 1 over the column
// tiles, 2 over the slices. Any size is right; outside of the matrices the tiles are filled with zeros.

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
// Whether there is a second product.
#ifndef JOINED
#define JOINED 0
#endif
// Items of a work-group in each of two dimensions.
#ifndef GROUP
#define GROUP 16
#endif
// Blocks of C that an item computes. More of them reuse local memory better, fewer of them make
// more work-groups.
#ifndef ROW_FOURS
#define ROW_FOURS 1
#endif
#ifndef COLUMN_FOURS
#define COLUMN_FOURS 1
#endif
// The length of k that is in local memory at a time.
#ifndef DEPTH
#define DEPTH 16
#endif

// How much of it is multiplied without a jump.
#ifndef UNROLL
#define UNROLL 16
#endif

// The number at a place in B.
#if STORAGE == 0
#define B_NUMBER float
#define B_VALUE(place) b[place]
#else
#define B_NUMBER ushort
#define B_VALUE(place) widened(b[place])
#endif

#define ITEMS (GROUP * GROUP)
#define TILE_ROWS (4 * GROUP * ROW_FOURS)
#define TILE_COLUMNS (4 * GROUP * COLUMN_FOURS)
// What an item loads of each tile, in turns, of which there must be a whole number.
#define A_TURNS (DEPTH * TILE_ROWS / ITEMS)
#define B_TURNS (DEPTH * TILE_COLUMNS / ITEMS)
// Parts in which the rows of A are summed: every so-manieth column.
#define SUM_PARTS (GROUP < DEPTH ? GROUP : DEPTH)

#if JOINED && STORAGE != 0
#error "only float32 is joined"
#endif
#if DEPTH * TILE_ROWS % ITEMS != 0 || DEPTH * TILE_COLUMNS % ITEMS != 0 || DEPTH % SUM_PARTS != 0
#error "the tiles cannot be shared among the items"
#endif

// Which row or column of a tile element e is, and where along k. Neighboring items read neighboring
// floats, whichever way a matrix lies.
#if A_TRANSPOSED
#define A_ROW(e) ((e) % TILE_ROWS)
#define A_DEPTH(e) ((e) / TILE_ROWS)
#define A_INDEX(row, l) ((size_t)(l) * a_pitch + (row))
#else
#define A_ROW(e) ((e) / DEPTH)
#define A_DEPTH(e) ((e) % DEPTH)
#define A_INDEX(row, l) ((size_t)(row) * a_pitch + (l))
#endif
#if B_TRANSPOSED
#define B_COLUMN(e) ((e) / DEPTH)
#define B_DEPTH(e) ((e) % DEPTH)
#define B_INDEX(l, column) ((size_t)(column) * b_pitch + (l))
#else
#define B_COLUMN(e) ((e) % TILE_COLUMNS)
#define B_DEPTH(e) ((e) / TILE_COLUMNS)
#define B_INDEX(l, column) ((size_t)(l) * b_pitch + (column))
#endif

// An item's share of a tile of A, which begins at `a`; so many rows and columns of the matrix are left
// from there on.
void load_a(
    float *values, const int item, __global const float *a, const int a_pitch, const int rows,
    const int depths) {
#pragma unroll
  for (int turn = 0; turn < A_TURNS; turn++) {
    const int row = A_ROW(item + turn * ITEMS);
    const int l = A_DEPTH(item + turn * ITEMS);
    values[turn] = row < rows && l < depths ? a[A_INDEX(row, l)] : 0.0f;
  }
}

// The same of B.
void load_b(
    float *values, const int item, __global const B_NUMBER *b, const int b_pitch, const int columns,
    const int depths) {
#pragma unroll
  for (int turn = 0; turn < B_TURNS; turn++) {
    const int column = B_COLUMN(item + turn * ITEMS);
    const int l = B_DEPTH(item + turn * ITEMS);
    values[turn] = column < columns && l < depths ? B_VALUE(B_INDEX(l, column)) : 0.0f;
  }
}

// Four neighboring results with all that is added to them; those beyond column n are left out.
void store_four(
    __global float *place, float4 sum, __global const float *bias, const int column, const int n,
    const int bias_terms, const bool is_aligned) {
  if (is_aligned && column + 3 < n) {
    float4 rest = (float4)(0.0f);
    if (bias_terms > 0) {
      rest = vload4(0, bias + column);
    }
    if (bias_terms > 1) {
      rest += vload4(0, bias + n + column);
    }
#if ACCUMULATES
    rest += *(__global float4 *)place;
#endif
    *(__global float4 *)place = sum + rest;
    return;
  }
  for (int v = 0; v < 4 && column + v < n; v++) {
    float rest = 0.0f;
    if (bias_terms > 0) {
      rest = bias[column + v];
    }
    if (bias_terms > 1) {
      rest += bias[n + column + v];
    }
#if ACCUMULATES
    rest += place[v];
#endif
    place[v] = sum.s0 + rest;
    // The next one to the front: no number is chosen by an index, so that all stay in registers.
    sum = sum.s1230;
  }
}

__kernel __attribute__((reqd_work_group_size(GROUP, GROUP, 1))) void matrix_product(
    const int m, int n, const int k, const int slice_depth, const float factor,
    __global const float *a, const ulong a_offset, const int a_pitch,
    __global const B_NUMBER *b, ulong b_offset, int b_pitch,
    __global float *c, ulong c_offset, int c_pitch, const ulong c_slice,
    __global const float *bias, const ulong bias_offset, const int bias_terms,
    __global float *row_sums, const ulong row_sum_offset, const int row_sum_copies
#if JOINED
    ,
    const int n2, const int skipped, __global const float *b2, const ulong b2_offset,
    const int b2_pitch, const ulong c2_offset, const int c2_pitch
#endif
) {
  // Four floats more than are used spread the rows over the banks.
  __local float4 a_tile[DEPTH][TILE_ROWS / 4 + 1];
  __local float4 b_tile[DEPTH][TILE_COLUMNS / 4 + 1];
  __local float *a_floats = (__local float *)a_tile;
  __local float *b_floats = (__local float *)b_tile;

  const int x = (int)get_local_id(0);
  const int y = (int)get_local_id(1);
  const int item = y * GROUP + x;
  const int first_row = (int)get_group_id(0) * TILE_ROWS;
  const int slice = (int)get_group_id(2);
  int begin = (int)min((long)slice * slice_depth, (long)k);
  const int end = (int)min((long)begin + slice_depth, (long)k);
  int column_tile = (int)get_group_id(1);
  const bool sums_rows = column_tile == 0 && row_sum_copies > 0;
  // Where the product's B begins along k.
  int b_begin = begin;
#if JOINED
  const int first_tiles = (n + TILE_COLUMNS - 1) / TILE_COLUMNS;
  if (column_tile >= first_tiles) {
    column_tile -= first_tiles;
    begin = min(max(begin, skipped), end);
    b_begin = max(begin - skipped, 0);
    n = n2;
    b = b2;
    b_offset = b2_offset;
    b_pitch = b2_pitch;
    c_offset = c2_offset;
    c_pitch = c2_pitch;
  }
#endif
  const int first_column = column_tile * TILE_COLUMNS;

  // Items beyond the matrix only help to load.
  const bool is_used = first_row + 4 * y < m && first_column + 4 * x < n;

  float4 sums[4 * ROW_FOURS][COLUMN_FOURS];
  float4 a_sums[ROW_FOURS];
#pragma unroll
  for (int i = 0; i < ROW_FOURS; i++) {
    a_sums[i] = (float4)(0.0f);
  }
#pragma unroll
  for (int i = 0; i < 4 * ROW_FOURS; i++) {
#pragma unroll
    for (int j = 0; j < COLUMN_FOURS; j++) {
      sums[i][j] = (float4)(0.0f);
    }
  }

  float a_values[A_TURNS];
  float b_values[B_TURNS];
  a += a_offset + A_INDEX(first_row, begin);
  b += b_offset + B_INDEX(b_begin, first_column);
  load_a(a_values, item, a, a_pitch, m - first_row, end - begin);
  load_b(b_values, item, b, b_pitch, n - first_column, end - begin);
  for (int depth = begin; depth < end; depth += DEPTH) {
#pragma unroll
    for (int turn = 0; turn < A_TURNS; turn++) {
      const int e = item + turn * ITEMS;
      a_floats[A_DEPTH(e) * (TILE_ROWS + 4) + A_ROW(e)] = a_values[turn];
    }
#pragma unroll
    for (int turn = 0; turn < B_TURNS; turn++) {
      const int e = item + turn * ITEMS;
      b_floats[B_DEPTH(e) * (TILE_COLUMNS + 4) + B_COLUMN(e)] = b_values[turn];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    a += A_INDEX(0, DEPTH);
    b += B_INDEX(DEPTH, 0);
    load_a(a_values, item, a, a_pitch, m - first_row, end - depth - DEPTH);
    load_b(b_values, item, b, b_pitch, n - first_column, end - depth - DEPTH);

    if (is_used) {
#pragma unroll UNROLL
      for (int l = 0; l < DEPTH; l++) {
        float4 b_fours[COLUMN_FOURS];
#pragma unroll
        for (int j = 0; j < COLUMN_FOURS; j++) {
          b_fours[j] = b_tile[l][x + j * GROUP];
        }
#pragma unroll
        for (int i = 0; i < ROW_FOURS; i++) {
          const float4 a_four = a_tile[l][y + i * GROUP];
#pragma unroll
          for (int j = 0; j < COLUMN_FOURS; j++) {
            sums[4 * i][j] += a_four.s0 * b_fours[j];
            sums[4 * i + 1][j] += a_four.s1 * b_fours[j];
            sums[4 * i + 2][j] += a_four.s2 * b_fours[j];
            sums[4 * i + 3][j] += a_four.s3 * b_fours[j];
          }
        }
      }
    }
    if (sums_rows && x < SUM_PARTS) {
#pragma unroll
      for (int l = 0; l < DEPTH; l += SUM_PARTS) {
#pragma unroll
        for (int i = 0; i < ROW_FOURS; i++) {
          a_sums[i] += a_tile[l + x][y + i * GROUP];
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

  if (sums_rows && x < SUM_PARTS) {
#pragma unroll
    for (int i = 0; i < ROW_FOURS; i++) {
      a_tile[x][y + i * GROUP] = a_sums[i];
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int row = item; sums_rows && row < TILE_ROWS && first_row + row < m; row += ITEMS) {
    float sum = 0.0f;
    for (int part = 0; part < SUM_PARTS; part++) {
      sum += a_floats[part * (TILE_ROWS + 4) + row];
    }
    for (int copy = 0; copy < row_sum_copies; copy++) {
      row_sums[row_sum_offset + slice * c_slice + (size_t)copy * m + (first_row + row)] =
          factor * sum;
    }
  }

  __global float *result = c + c_offset + slice * c_slice;
  // Four floats are stored at once where they lie so that they can be.
  const bool is_aligned = ((c_offset + slice * c_slice) % 4 == 0) && c_pitch % 4 == 0;
#pragma unroll
  for (int i = 0; i < 4 * ROW_FOURS; i++) {
    const int row = first_row + 4 * (y + i / 4 * GROUP) + i % 4;
#pragma unroll
    for (int j = 0; j < COLUMN_FOURS; j++) {
      const int column = first_column + 4 * (x + j * GROUP);
      const float4 sum = factor * sums[i][j];
      __global float *place = result + (size_t)row * c_pitch + column;
      if (row < m && column < n) {
        store_four(place, sum, bias + bias_offset, column, n, bias_terms, is_aligned);
      }
    }
  }
}

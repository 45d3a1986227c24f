// The product of two matrices.
//
//   C[s] = factor A[:, s] B[s, :] + bias        for each slice s of the K dimension
//
// With one slice this is C = factor A B + bias. With more, each slice of K gives a C of its own, which
// sum_slices.cl adds in a fixed order: the way to use the whole device for a small C with a long K
// (the gradients of the weights) and to get the same bits every time, without atomics.
//
//   m, n, k        C is m x n; k is what is summed over
//   slice_depth    the length of a slice of k; slice s is [s * slice_depth, (s + 1) * slice_depth),
//                  and may be empty
//   a              [m, k], or [k, m] with A_TRANSPOSED; a_pitch is the distance between its rows
//   b              [k, n], or [n, k] with B_TRANSPOSED; b_pitch is the distance between its rows
//   c              [slices][m, n], written; c_pitch is the distance between its rows, c_slice that
//                  between its slices
//   bias           [n] where bias_terms is 1, [2, n] where it is 2 (both are added), not read where
//                  it is 0. For a single slice only.
//   row_sums       [slices][m], the sums of the rows of A over each slice, written row_sum_copies
//                  times, one after the other; c_slice is the distance between the slices here too.
//                  They are multiplied by the factor too.
//                  With A_TRANSPOSED, when A are the gradients of outputs, they are the bias's.
//
// A work-group computes a tile of C, each of its GROUP x GROUP items a grid of ITEM_ROWS x
// ITEM_COLUMNS elements, GROUP apart. Tiles of A and B go through local memory. Dimension 0 goes
// over the row tiles (there can be very many), 1 over the column tiles, 2 over the slices. Any size
// is right; outside of the matrices the tiles are filled with zeros.

#ifndef A_TRANSPOSED
#define A_TRANSPOSED 0
#endif
#ifndef B_TRANSPOSED
#define B_TRANSPOSED 0
#endif
// Items of a work-group in each of two dimensions.
#ifndef GROUP
#define GROUP 16
#endif
// Elements of C that an item computes. More of them reuse local memory better, fewer of them make
// more work-groups.
#ifndef ITEM_ROWS
#define ITEM_ROWS 4
#endif
#ifndef ITEM_COLUMNS
#define ITEM_COLUMNS 4
#endif
// The length of k that is in local memory at a time.
#ifndef DEPTH
#define DEPTH 16
#endif

#define ITEMS (GROUP * GROUP)
#define TILE_ROWS (GROUP * ITEM_ROWS)
#define TILE_COLUMNS (GROUP * ITEM_COLUMNS)

__kernel __attribute__((reqd_work_group_size(GROUP, GROUP, 1))) void matrix_product(
    const int m, const int n, const int k, const int slice_depth, const float factor,
    __global const float *a, const ulong a_offset, const int a_pitch,
    __global const float *b, const ulong b_offset, const int b_pitch,
    __global float *c, const ulong c_offset, const int c_pitch, const ulong c_slice,
    __global const float *bias, const ulong bias_offset, const int bias_terms,
    __global float *row_sums, const ulong row_sum_offset, const int row_sum_copies) {
  // One more column than is used keeps the transposing stores from hitting one bank.
  __local float a_tile[DEPTH][TILE_ROWS + 1];
  __local float b_tile[DEPTH][TILE_COLUMNS + 1];

  const int x = (int)get_local_id(0);
  const int y = (int)get_local_id(1);
  const int item = y * GROUP + x;
  const int first_row = (int)get_group_id(0) * TILE_ROWS;
  const int first_column = (int)get_group_id(1) * TILE_COLUMNS;
  const int slice = (int)get_group_id(2);
  const int begin = (int)min((long)slice * slice_depth, (long)k);
  const int end = (int)min((long)begin + slice_depth, (long)k);

  float sums[ITEM_ROWS][ITEM_COLUMNS];
  float a_sums[ITEM_ROWS];
  for (int i = 0; i < ITEM_ROWS; i++) {
    a_sums[i] = 0.0f;
    for (int j = 0; j < ITEM_COLUMNS; j++) {
      sums[i][j] = 0.0f;
    }
  }

  for (int depth = begin; depth < end; depth += DEPTH) {
    for (int e = item; e < DEPTH * TILE_ROWS; e += ITEMS) {
      // Neighbouring items read neighbouring floats, whichever way A lies.
#if A_TRANSPOSED
      const int row = e % TILE_ROWS;
      const int l = e / TILE_ROWS;
      const size_t index = (size_t)(depth + l) * a_pitch + (first_row + row);
#else
      const int row = e / DEPTH;
      const int l = e % DEPTH;
      const size_t index = (size_t)(first_row + row) * a_pitch + (depth + l);
#endif
      const bool inside = first_row + row < m && depth + l < end;
      a_tile[l][row] = inside ? a[a_offset + index] : 0.0f;
    }
    for (int e = item; e < DEPTH * TILE_COLUMNS; e += ITEMS) {
#if B_TRANSPOSED
      const int column = e / DEPTH;
      const int l = e % DEPTH;
      const size_t index = (size_t)(first_column + column) * b_pitch + (depth + l);
#else
      const int column = e % TILE_COLUMNS;
      const int l = e / TILE_COLUMNS;
      const size_t index = (size_t)(depth + l) * b_pitch + (first_column + column);
#endif
      const bool inside = first_column + column < n && depth + l < end;
      b_tile[l][column] = inside ? b[b_offset + index] : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);

    for (int l = 0; l < DEPTH; l++) {
      float a_values[ITEM_ROWS];
      float b_values[ITEM_COLUMNS];
      for (int i = 0; i < ITEM_ROWS; i++) {
        a_values[i] = a_tile[l][y + i * GROUP];
        a_sums[i] += a_values[i];
      }
      for (int j = 0; j < ITEM_COLUMNS; j++) {
        b_values[j] = b_tile[l][x + j * GROUP];
      }
      for (int i = 0; i < ITEM_ROWS; i++) {
        for (int j = 0; j < ITEM_COLUMNS; j++) {
          sums[i][j] += a_values[i] * b_values[j];
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

  for (int i = 0; i < ITEM_ROWS; i++) {
    const int row = first_row + y + i * GROUP;
    if (row < m) {
      for (int j = 0; j < ITEM_COLUMNS; j++) {
        const int column = first_column + x + j * GROUP;
        if (column < n) {
          float sum = factor * sums[i][j];
          if (bias_terms > 0) {
            sum += bias[bias_offset + column];
          }
          if (bias_terms > 1) {
            sum += bias[bias_offset + n + column];
          }
          c[c_offset + slice * c_slice + (size_t)row * c_pitch + column] = sum;
        }
      }
      if (x == 0 && first_column == 0) {
        for (int copy = 0; copy < row_sum_copies; copy++) {
          row_sums[row_sum_offset + slice * c_slice + (size_t)copy * m + row] = factor * a_sums[i];
        }
      }
    }
  }
}

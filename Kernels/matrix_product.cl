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
// A work-group computes a tile of C, each of its GROUP x GROUP items ROW_FOURS x COLUMN_FOURS
// blocks of 4 x 4 elements, 4 GROUP apart. Tiles of A and B go through local memory, from which
// four floats are read at a time. Dimension 0 goes over the row tiles (there can be very many), 1
// over the column tiles, 2 over the slices. Any size is right; outside of the matrices the tiles
// are filled with zeros.

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

// Items load the tiles in turns, of which there must be a whole number.
#if DEPTH * TILE_ROWS % ITEMS != 0 || DEPTH * TILE_COLUMNS % ITEMS != 0
#error "the tiles cannot be shared among the items"
#endif

__kernel __attribute__((reqd_work_group_size(GROUP, GROUP, 1))) void matrix_product(
    const int m, const int n, const int k, const int slice_depth, const float factor,
    __global const float *a, const ulong a_offset, const int a_pitch,
    __global const B_NUMBER *b, const ulong b_offset, const int b_pitch,
    __global float *c, const ulong c_offset, const int c_pitch, const ulong c_slice,
    __global const float *bias, const ulong bias_offset, const int bias_terms,
    __global float *row_sums, const ulong row_sum_offset, const int row_sum_copies) {
  // Four floats more than are used spread the rows over the banks.
  __local float4 a_tile[DEPTH][TILE_ROWS / 4 + 1];
  __local float4 b_tile[DEPTH][TILE_COLUMNS / 4 + 1];
  __local float *a_floats = (__local float *)a_tile;
  __local float *b_floats = (__local float *)b_tile;

  const int x = (int)get_local_id(0);
  const int y = (int)get_local_id(1);
  const int item = y * GROUP + x;
  const int first_row = (int)get_group_id(0) * TILE_ROWS;
  const int first_column = (int)get_group_id(1) * TILE_COLUMNS;
  const int slice = (int)get_group_id(2);
  const int begin = (int)min((long)slice * slice_depth, (long)k);
  const int end = (int)min((long)begin + slice_depth, (long)k);

  // Items beyond the matrix only help to load.
  const bool is_used = first_row + 4 * y < m && first_column + 4 * x < n;

  float4 sums[4 * ROW_FOURS][COLUMN_FOURS];
  float4 a_sums[ROW_FOURS];
  for (int i = 0; i < ROW_FOURS; i++) {
    a_sums[i] = (float4)(0.0f);
  }
  for (int i = 0; i < 4 * ROW_FOURS; i++) {
    for (int j = 0; j < COLUMN_FOURS; j++) {
      sums[i][j] = (float4)(0.0f);
    }
  }

  for (int depth = begin; depth < end; depth += DEPTH) {
    for (int turn = 0; turn < DEPTH * TILE_ROWS / ITEMS; turn++) {
      const int e = item + turn * ITEMS;
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
      a_floats[l * (TILE_ROWS + 4) + row] = inside ? a[a_offset + index] : 0.0f;
    }
    for (int turn = 0; turn < DEPTH * TILE_COLUMNS / ITEMS; turn++) {
      const int e = item + turn * ITEMS;
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
      b_floats[l * (TILE_COLUMNS + 4) + column] = inside ? B_VALUE(b_offset + index) : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);

    if (is_used) {
      for (int l = 0; l < DEPTH; l++) {
        float4 b_values[COLUMN_FOURS];
        for (int j = 0; j < COLUMN_FOURS; j++) {
          b_values[j] = b_tile[l][x + j * GROUP];
        }
        for (int i = 0; i < ROW_FOURS; i++) {
          const float4 a_values = a_tile[l][y + i * GROUP];
          a_sums[i] += a_values;
          for (int j = 0; j < COLUMN_FOURS; j++) {
            sums[4 * i][j] += a_values.s0 * b_values[j];
            sums[4 * i + 1][j] += a_values.s1 * b_values[j];
            sums[4 * i + 2][j] += a_values.s2 * b_values[j];
            sums[4 * i + 3][j] += a_values.s3 * b_values[j];
          }
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

  __global float *result = c + c_offset + slice * c_slice;
  const bool writes_row_sums = x == 0 && first_column == 0;
  // Four floats are stored at once where they lie so that they can be.
  const bool is_aligned = ((c_offset + slice * c_slice) % 4 == 0) && c_pitch % 4 == 0;
  for (int i = 0; i < ROW_FOURS; i++) {
    const int block_row = first_row + 4 * (y + i * GROUP);
    const float a_block[4] = {a_sums[i].s0, a_sums[i].s1, a_sums[i].s2, a_sums[i].s3};
    for (int e = 0; e < 4; e++) {
      const int row = block_row + e;
      if (row < m) {
        for (int j = 0; j < COLUMN_FOURS; j++) {
          const int column = first_column + 4 * (x + j * GROUP);
          const float4 sum = factor * sums[4 * i + e][j];
          __global float *place = result + (size_t)row * c_pitch + column;
          if (is_aligned && column + 3 < n) {
            float4 bias_sum = (float4)(0.0f);
            if (bias_terms > 0) {
              bias_sum = vload4(0, bias + bias_offset + column);
            }
            if (bias_terms > 1) {
              bias_sum += vload4(0, bias + bias_offset + n + column);
            }
#if ACCUMULATES
            bias_sum += *(__global float4 *)place;
#endif
            *(__global float4 *)place = sum + bias_sum;
          } else {
            const float values[4] = {sum.s0, sum.s1, sum.s2, sum.s3};
            for (int v = 0; v < 4 && column + v < n; v++) {
              float bias_sum = 0.0f;
              if (bias_terms > 0) {
                bias_sum = bias[bias_offset + column + v];
              }
              if (bias_terms > 1) {
                bias_sum += bias[bias_offset + n + column + v];
              }
#if ACCUMULATES
              bias_sum += place[v];
#endif
              place[v] = values[v] + bias_sum;
            }
          }
        }
        if (writes_row_sums) {
          for (int copy = 0; copy < row_sum_copies; copy++) {
            row_sums[row_sum_offset + slice * c_slice + (size_t)copy * m + row] =
                factor * a_block[e];
          }
        }
      }
    }
  }
}

// The sums of a matrix's columns, or those of the products with another matrix.
//
//   y[s, j] = factor times the sum of x[r, j], or of x[r, j] z[r, j], over the rows r of slice s
//
// The factor comes last: whole numbers that cancel give exactly 0. With several slices of the rows,
// sum_slices.cl adds them in their order, and has the factor.
//
//   rows, columns  the sizes
//   slice_rows     the rows of a slice; the last ones may have fewer, or none
//   factor         see above
//   x, x_offset    [rows, columns], its rows x_pitch apart
//   has_z          not 0 for the products
//   z, z_offset    the same, z_pitch apart
//   y, y_offset    [slices, columns], written
//
// A work-group has SUM_COLUMNS x SUM_ROWS items. It takes SUM_COLUMNS columns of a slice, each item
// every SUM_ROWS-th row of one column; their sums are added in a tree. Dimension 0 goes over the
// columns, 1 over the slices.

#ifndef SUM_COLUMNS
#define SUM_COLUMNS 32
#endif
// A power of two.
#ifndef SUM_ROWS
#define SUM_ROWS 8
#endif

__kernel __attribute__((reqd_work_group_size(SUM_COLUMNS, SUM_ROWS, 1))) void sum_columns(
    const ulong rows, const ulong columns, const ulong slice_rows, const float factor,
    __global const float *x, const ulong x_offset, const ulong x_pitch, const int has_z,
    __global const float *z, const ulong z_offset, const ulong z_pitch, __global float *y,
    const ulong y_offset) {
  __local float sums[SUM_ROWS][SUM_COLUMNS];
  const int item = (int)get_local_id(0);
  const int turn = (int)get_local_id(1);
  const size_t column = get_global_id(0);
  const size_t slice = get_group_id(1);
  // min takes two of the same type, and a size_t has 32 bits on some devices.
  const size_t begin = (size_t)min(rows, slice * slice_rows);
  const size_t end = (size_t)min(rows, begin + slice_rows);

  float sum = 0.0f;
  if (column < columns) {
    for (size_t row = begin + turn; row < end; row += SUM_ROWS) {
      const float value = x[x_offset + row * x_pitch + column];
      sum += has_z ? value * z[z_offset + row * z_pitch + column] : value;
    }
  }
  sums[turn][item] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int half_size = SUM_ROWS / 2; half_size > 0; half_size /= 2) {
    if (turn < half_size) {
      sums[turn][item] += sums[turn + half_size][item];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (turn == 0 && column < columns) {
    y[y_offset + slice * columns + column] = factor * sums[0][item];
  }
}

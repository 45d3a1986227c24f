// Rows that are copied or added, each times a number where there are any.
//
//   y[r, j] = scales[r] x[r, j], or y[r, j] + scales[r] x[r, j]
//
//   rows, columns       the sizes
//   x, x_offset         [rows, columns], its rows x_pitch apart
//   has_scales, scales  not 0 where there are numbers [rows] from scale_offset on
//   accumulates         not 0 to add
//   y, y_offset         [rows, columns], its rows y_pitch apart; written
//
// Work-items: one for each element, in dimension 0; so neighboring items read neighboring floats.

__kernel void merge(
    const ulong rows, const ulong columns, __global const float *x, const ulong x_offset,
    const ulong x_pitch, const int has_scales, __global const float *scales,
    const ulong scale_offset, const int accumulates, __global float *y, const ulong y_offset, const ulong y_pitch) {
  const size_t element = get_global_id(0);
  if (element >= rows * columns) {
    return;
  }
  const size_t row = element / columns;
  const size_t column = element - row * columns;
  const float scale = has_scales ? scales[scale_offset + row] : 1.0f;
  __global float *place = y + y_offset + row * y_pitch + column;
  const float value = scale * x[x_offset + row * x_pitch + column];
  *place = accumulates ? *place + value : value;
}

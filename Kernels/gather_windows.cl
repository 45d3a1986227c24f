// Rows of a series, gathered for a batch of windows.
//
//   start = the window's input row, or its target row with from_target
//   x[t, b, i] = series[(start + shift + t) * columns + i]        i < count
//
//   rows          B, the rows of the batch
//   columns       the columns of the series
//   count         the numbers for each step: those of a row or of several, one after the other
//   steps         T, the steps to gather
//   from_target   not 0 to start at the target row
//   shift         how many rows after the start step 0 of x begins; negative before it
//   series        [series rows, columns]
//   windows       pairs of (input row, target row)
//   first_window  the number of the window that becomes row 0 of the batch
//   x             [T, B, count], written
//
// Work-items: dimension 0 covers the B * count elements of a step, dimension 1 any number of steps;
// an item takes every so-manieth step. Neighboring items write, and mostly read, neighboring
// floats.

__kernel void gather_windows(
    const int rows, const int columns, const int count, const int steps, const int from_target,
    const int shift, __global const float *restrict series, __global const int2 *restrict windows,
    const ulong first_window, __global float *restrict x) {
  const size_t pitch = (size_t)rows * count;
  const size_t element = get_global_id(0);
  if (element >= pitch) {
    return;
  }
  const size_t row = element / count;
  const size_t column = element - row * count;
  const int2 window = windows[first_window + row];
  const long start = (long)(from_target ? window.y : window.x) + shift;
  for (int t = (int)get_global_id(1); t < steps; t += (int)get_global_size(1)) {
    x[t * pitch + element] = series[(size_t)(start + t) * columns + column];
  }
}

// The inputs of a batch of windows, gathered from the series.
//
//   x[t, b, i] = series[windows[first_window + b].x + first_step + t, i]
//
//   rows          B, the rows of the batch
//   columns       I, the inputs
//   steps         T, the steps to gather
//   first_step    the step of the windows that becomes step 0 of x
//   series        [series rows, I]
//   windows       pairs of (input row, target row)
//   first_window  the number of the window that becomes row 0 of the batch
//   x             [T, B, I], written
//
// Work-items: dimension 0 covers the B * I elements of a step, dimension 1 any number of steps; an
// item takes every so-manieth step. Neighbouring items write, and mostly read, neighbouring floats.

__kernel void gather_windows(
    const int rows, const int columns, const int steps, const int first_step,
    __global const float *restrict series, __global const int2 *restrict windows,
    const ulong first_window, __global float *restrict x) {
  const size_t pitch = (size_t)rows * columns;
  const size_t element = get_global_id(0);
  if (element >= pitch) {
    return;
  }
  const size_t row = element / columns;
  const size_t column = element - row * columns;
  const size_t start = (size_t)windows[first_window + row].x + first_step;
  for (int t = (int)get_global_id(1); t < steps; t += (int)get_global_size(1)) {
    x[t * pitch + element] = series[(start + t) * columns + column];
  }
}

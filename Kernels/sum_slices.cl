// The sum of slices, in their order, times a factor.
//
//   y[y_offset + i] = factor (x[i] + x[pitch + i] + x[2 pitch + i] + ...)       i < count, x from x_offset on
//
//   count      elements of a slice
//   slices     how many there are
//   pitch      the distance between them
//   x          the slices
//   y          written
//
// Work-items: one for each element, in dimension 0; so neighboring items read neighboring floats.

__kernel void sum_slices(
    const ulong count, const int slices, const ulong pitch, const float factor,
    __global const float *restrict x, const ulong x_offset, __global float *restrict y,
    const ulong y_offset) {
  const size_t i = get_global_id(0);
  if (i >= count) {
    return;
  }
  x += x_offset;
  float sum = x[i];
  // Several slices are asked for at a time.
#pragma unroll 16
  for (int slice = 1; slice < slices; slice++) {
    sum += x[slice * pitch + i];
  }
  y[y_offset + i] = factor * sum;
}

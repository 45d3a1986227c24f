// Numbers of which a random share is dropped; the others are scaled up, so that the mean stays.
//
//   y[j] = x[j] m / (1 - share), or y[j] + x[j] m / (1 - share)        j < count
//
// m is 0 where element first_element + j of the mask is hit, and 1 otherwise. Backward it is the
// same operation, with the same mask.
//
//   first_element  the mask's element that belongs to x[0]; so a part of a sequence can be done
//   count          how many there are
//   share, seed, batch_number, stream        the mask, see common.cl
//   x, x_offset    read
//   accumulates    not 0 to add
//   y, y_offset    written; may be x
//
// Work-items: one for each block of four numbers of the mask, in dimension 0.

__kernel void dropout(
    const ulong first_element, const ulong count, const float share, const ulong seed,
    const uint batch_number, const uint stream, __global const float *x, const ulong x_offset,
    const int accumulates, __global float *y, const ulong y_offset) {
  const ulong block = first_element / 4 + get_global_id(0);
  const ulong end = first_element + count;
  if (block * 4 >= end) {
    return;
  }
  const uint4 random = philox_block(seed, block, batch_number, stream);
  const uint numbers[4] = {random.s0, random.s1, random.s2, random.s3};
  const float scale = 1.0f / (1.0f - share);
  for (int lane = 0; lane < 4; lane++) {
    const ulong element = block * 4 + lane;
    if (element >= first_element && element < end) {
      const size_t j = element - first_element;
      const float value = is_hit(numbers[lane], share) ? 0.0f : scale * x[x_offset + j];
      y[y_offset + j] = accumulates ? y[y_offset + j] + value : value;
    }
  }
}

// Numbers as they are stored in 16 bits: see narrowed in common.cl, and STORAGE there.
//
//   y[j] = narrowed(x[x_offset + j])        j < count
//
// Work-items: one for each number, in dimension 0.

__kernel void narrow(
    const ulong count, __global const float *restrict x, const ulong x_offset,
    __global ushort *restrict y) {
  const size_t j = get_global_id(0);
  if (j < count) {
    y[j] = narrowed(x[x_offset + j]);
  }
}

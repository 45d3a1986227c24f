// Adds the gradient of a batch to a sum over several batches.
//
//   sum = sum + weight gradient, or where keeps is 0  sum = weight gradient
//
//   count      elements
//   gradient   [count]
//   sum        [count], changed; not read where keeps is 0
//
// Work-items: one for each element, in dimension 0.

__kernel void gradient_sum(
    const ulong count, __global const float *restrict gradient, const float weight,
    const int keeps, __global float *restrict sum) {
  const size_t i = get_global_id(0);
  if (i >= count) {
    return;
  }
  const float g = weight * gradient[i];
  sum[i] = keeps ? sum[i] + g : g;
}

// The factor by which a gradient is scaled so that its Euclidean norm is at most a maximum.
//
//   scale = min(1, maximum / (|gradient| + 1e-6))            as in PyTorch's clip_grad_norm_
//
// In two launches: gradient_norm_parts leaves a sum of squares for each work-group,
// gradient_norm_scale adds them up. Both sum in a fixed order. The host reads nothing; the
// optimizers multiply by `scale` on their way. A NaN in the gradient makes the factor NaN.
//
//   first, count  the elements of the gradient: count of them from first on
//   gradient   [first + count]
//   parts      [groups]; the first launch writes them from first_part on, so that several launches
//              can share the array
//   groups     the number of work-groups of all first launches
//   maximum    of the norm
//   scale      [1], written
//
// Work-groups of NORM_ITEMS items in dimension 0: any number of them in the first launch, which
// share the elements in turns; one in the second.

// Items of a work-group, a power of two.
#ifndef NORM_ITEMS
#define NORM_ITEMS 128
#endif

__kernel __attribute__((reqd_work_group_size(NORM_ITEMS, 1, 1))) void gradient_norm_parts(
    const ulong first, const ulong count, __global const float *restrict gradient,
    __global float *restrict parts, const int first_part) {
  __local float values[NORM_ITEMS];
  float sum = 0.0f;
  for (size_t i = get_global_id(0); i < count; i += get_global_size(0)) {
    const float g = gradient[first + i];
    sum += g * g;
  }
  const float total = work_group_sum(values, sum);
  if (get_local_id(0) == 0) {
    parts[first_part + get_group_id(0)] = total;
  }
}

__kernel __attribute__((reqd_work_group_size(NORM_ITEMS, 1, 1))) void gradient_norm_scale(
    const int groups, __global const float *restrict parts, const float maximum,
    __global float *restrict scale) {
  __local float values[NORM_ITEMS];
  float sum = 0.0f;
  for (int i = (int)get_local_id(0); i < groups; i += NORM_ITEMS) {
    sum += parts[i];
  }
  const float norm = sqrt(work_group_sum(values, sum));
  if (get_local_id(0) == 0) {
    const float factor = maximum / (norm + 1e-6f);
    // fmin would turn NaN into 1.
    scale[0] = factor > 1.0f ? 1.0f : factor;
  }
}

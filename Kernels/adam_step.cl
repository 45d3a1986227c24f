// One step of Adam (Kingma and Ba 2015), as in PyTorch's.
//
//   m = beta1 m + (1 - beta1) scale g          v = beta2 v + (1 - beta2) (scale g)^2
//   p = p - rate / (1 - beta1^n) m / (sqrt(v) / sqrt(1 - beta2^n) + epsilon)        in step n
//
//   count          elements
//   parameters     p [count], changed
//   gradient       g [count]
//   first_moment   m [count], changed; zeros before the first step
//   second_moment  v [count], changed; zeros before the first step
//   scale          [1], from gradient_norm.cl; not read where is_scaled is 0
//   rate           the rate over the first moment's correction, rate / (1 - beta1^n)
//   root_scale     the second moment's correction, 1 / sqrt(1 - beta2^n)
//   rest1, rest2   1 - beta1 and 1 - beta2, which the host computes without losing digits
//
// Work-items: one for each element, in dimension 0.

__kernel void adam_step(
    const ulong count, __global float *restrict parameters, __global const float *restrict gradient,
    __global float *restrict first_moment, __global float *restrict second_moment,
    __global const float *restrict scale, const int is_scaled, const float rate,
    const float root_scale, const float beta1, const float rest1, const float beta2,
    const float rest2, const float epsilon) {
  const size_t i = get_global_id(0);
  if (i >= count) {
    return;
  }
  const float g = is_scaled ? scale[0] * gradient[i] : gradient[i];
  const float m = beta1 * first_moment[i] + rest1 * g;
  const float v = beta2 * second_moment[i] + rest2 * g * g;
  first_moment[i] = m;
  second_moment[i] = v;
  parameters[i] -= rate * m / (sqrt(v) * root_scale + epsilon);
}

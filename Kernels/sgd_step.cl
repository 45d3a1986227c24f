// One step of gradient descent with momentum, as in PyTorch's SGD.
//
//   v = momentum v + scale g            p = p - rate v
//
//   count        elements
//   parameters   p [count], changed
//   gradient     g [count]
//   velocity     v [count], changed; zeros before the first step
//   scale        [1], from gradient_norm.cl; not read where is_scaled is 0
//
// Work-items: one for each element, in dimension 0.

__kernel void sgd_step(
    const ulong count, __global float *restrict parameters, __global const float *restrict gradient,
    __global float *restrict velocity, __global const float *restrict scale, const int is_scaled,
    const float rate, const float momentum) {
  const size_t i = get_global_id(0);
  if (i >= count) {
    return;
  }
  const float g = is_scaled ? scale[0] * gradient[i] : gradient[i];
  const float v = momentum * velocity[i] + g;
  velocity[i] = v;
  parameters[i] -= rate * v;
}

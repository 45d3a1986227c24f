// One step of gradient descent with momentum, as in PyTorch's SGD.
//
//   v = momentum v + g          p = p - rate v, or with NESTEROV  p = p - rate (g + momentum v)
//
//   first, count  the elements changed: count of them from first on
//   parameters    p [first + count], changed
//   gradient      [first + count]; g is scale * gradient, or with ADJUSTS that cut to +-limit, plus
//                 penalty * p
//   velocity      v [first + count], changed; zeros before the first step
//   scale         [1], from gradient_norm.cl; not read where is_scaled is 0
//   limit, penalty   not used without ADJUSTS
//
// Work-items: one for each element, in dimension 0.

// Whether the gradient is cut or penalized.
#ifndef ADJUSTS
#define ADJUSTS 0
#endif
// Whether the momentum is Nesterov's.
#ifndef NESTEROV
#define NESTEROV 0
#endif

__kernel void sgd_step(
    const ulong first, const ulong count, __global float *restrict parameters,
    __global const float *restrict gradient, __global float *restrict velocity,
    __global const float *restrict scale, const int is_scaled, const float limit,
    const float penalty, const float rate, const float momentum) {
  if (get_global_id(0) >= count) {
    return;
  }
  const size_t i = first + get_global_id(0);
  float g = is_scaled ? scale[0] * gradient[i] : gradient[i];
#if ADJUSTS
  g = adjusted(g, parameters[i], limit, penalty);
#else
  (void)limit, (void)penalty;
#endif
  const float v = momentum * velocity[i] + g;
  velocity[i] = v;
#if NESTEROV
  parameters[i] -= rate * (g + momentum * v);
#else
  parameters[i] -= rate * v;
#endif
}

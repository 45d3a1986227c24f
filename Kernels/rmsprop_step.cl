// One step of RMSprop (Hinton 2012), not centered, as in PyTorch's.
//
//   s = alpha s + (1 - alpha) g^2          v = momentum v + g / (sqrt(s) + epsilon)
//   p = p - rate v
//
//   first, count  the elements changed: count of them from first on
//   parameters    p [first + count], changed
//   gradient      [first + count]; g is scale * gradient, or with ADJUSTS that cut to +-limit, plus
//                 penalty * p
//   velocity      v [first + count], changed; zeros before the first step; not used without MOVES
//   square        s [first + count], changed; zeros before the first step
//   scale         [1], from gradient_norm.cl; not read where is_scaled is 0
//   limit, penalty   not used without ADJUSTS
//   rest          1 - alpha, which the host computes without losing digits
//   momentum      not used without MOVES
//
// Work-items: one for each element, in dimension 0.

// Whether the gradient is cut or penalized.
#ifndef ADJUSTS
#define ADJUSTS 0
#endif
// Whether there is a momentum.
#ifndef MOVES
#define MOVES 0
#endif

__kernel void rmsprop_step(
    const ulong first, const ulong count, __global float *restrict parameters,
    __global const float *restrict gradient, __global float *restrict velocity,
    __global float *restrict square, __global const float *restrict scale, const int is_scaled,
    const float limit, const float penalty, const float rate, const float alpha, const float rest,
    const float epsilon, const float momentum) {
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
  const float s = alpha * square[i] + rest * g * g;
  square[i] = s;
  float v = g / (sqrt(s) + epsilon);
#if MOVES
  v += momentum * velocity[i];
  velocity[i] = v;
#else
  (void)velocity, (void)momentum;
#endif
  parameters[i] -= rate * v;
}

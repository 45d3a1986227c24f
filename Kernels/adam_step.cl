// One step of Adam (Kingma and Ba 2015) or AdamW (Loshchilov and Hutter 2019), as in PyTorch's.
//
//   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
//   p = p - shrinkage p - rate / (1 - beta1^n) m / (sqrt(v) / sqrt(1 - beta2^n) + epsilon)
//                                                                                    in step n
//
//   first, count   the elements changed: count of them from first on
//   parameters     p [first + count], changed
//   gradient       [first + count]; g is scale * gradient, or with ADJUSTS that cut to +-limit, plus
//                  penalty * p
//   first_moment   m [first + count], changed; zeros before the first step
//   second_moment  v [first + count], changed; zeros before the first step
//   scale          [1], from gradient_norm.cl; not read where is_scaled is 0
//   limit, penalty, shrinkage   not used without ADJUSTS
//   rate           the rate over the first moment's correction, rate / (1 - beta1^n)
//   root_scale     the second moment's correction, 1 / sqrt(1 - beta2^n)
//   rest1, rest2   1 - beta1 and 1 - beta2, which the host computes without losing digits
//
// Work-items: one for each element, in dimension 0.

// Whether the gradient is cut or penalized, or the parameters shrink.
#ifndef ADJUSTS
#define ADJUSTS 0
#endif

__kernel void adam_step(
    const ulong first, const ulong count, __global float *restrict parameters,
    __global const float *restrict gradient, __global float *restrict first_moment,
    __global float *restrict second_moment, __global const float *restrict scale,
    const int is_scaled, const float limit, const float penalty, const float shrinkage,
    const float rate, const float root_scale, const float beta1, const float rest1,
    const float beta2, const float rest2, const float epsilon) {
  if (get_global_id(0) >= count) {
    return;
  }
  const size_t i = first + get_global_id(0);
  float g = is_scaled ? scale[0] * gradient[i] : gradient[i];
#if ADJUSTS
  g = adjusted(g, parameters[i], limit, penalty);
#else
  (void)limit, (void)penalty, (void)shrinkage;
#endif
  const float m = beta1 * first_moment[i] + rest1 * g;
  const float v = beta2 * second_moment[i] + rest2 * g * g;
  first_moment[i] = m;
  second_moment[i] = v;
  const float change = rate * m / (sqrt(v) * root_scale + epsilon);
#if ADJUSTS
  parameters[i] -= shrinkage * parameters[i] + change;
#else
  parameters[i] -= change;
#endif
}

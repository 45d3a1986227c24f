// The loss of outputs that lie beside their targets, and its gradient by the outputs, times the sum
// of the weights.
//
//   loss = factor times the sum of w[i] l_i        dy = w[i] l_i'        i < elements
//
// loss.cl is the same for targets that are rows of a series; why dy leaves out the division is said
// there. A target of weight 0 is not looked at, even if it is NaN; its derivatives are 0.
//
// With e = y - target, for each target:
//
//   kind 0, squared:   l = e^2            l' = 2 e
//   kind 1, absolute:  l = |e|            l' = sign(e), 0 at 0
//   kind 2, Huber:     l = e^2 / 2 where |e| <= 1, |e| - 1/2 beyond       l' = e, sign(e)
//   kind 3, quantile:  one output for each of the quantiles q; l is the mean over them of
//                      -q e where e <= 0, (1 - q) e beyond; l' = -q, 1 - q, 0 at 0, times the number
//                      of quantiles
//   kind 4, Gaussian:  two outputs, the mean m and the logarithm s of the variance;
//                      l = (s + (target - m)^2 exp(-s)) / 2
//
//   kind            as above
//   elements        the number of targets
//   group_elements  so many of them are a work-group's
//   outputs         P, the outputs for each target
//   quantiles       [P], read for kind 3 only
//   y               [elements, P]
//   targets         [elements]
//   has_weights     0 where every weight is 1
//   weights         [elements]
//   factor          1 / the sum of the weights, or 0
//   keeps_gradient  not 0 to write dy
//   dy              [elements, P]
//   losses          each work-group's part of the loss, at loss_offset + the number of the group.
//                   The parts add up to the loss (sum_slices.cl, in their order)
//
// Work-groups of LOSS_ITEMS items in dimension 0. A NaN among the outputs or targets makes the loss,
// and the gradient there, NaN.

// Items of a work-group, a power of two.
#ifndef LOSS_ITEMS
#define LOSS_ITEMS 128
#endif

__kernel __attribute__((reqd_work_group_size(LOSS_ITEMS, 1, 1))) void sequence_loss(
    const int kind, const ulong elements, const ulong group_elements, const int outputs,
    __global const float *quantiles, __global const float *restrict y,
    __global const float *restrict targets, const int has_weights,
    __global const float *weights, const float factor, const int keeps_gradient,
    __global float *dy, __global float *losses, const ulong loss_offset) {
  __local float values[LOSS_ITEMS];

  const size_t begin = get_group_id(0) * group_elements;
  const size_t end = min(begin + (size_t)group_elements, (size_t)elements);

  float sum = 0.0f;
  for (size_t i = begin + get_local_id(0); i < end; i += LOSS_ITEMS) {
    const float weight = has_weights ? weights[i] : 1.0f;
    __global const float *output = y + i * outputs;
    if (weight == 0.0f) {
      for (int p = 0; p < outputs && keeps_gradient; p++) {
        dy[i * outputs + p] = 0.0f;
      }
      continue;
    }
    const float target = targets[i];
    float value = 0.0f;
    if (kind == 4) {
      const float error = output[0] - target;
      const float precision = exp(-output[1]);
      const float scaled = error * error * precision;
      value = 0.5f * (output[1] + scaled);
      if (keeps_gradient) {
        dy[i * 2] = weight * (error * precision);
        dy[i * 2 + 1] = weight * (0.5f * (1.0f - scaled));
      }
    } else {
      for (int p = 0; p < outputs; p++) {
        const float error = output[p] - target;
        // Written so that an error of 0 has the sign 0 and one of NaN is NaN.
        const float sign_of_error = error > 0.0f ? 1.0f : (error < 0.0f ? -1.0f : error);
        const float size = fabs(error);
        float slope;
        if (kind == 0) {
          value = error * error;
          slope = 2.0f * error;
        } else if (kind == 1) {
          value = size;
          slope = sign_of_error;
        } else if (kind == 3) {
          const float share = error > 0.0f ? 1.0f - quantiles[p] : quantiles[p];
          value += share * size / (float)outputs;
          slope = share * sign_of_error;
        } else if (size <= 1.0f) {
          value = 0.5f * error * error;
          slope = error;
        } else {
          value = size - 0.5f;
          slope = sign_of_error;
        }
        if (keeps_gradient) {
          dy[i * outputs + p] = weight * slope;
        }
      }
    }
    sum += weight * value;
  }
  const float total = work_group_sum(values, sum);
  if (get_local_id(0) == 0) {
    losses[loss_offset + get_group_id(0)] = factor == 0.0f ? 0.0f : total * factor;
  }
}

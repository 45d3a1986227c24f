// The loss of a batch and its gradient by the outputs, times what the loss is divided by.
//
//   e = y - target           loss = (1 / divisor) sum of w l(e)          dy = w l'(e)
//
// over the elements [S, B, K] of the targets, each with P outputs: y is [S, B, K, P]. Step s of the
// head is compared with the target row `shift` + s after the window's. w is the weight of an element,
// 1 where there are none. Where it is 0, target and outputs are not looked at, and dy is 0.
//
// dy leaves out the division. All gradients are linear in it, so it can be made at the end, and then
// sums such as that of 16 ones and 16 minus ones are exactly 0. With 1 / divisor they would be off by
// a rounding, of which Adam makes a step of full length.
//
//   kind 0, squared:   P = 1   l = e^2           l' = 2 e
//   kind 1, absolute:  P = 1   l = |e|           l' = sign(e), 0 at 0
//   kind 2, Huber:     P = 1   l = e^2 / 2 where |e| <= 1, |e| - 1/2 beyond       l' = e, sign(e)
//   kind 3, quantiles: P = their number. l is the sum over them, of q: with e = target - y_q
//                              l = max(q e, (q - 1) e)                  l' = -q, 1 - q, 0 at 0
//   kind 4, Gaussian:  P = 2   l = (s + e^2 exp(-s)) / 2 with the mean y_0 and s = y_1, the logarithm
//                              of the variance; l' = e exp(-s) and (1 - e^2 exp(-s)) / 2
//
//   kind            as above
//   steps, rows, elements  S, B and K
//   shift           see above; negative for rows before the window's
//   outputs         P
//   target_columns  columns of the targets; the K elements are so many columns of consecutive rows
//   elements_per_group  see below
//   y               [S, B, K, P] at y_offset
//   targets         [target rows, target_columns]
//   weights         as the targets; any memory where has_weights is 0
//   has_weights     not 0 where there are weights
//   windows         pairs of (input row, target row)
//   first_window    the number of the window that is row 0 of the batch
//   quantiles       [P], for kind 3; any memory else
//   divisor         what the sum is divided by
//   keeps_gradient  not 0 to write dy
//   dy              [S, B, K, P]
//   losses          each work-group's part of the loss, at loss_offset + the number of the group.
//                   The parts add up to the loss (sum_slices.cl, in their order)
//
// Work-groups of LOSS_ITEMS items in dimension 0; each takes elements_per_group elements of [S, B, K].
// A NaN among the outputs or targets makes the loss, and the gradient there, NaN.

// Items of a work-group, a power of two.
#ifndef LOSS_ITEMS
#define LOSS_ITEMS 128
#endif

__kernel __attribute__((reqd_work_group_size(LOSS_ITEMS, 1, 1))) void loss(
    const int kind, const int steps, const int rows, const int shift, const int elements,
    const int outputs, const int target_columns,
    const ulong elements_per_group, __global const float *restrict y, const ulong y_offset,
    __global const float *restrict targets, __global const float *restrict weights,
    const int has_weights, __global const int2 *restrict windows, const ulong first_window,
    __global const float *restrict quantiles, const float divisor, const int keeps_gradient,
    __global float *restrict dy, __global float *restrict losses, const ulong loss_offset) {
  __local float values[LOSS_ITEMS];

  const size_t count = (size_t)steps * rows * elements;
  const float scale = 1.0f / divisor;
  const size_t begin = get_group_id(0) * elements_per_group;
  const size_t end = min(begin + (size_t)elements_per_group, count);

  float sum = 0.0f;
  for (size_t i = begin + get_local_id(0); i < end; i += LOSS_ITEMS) {
    const size_t step_row = i / elements;
    const size_t column = i - step_row * elements;
    const size_t step = step_row / rows;
    const size_t row = step_row - step * rows;
    const long target_row = (long)windows[first_window + row].y + shift + (long)step;
    const size_t place = (size_t)target_row * target_columns + column;
    const size_t first = i * outputs;
    const float weight = has_weights ? weights[place] : 1.0f;
    if (weight == 0.0f) {
      if (keeps_gradient) {
        for (int j = 0; j < outputs; ++j) {
          dy[first + j] = 0.0f;
        }
      }
      continue;
    }
    const float target = targets[place];
    if (kind == 3) {
      float value = 0.0f;
      for (int j = 0; j < outputs; ++j) {
        const float error = target - y[y_offset + first + j];
        // An error of 0 has the slope 0, and one of NaN the slope NaN.
        const float slope =
            error > 0.0f ? -quantiles[j] : (error < 0.0f ? 1.0f - quantiles[j] : error);
        value -= slope * error;
        if (keeps_gradient) {
          dy[first + j] = weight * slope;
        }
      }
      sum += weight * value;
      continue;
    }
    const float error = y[y_offset + first] - target;
    if (kind == 4) {
      const float log_variance = y[y_offset + first + 1];
      const float precision = exp(-log_variance);
      const float square = error * error * precision;
      sum += weight * (0.5f * (log_variance + square));
      if (keeps_gradient) {
        dy[first] = weight * (error * precision);
        dy[first + 1] = weight * (0.5f * (1.0f - square));
      }
      continue;
    }
    // Written so that an error of 0 has the sign 0 and one of NaN is NaN.
    const float sign_of_error = error > 0.0f ? 1.0f : (error < 0.0f ? -1.0f : error);
    const float size = fabs(error);
    float value;
    float slope;
    if (kind == 0) {
      value = error * error;
      slope = 2.0f * error;
    } else if (kind == 1) {
      value = size;
      slope = sign_of_error;
    } else if (size <= 1.0f) {
      value = 0.5f * error * error;
      slope = error;
    } else {
      value = size - 0.5f;
      slope = sign_of_error;
    }
    sum += weight * value;
    if (keeps_gradient) {
      dy[first] = weight * slope;
    }
  }
  const float total = work_group_sum(values, sum);
  if (get_local_id(0) == 0) {
    losses[loss_offset + get_group_id(0)] = total * scale;
  }
}

// The loss of a batch and its gradient by the outputs, times their number.
//
//   e = y - target           loss = (1 / (B O)) sum of l(e)          dy = l'(e)
//
// dy leaves out the division by B O. All gradients are linear in it, so it can be made at the end,
// and then sums such as that of 16 ones and 16 minus ones are exactly 0. With 1 / (B O) they would
// be off by a rounding, of which Adam makes a step of full length.
//
//   kind 0, squared:   l = e^2            l' = 2 e
//   kind 1, absolute:  l = |e|            l' = sign(e), 0 at 0
//   kind 2, Huber:     l = e^2 / 2 where |e| <= 1, |e| - 1/2 beyond       l' = e, sign(e)
//
//   kind            as above
//   rows, outputs   B and O
//   target_columns  columns of the targets; the O outputs are so many columns of consecutive rows
//   y               [B, O] at y_offset
//   targets         [target rows, target_columns]
//   windows         pairs of (input row, target row)
//   first_window    the number of the window that is row 0 of the batch
//   keeps_gradient  not 0 to write dy
//   dy              [B, O]
//   losses          each work-group's part of the loss, at loss_offset + the number of the group.
//                   The parts add up to the loss (sum_slices.cl, in their order)
//
// Work-groups of LOSS_ITEMS items in dimension 0; each takes elements_per_group elements of [B, O].
// A NaN among the outputs or targets makes the loss, and the gradient there, NaN.

// Items of a work-group, a power of two.
#ifndef LOSS_ITEMS
#define LOSS_ITEMS 128
#endif

__kernel __attribute__((reqd_work_group_size(LOSS_ITEMS, 1, 1))) void loss(
    const int kind, const int rows, const int outputs, const int target_columns,
    const ulong elements_per_group, __global const float *restrict y, const ulong y_offset,
    __global const float *restrict targets, __global const int2 *restrict windows,
    const ulong first_window, const int keeps_gradient, __global float *restrict dy,
    __global float *restrict losses, const ulong loss_offset) {
  __local float values[LOSS_ITEMS];

  const size_t count = (size_t)rows * outputs;
  const float weight = 1.0f / (float)count;
  const size_t begin = get_group_id(0) * elements_per_group;
  const size_t end = min(begin + (size_t)elements_per_group, count);

  float sum = 0.0f;
  for (size_t i = begin + get_local_id(0); i < end; i += LOSS_ITEMS) {
    const size_t row = i / outputs;
    const size_t column = i - row * outputs;
    const size_t target = (size_t)windows[first_window + row].y * target_columns + column;
    const float error = y[y_offset + i] - targets[target];
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
    sum += value;
    if (keeps_gradient) {
      dy[i] = slope;
    }
  }
  const float total = work_group_sum(values, sum);
  if (get_local_id(0) == 0) {
    losses[loss_offset + get_group_id(0)] = total * weight;
  }
}

// The state after a time step of an LSTM layer whose h is projected to width P, forward. The product
// with W_hr [P, H] was done before.
//
//   projected = clip(projected)
//   h = z_h h' + (1 - z_h) projected                        z_h as in lstm_cell.cl
//
//   width                P
//   batch                B
//   first_row, end_row   the rows to do, of those of the batch
//   time                 the step's place in the sequences
//   before, after        the slots of the states before and after it
//   clip                 the limit, 0 where there is none
//   step_mask            [T, B]
//   projected            [T, B, P]; in: W_hr m
//   hidden               slots of [B, P]
//
// Work-items: one for each element of the rows, in dimension 0.

__kernel void projection_forward(
    const int width, const int batch, const int first_row, const int end_row, const int time,
    const int before, const int after, const float clip, const layer_t layer,
    __global const float *step_mask, __global float *projected, __global float *hidden) {
  const size_t P = width;
  const size_t b = first_row + get_global_id(0) / P;
  if (b >= (size_t)end_row) {
    return;
  }
  const size_t j = get_global_id(0) % P;
  const size_t row = (size_t)time * batch + b;
  const float kept = kept_hidden(&layer, misses(&layer, step_mask, (long)row), row * P + j);
  const float new = clipped(projected[row * P + j], clip);
  projected[row * P + j] = new;
  const float old = hidden[((size_t)before * batch + b) * P + j];
  hidden[((size_t)after * batch + b) * P + j] = rounded(kept * old + (1.0f - kept) * new);
}

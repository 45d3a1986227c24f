// One time step of an LSTM layer with a projection, forward, from the projected output to h.
//
//   P = clip(projected)         h = z_h h' + (1 - z_h) P
//
// h' is the state before the step. z_h is how much of it zoneout keeps, and 1 where the step is
// missing for the row.
//
//   units, batch         R and B
//   first_row, end_row   the rows to do, of those of the batch
//   time                 the step's place in the sequences
//   before, after        the slots of the states before and after it
//   clip                 the limit, 0 where there is none
//   step_mask            [T, B], 0 where the step is missing; not read without has_step_mask
//   *_zoneout, share, seed, batch_number, stream
//                        how h is kept, see zoneout in common.cl; element (t B + b) R + j
//   projected            [T, B, R]; in: W_hr m; out: P
//   hidden               slots of [B, R]
//
// Work-items: one for each element of the rows, in dimension 0.

__kernel void projection_forward(
    const int units, const int batch, const int first_row, const int end_row, const int time,
    const int before, const int after, const float clip, const int has_step_mask,
    __global const float *step_mask, const int hidden_zoneout, const float share, const ulong seed,
    const uint batch_number, const uint stream, __global float *projected,
    __global float *hidden) {
  const size_t R = units;
  const size_t b = first_row + get_global_id(0) / R;
  if (b >= (size_t)end_row) {
    return;
  }
  const size_t j = get_global_id(0) % R;
  const size_t row = (size_t)time * batch + b;
  const float kept =
      has_step_mask && step_mask[row] == 0.0f
          ? 1.0f
          : zoneout(hidden_zoneout, share, seed, batch_number, stream, row * R + j);
  const float new = clipped(projected[row * R + j], clip);
  projected[row * R + j] = new;
  const float old = hidden[((size_t)before * batch + b) * R + j];
  hidden[((size_t)after * batch + b) * R + j] = rounded(kept * old + (1.0f - kept) * new);
}

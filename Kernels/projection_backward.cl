// One time step of an LSTM layer with a projection, backward: the mirror of projection_forward.cl,
// whose names this follows.
//
//   dh = hidden_gradient + outputs
//   hidden_gradient = z_h dh        projected = (1 - z_h) dh where P was not clipped, 0 elsewhere
//
//   units, batch         R and B
//   first_row, end_row   the rows to do, of those of the batch
//   time                 the step's place in the sequences
//   clip                 the limit, 0 where there is none
//   step_mask            [T, B], 0 where the step is missing; not read without has_step_mask
//   *_zoneout, share, seed, batch_number, stream
//                        how h is kept, see zoneout in common.cl; element (t B + b) R + j
//   has_outputs, outputs, outputs_offset, outputs_pitch
//                        [T, B, R], the loss by the layer's output, if any
//   hidden_gradient      [B, R]; in: the loss by h after the step; out: by h' but for what goes
//                        through the products
//   projected            [T, B, R]; in: P; out: the loss by W_hr m
//
// Work-items: one for each element of the rows, in dimension 0.

__kernel void projection_backward(
    const int units, const int batch, const int first_row, const int end_row, const int time,
    const float clip, const int has_step_mask, __global const float *step_mask,
    const int hidden_zoneout, const float share, const ulong seed, const uint batch_number,
    const uint stream, const int has_outputs, __global const float *outputs,
    const ulong outputs_offset, const ulong outputs_pitch, __global float *hidden_gradient,
    __global float *projected) {
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
  float gradient = hidden_gradient[b * R + j];
  if (has_outputs) {
    gradient += outputs[outputs_offset + row * outputs_pitch + j];
  }
  hidden_gradient[b * R + j] = kept * gradient;
  const bool passes = passes_clip(projected[row * R + j], clip);
  projected[row * R + j] = passes ? (1.0f - kept) * gradient : 0.0f;
}

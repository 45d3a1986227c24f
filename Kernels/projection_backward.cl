// The mirror of projection_forward.cl, whose names this follows.
//
//   has_outputs, outputs, outputs_offset, outputs_pitch
//                        [T, B, P], dL/d(the layer's output of each step), if any
//   h_gradient           [B, P], dL/dh; z_h times it and dL/d(output) is left
//   projected            [T, B, P]; in: as the forward pass left it; out: dL/d(W_hr m)
//
// Work-items: one for each element of the rows, in dimension 0.

__kernel void projection_backward(
    const int width, const int batch, const int first_row, const int end_row, const int time,
    const float clip, const layer_t layer, __global const float *step_mask, const int has_outputs,
    __global const float *outputs, const ulong outputs_offset, const ulong outputs_pitch,
    __global float *h_gradient, __global float *projected) {
  const size_t P = width;
  const size_t b = first_row + get_global_id(0) / P;
  if (b >= (size_t)end_row) {
    return;
  }
  const size_t j = get_global_id(0) % P;
  const size_t row = (size_t)time * batch + b;
  const float kept = kept_hidden(&layer, misses(&layer, step_mask, (long)row), row * P + j);
  float dh = h_gradient[b * P + j];
  if (has_outputs) {
    dh += outputs[outputs_offset + row * outputs_pitch + j];
  }
  h_gradient[b * P + j] = kept * dh;
  const bool passes = passes_clip(projected[row * P + j], clip);
  projected[row * P + j] = passes ? (1.0f - kept) * dh : 0.0f;
}

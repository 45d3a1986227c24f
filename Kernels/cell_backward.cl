// One time step of an LSTM layer with options, backward: the mirror of cell_forward.cl, whose
// equations and names this follows.
//
// The loss by m is that by h after the step and by the layer's output, but for what zoneout sends
// past the step; with is_projected it is `emitted_gradient`. The losses by the state after the step
// become those by the state before it, without what goes through R, which the products add.
//
//   has_outputs, outputs, outputs_offset, outputs_pitch
//                       [T, B, H], the loss by the layer's output, if any
//   hidden_gradient     [B, H], the loss by h; z_h times it and by the output is left
//   cell_gradient       [B, H], the loss by c
//   emitted_gradient    [B, H], the loss by m
//   gates               [T, B, 4H]; in: i, f, g, o; out: the loss by their arguments
//   has_arguments       not 0 where `arguments` is what the gates saw before the clip
//   input_gradient, recurrent_gradient
//                       [T, B, 4H], written with NORMALIZED: the loss by W x and by R h'
//   norm_cell_gradient  [T, B, H], written with NORMALIZED: the loss by what the tanh of C sees
//
// All else is as there.
//
// Work-items: dimension 0 goes over the units, of which an item takes every so-manieth; dimension 1
// over the rows, in the same way. With NORMALIZED there is one work-group in dimension 0, so that
// its items can add up what a row has.

// Whether the gates are normalised, as in cell_forward.cl.
#ifndef NORMALIZED
#define NORMALIZED 0
#endif
// Items of a work-group, a power of two.
#ifndef CELL_ITEMS
#define CELL_ITEMS 64
#endif

#if NORMALIZED
// The loss by the values v of a row, from that by gain * LN(v): it has no part along a change of the
// mean or of the variance. The result may not be one of the other arrays.
void normalize_backward(
    __local float *sums, __global const float *gain, __global const float *gradient,
    __global const float *normal, const float scale, const int count, __global float *result) {
  // Other items wrote the gradient.
  barrier(CLK_GLOBAL_MEM_FENCE);
  const int item = (int)get_local_id(0);
  float sum = 0.0f;
  float product_sum = 0.0f;
  for (int k = item; k < count; k += CELL_ITEMS) {
    sum += gain[k] * gradient[k];
    product_sum += gain[k] * gradient[k] * normal[k];
  }
  const float mean = work_group_sum(sums, sum) / (float)count;
  const float along = work_group_sum(sums, product_sum) / (float)count;
  for (int k = item; k < count; k += CELL_ITEMS) {
    result[k] = scale * (gain[k] * gradient[k] - mean - normal[k] * along);
  }
  barrier(CLK_GLOBAL_MEM_FENCE);
}
#endif

__kernel __attribute__((reqd_work_group_size(CELL_ITEMS, 1, 1))) void cell_backward(
    const int units, const int has_peepholes, const int is_coupled, const int is_projected,
    const int batch, const int first_row, const int end_row, const int time, const int before,
    const float gate_clip, const float cell_clip, const int has_step_mask,
    __global const float *step_mask, const int cell_zoneout, const float cell_share,
    const ulong cell_seed, const uint cell_batch, const uint cell_stream, const int hidden_zoneout,
    const float hidden_share, const ulong hidden_seed, const uint hidden_batch,
    const uint hidden_stream, __global const float *parameters, const ulong peephole_offset,
    const int has_outputs, __global const float *outputs, const ulong outputs_offset,
    const ulong outputs_pitch, __global float *hidden_gradient, __global float *cell_gradient,
    __global const float *emitted_gradient, __global const float *cell, __global float *gates,
    __global const float *candidate, const int has_arguments, __global const float *arguments
#if NORMALIZED
    ,
    const ulong input_gain_offset, const ulong recurrent_gain_offset, const ulong cell_gain_offset,
    const ulong cell_shift_offset, __global const float *norm_input,
    __global const float *norm_recurrent, __global const float *norm_cell,
    __global const float *norm_scales, __global float *input_gradient,
    __global float *recurrent_gradient, __global float *norm_cell_gradient
#endif
) {
#if NORMALIZED
  __local float sums[CELL_ITEMS];
#endif
  const size_t H = units;
  const int first_unit = (int)get_global_id(0);
  const int unit_step = (int)get_global_size(0);

  for (int b = first_row + (int)get_group_id(1); b < end_row; b += (int)get_num_groups(1)) {
    const size_t row = (size_t)time * batch + b;
    const bool is_missing = has_step_mask && step_mask[row] == 0.0f;
    const size_t old = ((size_t)before * batch + b) * H;
    __global float *z = gates + row * 4 * H;

    for (int j = first_unit; j < units; j += unit_step) {
      // From m to the output gate's argument and to what the tanh of C sees.
#if NORMALIZED
      const float seen = parameters[cell_gain_offset + j] * norm_cell[row * H + j] +
                         parameters[cell_shift_offset + j];
#else
      const float seen = candidate[row * H + j];
#endif
      float m_gradient;
      if (is_projected) {
        m_gradient = emitted_gradient[b * H + j];
      } else {
        float h_gradient = hidden_gradient[b * H + j];
        if (has_outputs) {
          h_gradient += outputs[outputs_offset + row * outputs_pitch + j];
        }
        const float kept_h = is_missing ? 1.0f
                                        : zoneout(
                                              hidden_zoneout, hidden_share, hidden_seed,
                                              hidden_batch, hidden_stream, row * H + j);
        hidden_gradient[b * H + j] = kept_h * h_gradient;
        m_gradient = (1.0f - kept_h) * h_gradient;
      }
      const float squashed = saturating_tanh(seen);
      const float output_gate = z[3 * H + j];
      const float seen_gradient = m_gradient * output_gate * tanh_slope(squashed);
      z[3 * H + j] = !has_arguments || passes_clip(arguments[row * 4 * H + 3 * H + j], gate_clip)
                         ? m_gradient * squashed * sigmoid_slope(output_gate)
                         : 0.0f;

#if NORMALIZED
      // The rest needs all units of the row.
      norm_cell_gradient[row * H + j] = seen_gradient;
    }
    // Where the loss by W x will be, there is room until then.
    __global float *through_output = input_gradient + row * 4 * H;
    normalize_backward(
        sums, parameters + cell_gain_offset, norm_cell_gradient + row * H, norm_cell + row * H,
        norm_scales[row * 3 + 2], units, through_output);
    for (int j = first_unit; j < units; j += unit_step) {
      float C_gradient = through_output[j];
#else
      float C_gradient = seen_gradient;
#endif

      // From C to the other gates and to the cell before.
      const float input_gate = z[j];
      const float forget_gate = z[H + j];
      const float input = z[2 * H + j];
      const float c_old = cell[old + j];
      const float kept_c = is_missing ? 1.0f
                                      : zoneout(
                                            cell_zoneout, cell_share, cell_seed, cell_batch,
                                            cell_stream, row * H + j);
      const float c_gradient = cell_gradient[b * H + j];
      C_gradient += (1.0f - kept_c) * c_gradient;
      __global const float *p = parameters + peephole_offset + j;
      if (has_peepholes) {
        C_gradient += p[2 * H] * z[3 * H + j];
      }
      if (!passes_clip(candidate[row * H + j], cell_clip)) {
        C_gradient = 0.0f;
      }
      __global const float *a = arguments + row * 4 * H + j;
      const bool i_passes = !has_arguments || passes_clip(a[0], gate_clip);
      const bool f_passes = !has_arguments || passes_clip(a[H], gate_clip);
      const bool g_passes = !has_arguments || passes_clip(a[2 * H], gate_clip);
      const float i_gradient = is_coupled ? C_gradient * (input - c_old) : C_gradient * input;
      const float f_argument =
          !is_coupled && f_passes ? C_gradient * c_old * sigmoid_slope(forget_gate) : 0.0f;
      const float i_argument = i_passes ? i_gradient * sigmoid_slope(input_gate) : 0.0f;
      z[j] = i_argument;
      z[H + j] = f_argument;
      z[2 * H + j] = g_passes ? C_gradient * input_gate * tanh_slope(input) : 0.0f;
      float c_old_gradient = kept_c * c_gradient + C_gradient * forget_gate;
      if (has_peepholes) {
        c_old_gradient += p[0] * i_argument + p[H] * f_argument;
      }
      cell_gradient[b * H + j] = c_old_gradient;
    }

#if NORMALIZED
    normalize_backward(
        sums, parameters + input_gain_offset, z, norm_input + row * 4 * H, norm_scales[row * 3],
        4 * units, input_gradient + row * 4 * H);
    normalize_backward(
        sums, parameters + recurrent_gain_offset, z, norm_recurrent + row * 4 * H,
        norm_scales[row * 3 + 1], 4 * units, recurrent_gradient + row * 4 * H);
#endif
  }
}

// One time step of an LSTM layer, backward: the mirror of cell_forward.cl, whose names this follows.
//
// dL/dm is made of dL/dh after the step and dL/d(the layer's output), but for what zoneout sends past
// the step; with is_projected it is `emitted_gradient`. The derivatives by the state after the step
// become those by the state before it, without what goes through R, which the products add.
//
//   gates               [T, B, 4H]; in: i, f, g, o; out: dL/da
//   has_arguments       not 0 where `arguments` is what the gates saw before the clip
//   has_outputs, outputs, outputs_offset, outputs_pitch
//                       [T, B, H], dL/d(the layer's output of each step), if any
//   h_gradient          [B, H], dL/dh; z_h times it and dL/d(output) is left
//   c_gradient          [B, H], dL/dc
//   emitted_gradient    [B, H], dL/dm
//   input_gradient, recurrent_gradient
//                       [T, B, 4H], written with NORMALIZED: dL/d(W x) and dL/d(R h')
//   norm_cell_gradient  [T, B, H], written with NORMALIZED: dL/d(what the tanh of C sees)
//
// Work-items: dimension 0 goes over the units, of which an item takes every so-manieth; dimension 1
// over the rows, in the same way. With NORMALIZED there is one work-group in dimension 0, so that
// its items can add up what a row has.

// Whether the gates are normalized, as in cell_forward.cl.
#ifndef NORMALIZED
#define NORMALIZED 0
#endif
// Items of a work-group, a power of two.
#ifndef CELL_ITEMS
#define CELL_ITEMS 64
#endif

#if NORMALIZED
// dL/dv of the values v of a row, from dL/d(gain * LN(v)): it has no part along a change of the mean,
// and along one of the variance 1e-5 scale^2 of what d = gain * gradient has. A difference has no digits
// for that, and in a row of two nothing else is left: so what d has along LN(v) is taken out, in two
// rounds since the first one leaves its own rounding, and what is left of it is added. The result may
// not be one of the other arrays.
void normalize_backward(
    __local float4 *sums, __global const float *gain, __global const float *gradient,
    __global const float *normal, const float scale, const int count, __global float *result) {
  // Other items wrote the gradient.
  barrier(CLK_GLOBAL_MEM_FENCE);
  const int item = (int)get_local_id(0);
  float4 sum = (float4)(0.0f);
  for (int k = item; k < count; k += CELL_ITEMS) {
    const float d = gain[k] * gradient[k];
    sum += (float4)(d, d * normal[k], normal[k], normal[k] * normal[k]);
  }
  const float4 first = work_group_sums(sums, sum);
  const float mean = first.s0 / (float)count;
  // Where all values are the same, there is no direction in which the variance would change.
  const float along = first.s3 > 0.0f ? (first.s1 - mean * first.s2) / first.s3 : 0.0f;
  sum = (float4)(0.0f);
  for (int k = item; k < count; k += CELL_ITEMS) {
    const float apart = gain[k] * gradient[k] - mean - normal[k] * along;
    sum.s0 += apart;
    sum.s1 += apart * normal[k];
  }
  const float4 second = work_group_sums(sums, sum);
  const float rest = second.s0 / (float)count;
  const float again = first.s3 > 0.0f ? second.s1 / first.s3 : 0.0f;
  const float added = (along + again) * (1e-5f * scale * scale) - again;
  for (int k = item; k < count; k += CELL_ITEMS) {
    const float apart = gain[k] * gradient[k] - mean - normal[k] * along;
    result[k] = scale * (apart - rest + normal[k] * added);
  }
  barrier(CLK_GLOBAL_MEM_FENCE);
}
#endif

__kernel __attribute__((reqd_work_group_size(CELL_ITEMS, 1, 1))) void cell_backward(
    const int units, const int batch, const int first_row, const int end_row, const int time,
    const int before, __global const float *parameters, const layer_t layer,
    __global float *gates, __global const float *cell, __global const float *raw_cell,
    const int has_arguments, __global const float *arguments, __global const float *step_mask,
    const int has_outputs, __global const float *outputs, const ulong outputs_offset,
    const ulong outputs_pitch, __global float *h_gradient, __global float *c_gradient,
    __global const float *emitted_gradient
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
  __local float4 sums[CELL_ITEMS];
#endif
  const size_t H = units;
  const int first_unit = (int)get_global_id(0);
  const int unit_step = (int)get_global_size(0);

  for (int b = first_row + (int)get_group_id(1); b < end_row; b += (int)get_num_groups(1)) {
    const size_t row = (size_t)time * batch + b;
    const bool is_missing = misses(&layer, step_mask, (long)row);
    const size_t old = ((size_t)before * batch + b) * H;
    __global float *z = gates + row * 4 * H;
#if NORMALIZED
    // Where dL/d(W x) and dL/d(R h') will be, there is room until then: for dL/dm, and for what comes
    // from it to C.
    __global float *m_gradients = recurrent_gradient + row * 4 * H;
    __global float *through_norm = input_gradient + row * 4 * H;
#endif

    for (int j = first_unit; j < units; j += unit_step) {
      float dm;
      if (layer.is_projected) {
        dm = emitted_gradient[b * H + j];
      } else {
        float dh = h_gradient[b * H + j];
        if (has_outputs) {
          dh += outputs[outputs_offset + row * outputs_pitch + j];
        }
        const float kept_h = kept_hidden(&layer, is_missing, row * H + j);
        h_gradient[b * H + j] = kept_h * dh;
        dm = (1.0f - kept_h) * dh;
      }
#if NORMALIZED
      // The rest needs all units of the row.
      const float seen = parameters[cell_gain_offset + j] * norm_cell[row * H + j] +
                         parameters[cell_shift_offset + j];
      m_gradients[j] = dm;
      norm_cell_gradient[row * H + j] =
          dm * z[3 * H + j] * tanh_slope(saturating_tanh(seen));
    }
    normalize_backward(
        sums, parameters + cell_gain_offset, norm_cell_gradient + row * H, norm_cell + row * H,
        norm_scales[row * 3 + 2], units, through_norm);
    for (int j = first_unit; j < units; j += unit_step) {
      const float dm = m_gradients[j];
      const float seen = parameters[cell_gain_offset + j] * norm_cell[row * H + j] +
                         parameters[cell_shift_offset + j];
#else
      const float seen = raw_cell[row * H + j];
#endif
      const float C = raw_cell[row * H + j];
      const float4 p = load_peepholes(parameters, &layer, units, j);
      const float4 passed =
          has_arguments
              ? gates_passed(load_gates(arguments + row * 4 * H + j, units), layer.gate_clip)
              : (float4)(1.0f);
      const slopes_t slopes = lstm_slopes(
          load_gates(z + j, units), cell[old + j], C, seen, p, passed, 0.0f,
          kept_cell(&layer, is_missing, row * H + j), &layer);
      float dc = c_gradient[b * H + j];
#if NORMALIZED
      const float through_m = passes_clip(C, layer.cell_clip)
                                  ? through_norm[j] + p.s2 * slopes.by_gates.s3 * dm
                                  : 0.0f;
#else
      const float through_m = dm * slopes.by_output;
#endif
      const float dC = dc * slopes.by_carried + through_m;
      store_gates(z + j, units, lstm_gates_backward(&slopes, dm, dC, &dc));
      c_gradient[b * H + j] = dc;
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

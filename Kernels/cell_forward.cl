// One time step of an LSTM layer with options, forward, from the gates' arguments to the state; the
// products are matrix_product.cl's.
//
//   a   = gates, or with NORMALIZED  norm_ih LN(W x) + norm_hh LN(R h') + biases
//   a_i = a_i + p_i c'      a_f = a_f + p_f c'                            with has_peepholes
//   i = sigmoid(clip(a_i))  f = sigmoid(clip(a_f)), or 1 - i with is_coupled  g = tanh(clip(a_g))
//   C = clip(f c' + i g)
//   a_o = a_o + p_o C       o = sigmoid(clip(a_o))
//   m = o tanh(C), or with NORMALIZED  o tanh(norm_cell_weight LN(C) + norm_cell_bias)
//   c = z_c c' + (1 - z_c) C
//   h = z_h h' + (1 - z_h) m, or with is_projected  emitted = m for projection_forward.cl
//
// c' and h' are the state before the step. z is how much of it zoneout keeps, and 1 where the step
// is missing for the row. LN(v) is (v - mean) / sqrt(variance + 1e-5) over a row.
//
//   units, batch         H and B
//   has_peepholes, is_coupled, is_projected
//                        what the layer has, not 0 where it does
//   first_row, end_row   the rows to do, of those of the batch
//   time                 the step's place in the sequences
//   before, after        the slots of the states before and after it
//   gate_clip, cell_clip limits, 0 where there is none
//   step_mask            [T, B], 0 where the step is missing; not read without has_step_mask
//   *_zoneout, *_share, *_seed, *_batch, *_stream
//                        how c and h are kept, see zoneout in common.cl; elements (t B + b) H + j
//   parameters           in which peephole_offset is [3, H] of i, f, o
//   hidden, cell         slots of [B, H]
//   keeps_trace          0 where nothing follows that needs gates and candidate
//   gates                [T, B, 4H]; in, without NORMALIZED: the arguments; out: i, f, g, o
//   candidate            [T, B, H], C
//   arguments            [T, B, 4H], what the gates saw before the clip; written with keeps_arguments
//   emitted              [T, B, H], written with is_projected
//
// And with NORMALIZED:
//
//   *_offset             in the parameters: bias [bias_terms, 4H]; input_gain and recurrent_gain
//                        [4H]; cell_gain and cell_shift [H]
//   norm_input, norm_recurrent  [T, B, 4H]; in: W x and R h'; out: LN of them
//   norm_cell            [T, B, H], LN(C)
//   norm_scales          [T, B, 3], 1 / sqrt(variance + 1e-5) of W x, R h', C
//
// Work-items: dimension 0 goes over the units, of which an item takes every so-manieth; dimension 1
// over the rows, in the same way. With NORMALIZED there is one work-group in dimension 0, so that
// its items can add up what a row has.

// Whether the gates are normalised, for which items need each other. All else that a layer may have is
// told at run time: it is the same for all items, and programs for each combination take long to build.
#ifndef NORMALIZED
#define NORMALIZED 0
#endif
// Items of a work-group, a power of two.
#ifndef CELL_ITEMS
#define CELL_ITEMS 64
#endif

#if NORMALIZED
// Replaces the values v of a row by LN(v), and returns 1 / sqrt(variance + 1e-5).
float normalize(__local float *sums, __global float *values, const int count) {
  const int item = (int)get_local_id(0);
  float sum = 0.0f;
  for (int k = item; k < count; k += CELL_ITEMS) {
    sum += values[k];
  }
  const float mean = work_group_sum(sums, sum) / (float)count;
  sum = 0.0f;
  for (int k = item; k < count; k += CELL_ITEMS) {
    sum += (values[k] - mean) * (values[k] - mean);
  }
  const float scale = 1.0f / sqrt(work_group_sum(sums, sum) / (float)count + 1e-5f);
  for (int k = item; k < count; k += CELL_ITEMS) {
    values[k] = (values[k] - mean) * scale;
  }
  // Other items read them.
  barrier(CLK_GLOBAL_MEM_FENCE);
  return scale;
}
#endif

__kernel __attribute__((reqd_work_group_size(CELL_ITEMS, 1, 1))) void cell_forward(
    const int units, const int has_peepholes, const int is_coupled, const int is_projected,
    const int batch, const int first_row, const int end_row, const int time, const int before,
    const int after, const float gate_clip, const float cell_clip, const int has_step_mask,
    __global const float *step_mask, const int cell_zoneout,
    const float cell_share, const ulong cell_seed, const uint cell_batch, const uint cell_stream,
    const int hidden_zoneout, const float hidden_share, const ulong hidden_seed,
    const uint hidden_batch, const uint hidden_stream, __global const float *parameters,
    const ulong peephole_offset, __global float *hidden, __global float *cell,
    const int keeps_trace, __global float *gates, __global float *candidate,
    const int keeps_arguments, __global float *arguments, __global float *emitted
#if NORMALIZED
    ,
    const ulong bias_offset, const int bias_terms, const ulong input_gain_offset,
    const ulong recurrent_gain_offset, const ulong cell_gain_offset, const ulong cell_shift_offset,
    __global float *norm_input, __global float *norm_recurrent, __global float *norm_cell,
    __global float *norm_scales
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
    const size_t new = ((size_t)after * batch + b) * H;
    __global float *z = gates + row * 4 * H;

#if NORMALIZED
    __global float *x_normal = norm_input + row * 4 * H;
    __global float *h_normal = norm_recurrent + row * 4 * H;
    const float x_scale = normalize(sums, x_normal, 4 * units);
    const float h_scale = normalize(sums, h_normal, 4 * units);
#endif

    for (int j = first_unit; j < units; j += unit_step) {
      float a[4];
      for (int gate = 0; gate < 4; gate++) {
        const size_t k = gate * H + j;
#if NORMALIZED
        a[gate] = parameters[input_gain_offset + k] * x_normal[k] +
                  parameters[recurrent_gain_offset + k] * h_normal[k];
        for (int term = 0; term < bias_terms; term++) {
          a[gate] += parameters[bias_offset + term * 4 * H + k];
        }
#else
        a[gate] = z[k];
#endif
      }
      const float c_old = cell[old + j];
      __global const float *p = parameters + peephole_offset + j;
      if (has_peepholes) {
        a[0] += p[0] * c_old;
        a[1] += p[H] * c_old;
      }
      const float input_gate = sigmoid(clipped(a[0], gate_clip));
      const float forget_gate =
          is_coupled ? 1.0f - input_gate : sigmoid(clipped(a[1], gate_clip));
      const float input = saturating_tanh(clipped(a[2], gate_clip));
      const float c_new = clipped(forget_gate * c_old + input_gate * input, cell_clip);
      if (has_peepholes) {
        a[3] += p[2 * H] * c_new;
      }
      const float output_gate = sigmoid(clipped(a[3], gate_clip));
      if (keeps_trace) {
        z[j] = input_gate;
        z[H + j] = forget_gate;
        z[2 * H + j] = input;
        z[3 * H + j] = output_gate;
        candidate[row * H + j] = c_new;
      }
      if (keeps_arguments) {
        for (int gate = 0; gate < 4; gate++) {
          arguments[row * 4 * H + gate * H + j] = a[gate];
        }
      }
      const float kept_c = is_missing ? 1.0f
                                      : zoneout(
                                            cell_zoneout, cell_share, cell_seed, cell_batch,
                                            cell_stream, row * H + j);
      cell[new + j] = kept_c * c_old + (1.0f - kept_c) * c_new;

#if NORMALIZED
      // The rest needs all units of the row.
      z[3 * H + j] = output_gate;
      norm_cell[row * H + j] = c_new;
    }
    const float c_scale = normalize(sums, norm_cell + row * H, units);
    if (get_local_id(0) == 0) {
      norm_scales[row * 3] = x_scale;
      norm_scales[row * 3 + 1] = h_scale;
      norm_scales[row * 3 + 2] = c_scale;
    }
    for (int j = first_unit; j < units; j += unit_step) {
      const float output_gate = z[3 * H + j];
      const float seen = parameters[cell_gain_offset + j] * norm_cell[row * H + j] +
                         parameters[cell_shift_offset + j];
#else
      const float seen = c_new;
#endif
      const float m = output_gate * saturating_tanh(seen);
      if (is_projected) {
        emitted[row * H + j] = m;
      } else {
        const float kept_h = is_missing ? 1.0f
                                        : zoneout(
                                              hidden_zoneout, hidden_share, hidden_seed,
                                              hidden_batch, hidden_stream, row * H + j);
        hidden[new + j] = rounded(kept_h * hidden[old + j] + (1.0f - kept_h) * m);
      }
    }
  }
}

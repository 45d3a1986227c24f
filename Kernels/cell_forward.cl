// One time step of an LSTM layer, forward, from the gates' arguments to the state; the products are
// matrix_product.cl's, and the cell is lstm_cell.cl's, whose names this follows. Other than there:
//
//   with NORMALIZED     a = norm_ih LN(W x) + norm_hh LN(R h') + biases
//                       m = o tanh(norm_cell_weight LN(C) + norm_cell_bias)
//   with is_projected   emitted = m for projection_forward.cl, in place of h
//
// LN(v) is (v - mean) / sqrt(variance + 1e-5) over a row.
//
//   units, batch        H and B
//   first_row, end_row  the rows to do, of those of the batch
//   time                the step's place in the sequences
//   before, after       the slots of the states before and after it
//   keeps_gates         0 where nothing follows that needs gates and raw_cell
//   hidden, cell        slots of [B, H]
//   gates               [T, B, 4H]; in, without NORMALIZED: the arguments; out: i, f, g, o
//   raw_cell            [T, B, H], C
//   has_arguments, arguments
//                       [T, B, 4H], what the gates saw before the clip, if it is kept
//   emitted             [T, B, H], written with is_projected
//   step_mask           [T, B]
//
// And with NORMALIZED:
//
//   *_offset             in the parameters: input_gain and recurrent_gain [4H]; cell_gain and
//                        cell_shift [H]
//   norm_input, norm_recurrent  [T, B, 4H]; in: W x and R h'; out: LN of them
//   norm_cell            [T, B, H], LN(C)
//   norm_scales          [T, B, 3], 1 / sqrt(variance + 1e-5) of W x, R h', C
//
// Work-items: dimension 0 goes over the units, of which an item takes every so-manieth; dimension 1
// over the rows, in the same way. With NORMALIZED there is one work-group in dimension 0, so that
// its items can add up what a row has.

// Whether the gates are normalized, for which items need each other. All else that a layer may have is
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
    const int units, const int batch, const int first_row, const int end_row, const int time,
    const int before, const int after, const int keeps_gates, __global const float *parameters,
    const layer_t layer, __global float *hidden, __global float *cell, __global float *gates,
    __global float *raw_cell, const int has_arguments, __global float *arguments,
    __global float *emitted, __global const float *step_mask
#if NORMALIZED
    ,
    const ulong input_gain_offset, const ulong recurrent_gain_offset, const ulong cell_gain_offset,
    const ulong cell_shift_offset, __global float *norm_input, __global float *norm_recurrent,
    __global float *norm_cell, __global float *norm_scales
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
    const bool is_missing = misses(&layer, step_mask, (long)row);
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
#if NORMALIZED
      float4 a = load_gates(parameters + input_gain_offset + j, units) * load_gates(x_normal + j, units) +
                 load_gates(parameters + recurrent_gain_offset + j, units) *
                     load_gates(h_normal + j, units);
      for (int term = 0; term < layer.bias_terms; term++) {
        a += load_gates(parameters + layer.bias_offset + term * 4 * H + j, units);
      }
#else
      float4 a = load_gates(z + j, units);
#endif
      const float c_old = cell[old + j];
      float C;
      const float4 activated = lstm_gates(
          &a, c_old, load_peepholes(parameters, &layer, units, j), &layer, &C);
      if (keeps_gates) {
        store_gates(z + j, units, activated);
        raw_cell[row * H + j] = C;
      }
      if (has_arguments) {
        store_gates(arguments + row * 4 * H + j, units, a);
      }
      const float kept_c = kept_cell(&layer, is_missing, row * H + j);
      cell[new + j] = kept_c * c_old + (1.0f - kept_c) * C;

#if NORMALIZED
      // The rest needs all units of the row.
      z[3 * H + j] = activated.s3;
      norm_cell[row * H + j] = C;
    }
    const float c_scale = normalize(sums, norm_cell + row * H, units);
    if (get_local_id(0) == 0) {
      norm_scales[row * 3] = x_scale;
      norm_scales[row * 3 + 1] = h_scale;
      norm_scales[row * 3 + 2] = c_scale;
    }
    for (int j = first_unit; j < units; j += unit_step) {
      const float o = z[3 * H + j];
      const float seen = parameters[cell_gain_offset + j] * norm_cell[row * H + j] +
                         parameters[cell_shift_offset + j];
#else
      const float o = activated.s3;
      const float seen = C;
#endif
      const float m = o * saturating_tanh(seen);
      if (layer.is_projected) {
        emitted[row * H + j] = m;
      } else {
        const float kept_h = kept_hidden(&layer, is_missing, row * H + j);
        hidden[new + j] = rounded(kept_h * hidden[old + j] + (1.0f - kept_h) * m);
      }
    }
  }
}

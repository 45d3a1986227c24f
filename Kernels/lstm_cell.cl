// The cell of an LSTM layer, forward and backward. It is put before each kernel that computes one.
//
//   a   = W x + R h' + biases                       the gates' arguments
//   a_i = a_i + p_i c'      a_f = a_f + p_f c'      with PEEPHOLES
//   i = sigmoid(clip(a_i))  f = sigmoid(clip(a_f)), or 1 - i with COUPLED     g = tanh(clip(a_g))
//   C = clip(f c' + i g)                            the new cell, of which some may not be taken
//   a_o = a_o + p_o C       o = sigmoid(clip(a_o))
//   m = o tanh(C)
//   c = z_c c' + (1 - z_c) C        h = z_h h' + (1 - z_h) m
//
// h' and c' are the state before the step. z is how much of it zoneout keeps, and 1 where the step is
// missing for the row; without KEEPS it is 0. A layer that drops some of h' before R does that where
// it multiplies: recurrent_factor.
//
// What a layer has is chosen when a kernel is built, so that a plain layer pays for nothing.

// Not 0 for kernels that are told what a layer has when they run.
#ifndef AT_RUN_TIME
#define AT_RUN_TIME 0
#endif
#if AT_RUN_TIME
#define KEEPS 1
#define CLIPS 1
#define PEEPHOLES (layer->has_peepholes)
#define COUPLED (layer->is_coupled)
#endif
// Whether some of a state may be kept: zoneout, or steps that are missing.
#ifndef KEEPS
#define KEEPS 0
#endif
// What there is only where some of a state may be kept.
#if KEEPS
#define KEPT(value) (value)
#else
#define KEPT(value) 0.0f
#endif
// Whether some of h is dropped before R.
#ifndef DROPS
#define DROPS 0
#endif
// Whether the gates see the cell.
#ifndef PEEPHOLES
#define PEEPHOLES 0
#endif
// Whether f is 1 - i.
#ifndef COUPLED
#define COUPLED 0
#endif
// Whether the gates' arguments or the cell are cut.
#ifndef CLIPS
#define CLIPS 0
#endif

// A layer, as the host tells it to its kernels: `LayerArguments` in Swift.
typedef struct {
  // Where W [4H, I], R [4H, H], the biases [bias_terms, 4H] and the peepholes [3, H] of i, f, o are
  // among the parameters.
  ulong input_offset;
  ulong recurrent_offset;
  ulong bias_offset;
  ulong peephole_offset;
  // What random masks are drawn from: see philox_block.
  ulong seed;
  uint batch_number;
  uint recurrent_stream;
  uint hidden_stream;
  uint cell_stream;
  // The share of h that is dropped before R; 0 drops nothing.
  float recurrent_share;
  // The shares of h and c that are kept, and how: see zoneout.
  float hidden_share;
  float cell_share;
  // Limits, 0 where there is none.
  float gate_clip;
  float cell_clip;
  int hidden_zoneout;
  int cell_zoneout;
  int bias_terms;
  // Not 0 where step_mask [T, B] is read: 0 where a step is missing for a row.
  int has_step_mask;
  // Not 0 where the layer has peepholes, coupled gates, a projection; for kernels that are built for
  // layers of all kinds.
  int has_peepholes;
  int is_coupled;
  int is_projected;
} layer_t;

// By what a number of h is multiplied before R sees it: element b H + j of the mask.
float recurrent_factor(const layer_t *layer, const ulong element) {
  const float share = layer->recurrent_share;
  if (!(share > 0.0f)) {
    return 1.0f;
  }
  return is_hit(random_bits(layer->seed, element, layer->batch_number, layer->recurrent_stream), share)
             ? 0.0f
             : 1.0f / (1.0f - share);
}

// z_h and z_c of element (t B + b) H + j.
float kept_hidden(const layer_t *layer, const bool is_missing, const ulong element) {
  return is_missing ? 1.0f
                    : zoneout(
                          layer->hidden_zoneout, layer->hidden_share, layer->seed,
                          layer->batch_number, layer->hidden_stream, element);
}
float kept_cell(const layer_t *layer, const bool is_missing, const ulong element) {
  return is_missing ? 1.0f
                    : zoneout(
                          layer->cell_zoneout, layer->cell_share, layer->seed,
                          layer->batch_number, layer->cell_stream, element);
}

// Whether a row does not have a step: number t B + b of the mask.
bool misses(const layer_t *layer, __global const float *step_mask, const long row) {
  return layer->has_step_mask && step_mask[row] == 0.0f;
}

// p_i, p_f and p_o of a unit.
float4 load_peepholes(
    __global const float *parameters, const layer_t *layer, const int units, const int unit) {
  if (!PEEPHOLES) {
    return (float4)(0.0f);
  }
  __global const float *p = parameters + layer->peephole_offset + unit;
  return (float4)(p[0], p[units], p[(size_t)2 * units], 0.0f);
}

// i, f, g, o in the order of the gates.
//
//   a      in: the arguments without peepholes; out: as the clip sees them
//   c_old  c'
//   p      of load_peepholes
//   C      out
float4 lstm_gates(
    float4 *a, const float c_old, const float4 p, const layer_t *layer, float *C) {
  if (PEEPHOLES) {
    a->s0 += p.s0 * c_old;
    a->s1 += p.s1 * c_old;
  }
  const float limit = CLIPS ? layer->gate_clip : 0.0f;
  const float i = sigmoid(clipped(a->s0, limit));
  const float f = COUPLED ? 1.0f - i : sigmoid(clipped(a->s1, limit));
  const float g = saturating_tanh(clipped(a->s2, limit));
  *C = clipped(f * c_old + i * g, CLIPS ? layer->cell_clip : 0.0f);
  if (PEEPHOLES) {
    a->s3 += p.s2 * *C;
  }
  return (float4)(i, f, g, sigmoid(clipped(a->s3, limit)));
}

// A whole step of a cell. Returns the gates.
//
//   a, c_old, p, C  of lstm_gates
//   h_old           h'; not read without KEEPS
//   row             t B + b
//   element         (t B + b) H + j
//   h, c            out: the state after the step
float4 lstm_cell_forward(
    float4 *a, const float h_old, const float c_old, const float4 p, const layer_t *layer,
    __global const float *step_mask, const size_t row, const size_t element, float *C, float *h,
    float *c) {
  const float4 gates = lstm_gates(a, c_old, p, layer, C);
  const float m = gates.s3 * saturating_tanh(*C);
#if KEEPS
  const bool is_missing = misses(layer, step_mask, (long)row);
  const float kept_h = kept_hidden(layer, is_missing, element);
  const float kept_c = kept_cell(layer, is_missing, element);
  *h = kept_h * h_old + (1.0f - kept_h) * m;
  *c = kept_c * c_old + (1.0f - kept_c) * *C;
#else
  (void)h_old, (void)step_mask, (void)row, (void)element;
  *h = m;
  *c = *C;
#endif
  return gates;
}

// The gates of a cell as they lie in [4H], and other numbers that lie so.
float4 load_gates(__global const float *first, const int units) {
  return (float4)(first[0], first[units], first[(size_t)2 * units], first[(size_t)3 * units]);
}
void store_gates(__global float *first, const int units, const float4 gates) {
  first[0] = gates.s0;
  first[units] = gates.s1;
  first[(size_t)2 * units] = gates.s2;
  first[(size_t)3 * units] = gates.s3;
}

// 1 for each gate whose argument is within the clip, 0 for the others.
float4 gates_passed(const float4 a, const float limit) {
  return (float4)(
      passes_clip(a.s0, limit) ? 1.0f : 0.0f, passes_clip(a.s1, limit) ? 1.0f : 0.0f,
      passes_clip(a.s2, limit) ? 1.0f : 0.0f, passes_clip(a.s3, limit) ? 1.0f : 0.0f);
}

// The derivatives of a cell, all of which are known before dL/dh is:
//
//   dm = (1 - kept_h) dh            dC = by_carried dc + by_output dm
//   da = (dC, dC, dC, dm) by_gates  dc' = kept_c dc + by_forget dC          dh' = kept_h dh + da R
typedef struct {
  float4 by_gates;
  float by_output;
  float by_forget;
#if KEEPS
  float kept_h;
  float kept_c;
#endif
#if KEEPS || CLIPS
  float by_carried;
#endif
} slopes_t;

//   gates   i, f, g, o
//   passed  of gates_passed; not read without CLIPS
//   seen    what the tanh of m sees: C, unless that is normalized
//   kept_h, kept_c  not read without KEEPS
slopes_t lstm_slopes(
    const float4 gates, const float c_old, const float C, const float seen, const float4 p,
    const float4 passed, const float kept_h, const float kept_c, const layer_t *layer) {
  const float i = gates.s0;
  const float f = gates.s1;
  const float g = gates.s2;
  const float o = gates.s3;
  const float tanh_C = saturating_tanh(seen);
  slopes_t slopes;
  slopes.by_gates = (float4)(
      (COUPLED ? g - c_old : g) * sigmoid_slope(i), COUPLED ? 0.0f : c_old * sigmoid_slope(f),
      i * tanh_slope(g), tanh_C * sigmoid_slope(o));
  if (CLIPS) {
    slopes.by_gates *= passed;
  }
  slopes.by_output = o * tanh_slope(tanh_C);
  slopes.by_forget = f;
  if (PEEPHOLES) {
    slopes.by_output += p.s2 * slopes.by_gates.s3;
    slopes.by_forget += p.s0 * slopes.by_gates.s0 + p.s1 * slopes.by_gates.s1;
  }
#if KEEPS || CLIPS
  slopes.by_carried = 1.0f;
#endif
#if KEEPS
  slopes.kept_h = kept_h;
  slopes.kept_c = kept_c;
  slopes.by_carried = 1.0f - kept_c;
#else
  (void)kept_h, (void)kept_c;
#endif
#if CLIPS
  if (!passes_clip(C, layer->cell_clip)) {
    slopes.by_carried = 0.0f;
    slopes.by_output = 0.0f;
  }
#else
  (void)layer, (void)passed, (void)C;
#endif
  return slopes;
}

// da, the derivatives by the gates' arguments, from dm and dC. Replaces dc by dc'.
float4 lstm_gates_backward(
    const slopes_t *slopes, const float dm, const float dC, float *dc) {
#if KEEPS
  *dc = dC * slopes->by_forget + slopes->kept_c * *dc;
#else
  *dc = dC * slopes->by_forget;
#endif
  return (float4)(dC, dC, dC, dm) * slopes->by_gates;
}

// The same from dh.
float4 lstm_cell_backward(const slopes_t *slopes, const float dh, float *dc) {
#if KEEPS
  const float dm = (1.0f - slopes->kept_h) * dh;
#else
  const float dm = dh;
#endif
#if KEEPS || CLIPS
  const float dC = *dc * slopes->by_carried + dm * slopes->by_output;
#else
  const float dC = *dc + dm * slopes->by_output;
#endif
  return lstm_gates_backward(slopes, dm, dC, dc);
}

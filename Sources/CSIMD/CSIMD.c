#include "CSIMD.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// MARK: - The loops, once for each instruction set

#define LANES 4
#if defined(__aarch64__)
#define ROWS 6  // of 32 registers
#else
#define ROWS 3  // of 16 registers
#endif
#define TARGET
#define NAME(x) baseline_##x
#define RECIPROCAL(x) (1 / (x))
#include "loops.inc"

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma")))

// One step of Newton's method doubles the 14 bits of the estimate, so that 1 / 1 and 1 / 2 are exact.
// AVX2's estimate has too few for that, hence the division there.
AVX512 static inline __attribute__((always_inline)) __m512 avx512_reciprocal(__m512 x) {
  const __m512 y = _mm512_rcp14_ps(x);
  return _mm512_fmadd_ps(_mm512_fnmadd_ps(x, y, _mm512_set1_ps(1)), y, y);
}

#define LANES 8
#define ROWS 3
#define TARGET AVX2
#define NAME(x) avx2_##x
#define RECIPROCAL(x) (1 / (x))
#include "loops.inc"

#define LANES 16
#define ROWS 6
#define TARGET AVX512
#define NAME(x) avx512_##x
#define RECIPROCAL(x) (avx512_vector)avx512_reciprocal((__m512)(x))
#include "loops.inc"

#define DISPATCH(set, call)                           \
  switch (set) {                                      \
    case InstructionSetBaseline: return baseline_##call; \
    case InstructionSetAVX2: return avx2_##call;      \
    case InstructionSetAVX512: return avx512_##call;  \
  }                                                   \
  __builtin_unreachable();

bool instruction_set_is_supported(InstructionSet set) {
  switch (set) {
    case InstructionSetBaseline:
      return true;
    case InstructionSetAVX2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case InstructionSetAVX512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("fma");
  }
}

#else

#define DISPATCH(set, call) return (void)(set), baseline_##call;

bool instruction_set_is_supported(InstructionSet set) { return set == InstructionSetBaseline; }

#endif

int instruction_set_lane_count(InstructionSet set) {
  switch (set) {
    case InstructionSetBaseline: return 4;
    case InstructionSetAVX2: return 8;
    case InstructionSetAVX512: return 16;
  }
}

// MARK: - Dispatch

void lstm_forward_step(InstructionSet set, const LSTMForwardStep *step) {
  DISPATCH(set, forward_step(step))
}
void lstm_backward_step(InstructionSet set, const LSTMBackwardStep *step) {
  DISPATCH(set, backward_step(step))
}
void gate_product(InstructionSet set, const GateProduct *product) {
  DISPATCH(set, gate_product(product))
}
void weight_gradient(InstructionSet set, const WeightGradient *gradient) {
  DISPATCH(set, weight_gradient(gradient))
}
void head_forward(InstructionSet set, const HeadPass *pass) { DISPATCH(set, head_forward(pass)) }
void head_backward(InstructionSet set, const HeadPass *pass) { DISPATCH(set, head_backward(pass)) }
void head_weight_gradient(InstructionSet set, const HeadPass *pass) {
  DISPATCH(set, head_weight_gradient(pass))
}
double sum_of_squares(InstructionSet set, const float *values, size_t count) {
  DISPATCH(set, sum_of_squares(values, count))
}
void accumulate_gradient(InstructionSet set, const float *gradient, float weight, size_t count,
                         bool keeps, float *sum) {
  DISPATCH(set, accumulate_gradient(gradient, weight, count, keeps, sum))
}
void descent_step(InstructionSet set, const DescentPass *step) {
  DISPATCH(set, descent_step(step))
}
void rmsprop_step(InstructionSet set, const RMSPropPass *step) {
  DISPATCH(set, rmsprop_step(step))
}
void adam_step(InstructionSet set, const AdamPass *step) { DISPATCH(set, adam_step(step)) }
void sigmoid_values(InstructionSet set, const float *x, size_t count, float *result) {
  DISPATCH(set, sigmoid_values(x, count, result))
}
void tanh_values(InstructionSet set, const float *x, size_t count, float *result) {
  DISPATCH(set, tanh_values(x, count, result))
}
float multiply_add_chains(InstructionSet set, size_t count) {
  DISPATCH(set, multiply_add_chains(count))
}

// MARK: - Packing

// Where the element of gate `gate`, unit `unit` and column k = `row` lies in forward weights.
static inline size_t forward_index(size_t lanes, size_t total_rows, size_t gate, size_t unit,
                                   size_t row) {
  return ((unit / lanes * total_rows + row) * 4 + gate) * lanes + unit % lanes;
}

void pack_forward(InstructionSet set, const WeightPacking *s, const float *weight, float *packed) {
  const size_t lanes = (size_t)instruction_set_lane_count(set);
  for (size_t gate = 0; gate < 4; gate++)
    for (size_t unit = s->first_unit; unit < s->last_unit; unit++) {
      const float *from = weight + (gate * s->hidden_size + unit) * s->columns;
      float *to = packed + forward_index(lanes, s->total_rows, gate, unit, s->first_row);
      for (size_t k = 0; k < s->columns; k++) to[k * 4 * lanes] = from[k];
    }
}

void unpack_forward(InstructionSet set, const WeightPacking *s, const float *packed,
                    float *weight) {
  const size_t lanes = (size_t)instruction_set_lane_count(set);
  for (size_t gate = 0; gate < 4; gate++)
    for (size_t unit = s->first_unit; unit < s->last_unit; unit++) {
      const float *from = packed + forward_index(lanes, s->total_rows, gate, unit, s->first_row);
      float *to = weight + (gate * s->hidden_size + unit) * s->columns;
      for (size_t k = 0; k < s->columns; k++) to[k] = from[k * 4 * lanes];
    }
}

void pack_backward(InstructionSet set, const WeightPacking *s, const float *weight,
                   float *packed) {
  const size_t lanes = (size_t)instruction_set_lane_count(set);
  const size_t width = 4 * lanes;
  const size_t depth = (s->hidden_size + lanes - 1) / lanes * width;
  for (size_t gate = 0; gate < 4; gate++)
    for (size_t unit = s->first_unit; unit < s->last_unit; unit++) {
      const float *from = weight + (gate * s->hidden_size + unit) * s->columns;
      const size_t row = unit / lanes * width + gate * lanes + unit % lanes;
      for (size_t start = 0; start < s->columns; start += width) {
        const size_t count = s->columns - start < width ? s->columns - start : width;
        float *to = packed + (start / width * depth + row) * width;
        __builtin_memcpy(to, from + start, count * sizeof(float));
      }
    }
}

#include "CSIMD.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The columns of a last vector that are so few, up to 2, that gate_product treats them apart; else 0.
static inline size_t few_columns(size_t columns, size_t lanes) {
  return columns % lanes <= lanes / 8 ? columns % lanes : 0;
}

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
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 2)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 1, 3)
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

AVX2 static inline __attribute__((always_inline)) __m256i avx2_first_lanes(size_t count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count),
                            _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

#define LANES 8
#define ROWS 3
#define TARGET AVX2
#define NAME(x) avx2_##x
#define RECIPROCAL(x) (1 / (x))
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define LOAD_PART(p, count) (avx2_vector) _mm256_maskload_ps(p, avx2_first_lanes(count))
#define STORE_PART(p, v, count) _mm256_maskstore_ps(p, avx2_first_lanes(count), (__m256)(v))
#include "loops.inc"

// 2^(k / 16), and what these lack as floats.
static const float avx512_powers[16] = {
    1.000000000f, 1.044273734f, 1.090507746f, 1.138788581f,
    1.189207077f, 1.241857767f, 1.296839595f, 1.354255557f,
    1.414213538f, 1.476826191f, 1.542210817f, 1.610490322f,
    1.681792855f, 1.756252170f, 1.834008098f, 1.915206552f};
static const float avx512_powers_rest[16] = {
    0.00000000e+00f, 4.83347016e-08f, -1.30775399e-08f, 5.38622231e-08f,
    3.79763527e-08f, 4.49683810e-08f, -4.01899953e-08f, -1.01233493e-08f,
    2.42032350e-08f, -4.50089885e-08f, 8.07090483e-09f, 9.83621717e-09f,
    -2.47553267e-08f, -9.23577037e-09f, -1.12392780e-08f, 9.84532811e-09f};

#define LANES 16
#define ROWS 6
#define TARGET AVX512
#define NAME(x) avx512_##x
#define RECIPROCAL(x) (avx512_vector)avx512_reciprocal((__m512)(x))
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define LOOK_UP(table, index) \
  (avx512_vector) _mm512_permutexvar_ps((__m512i)(index), _mm512_loadu_ps(table))
#define FIRST_LANES(count) (__mmask16)((1u << (count)) - 1)
#define LOAD_PART(p, count) (avx512_vector) _mm512_maskz_loadu_ps(FIRST_LANES(count), p)
#define STORE_PART(p, v, count) _mm512_mask_storeu_ps(p, FIRST_LANES(count), (__m512)(v))
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
void lstm_input_sums(InstructionSet set, const LSTMInputSums *pass) {
  DISPATCH(set, input_sums(pass))
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
void peephole_gradient(InstructionSet set, const PeepholeGradient *gradient) {
  DISPATCH(set, peephole_gradient(gradient))
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
void pack_matrix(InstructionSet set, const MatrixPacking *packing) {
  DISPATCH(set, pack_matrix(packing))
}
void packed_product(InstructionSet set, const PackedProduct *product) {
  DISPATCH(set, packed_product(product))
}
size_t outer_product_scratch(InstructionSet set) { DISPATCH(set, outer_product_scratch()) }
void outer_product(InstructionSet set, const OuterProduct *product) {
  DISPATCH(set, outer_product(product))
}
void column_sums(InstructionSet set, const ColumnSums *sums) { DISPATCH(set, column_sums(sums)) }
void random_hits(InstructionSet set, const RandomElements *elements, size_t count, float *hits) {
  DISPATCH(set, random_hits(elements, 0, count, hits))
}
void dropout(InstructionSet set, const DropoutPass *pass) { DISPATCH(set, dropout(pass)) }
void multiply_rows(InstructionSet set, const RowProduct *product) {
  DISPATCH(set, multiply_rows(product))
}
void merge_rows(InstructionSet set, const MergePass *pass) { DISPATCH(set, merge_rows(pass)) }
void cell_forward(InstructionSet set, const CellPass *pass) { DISPATCH(set, cell_forward(pass)) }
void cell_backward(InstructionSet set, const CellPass *pass) { DISPATCH(set, cell_backward(pass)) }
void projection_forward(InstructionSet set, const CellPass *pass) {
  DISPATCH(set, projection_forward(pass))
}
void projection_backward(InstructionSet set, const CellPass *pass) {
  DISPATCH(set, projection_backward(pass))
}
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

size_t panel_vector_count(InstructionSet set, size_t hidden_size, size_t panel) {
  const size_t lanes = (size_t)instruction_set_lane_count(set);
  const size_t units = hidden_size - panel * lanes;
  return units < lanes ? (4 * units + lanes - 1) / lanes : 4;
}

// How the gates of a unit lie in a panel.
typedef struct {
  size_t panel;
  // The floats of a row, and from gate to gate.
  size_t width, gate;
  size_t unit;
} UnitPlace;

static UnitPlace unit_place(InstructionSet set, const WeightPacking *s, size_t unit) {
  const size_t lanes = (size_t)instruction_set_lane_count(set);
  const size_t panel = unit / lanes;
  const size_t width = panel_vector_count(set, s->hidden_size, panel) * lanes;
  return (UnitPlace){.panel = panel, .width = width, .gate = width / 4, .unit = unit % lanes};
}

// So many columns are copied for all units before the next ones, as a line of the packed weights takes
// a number from each unit.
enum { PACKED_COLUMNS = 16 };

void pack_forward(InstructionSet set, const WeightPacking *s, const float *weight, float *packed) {
  const size_t panel_size = 4 * (size_t)instruction_set_lane_count(set) * s->total_rows;
  for (size_t start = 0; start < s->columns; start += PACKED_COLUMNS) {
    const size_t rest = s->columns - start;
    const size_t count = rest < PACKED_COLUMNS ? rest : PACKED_COLUMNS;
    for (size_t unit = s->first_unit; unit < s->last_unit; unit++) {
      const UnitPlace place = unit_place(set, s, unit);
      for (size_t gate = 0; gate < 4; gate++) {
        const float *from = weight + (gate * s->hidden_size + unit) * s->columns + start;
        float *to = packed + place.panel * panel_size + (s->first_row + start) * place.width +
                    gate * place.gate + place.unit;
        for (size_t k = 0; k < count; k++) to[k * place.width] = from[k];
      }
    }
  }
}

void unpack_forward(InstructionSet set, const WeightPacking *s, const float *packed, float factor,
                    float *weight) {
  const size_t panel_size = 4 * (size_t)instruction_set_lane_count(set) * s->total_rows;
  for (size_t start = 0; start < s->columns; start += PACKED_COLUMNS) {
    const size_t rest = s->columns - start;
    const size_t count = rest < PACKED_COLUMNS ? rest : PACKED_COLUMNS;
    for (size_t unit = s->first_unit; unit < s->last_unit; unit++) {
      const UnitPlace place = unit_place(set, s, unit);
      for (size_t gate = 0; gate < 4; gate++) {
        float *to = weight + (gate * s->hidden_size + unit) * s->columns + start;
        const float *from = packed + place.panel * panel_size +
                            (s->first_row + start) * place.width + gate * place.gate + place.unit;
        for (size_t k = 0; k < count; k++) to[k] = factor * from[k * place.width];
      }
    }
  }
}

void pack_backward(InstructionSet set, const WeightPacking *s, const float *weight,
                   float *packed) {
  const size_t lanes = (size_t)instruction_set_lane_count(set), width = 4 * lanes;
  const size_t few = few_columns(s->columns, lanes), full = s->columns - few;
  const UnitPlace last = unit_place(set, s, s->hidden_size - 1);
  const size_t depth = last.panel * width + last.width;
  for (size_t unit = s->first_unit; unit < s->last_unit; unit++) {
    const UnitPlace place = unit_place(set, s, unit);
    for (size_t gate = 0; gate < 4; gate++) {
      const float *from = weight + (gate * s->hidden_size + unit) * s->columns;
      const size_t row = place.panel * width + gate * place.gate + place.unit;
      for (size_t start = 0; start < full; start += width) {
        const size_t count = full - start < width ? full - start : width;
        float *to = packed + (start / width * depth + row) * width;
        __builtin_memcpy(to, from + start, count * sizeof(float));
      }
      for (size_t c = 0; c < few; c++) {
        packed[(full / width * depth + row / lanes * lanes + c) * width + full % width +
               row % lanes] = from[full + c];
      }
    }
  }
}

// Fragments of matrices, which the lanes of a warp hold in registers, and their products on tensor cores.
// It is put before the kernels that use it, after common.cl.
//
// Numbers lie in words of 32 bits: one tf32 number, or two of 16 bits that follow each other along
// what is summed over. So fragments are the same words in all formats.

// What is multiplied: tf32 (8 bits of exponent, 11 of mantissa), or the 16 bits that STORAGE
// (common.cl) names.
#ifndef TF32
#define TF32 (STORAGE == 0)
#endif
// Who multiplies fragments: 1 the tensor cores of a GPU that takes PTX, 0 an emulation, which is there
// to test all the rest on any device.
#ifndef PTX
#define PTX 0
#endif
// Whether one of those instructions rounds to tf32; sm_90 has it and those after it.
#ifndef PTX_ROUNDS_TF32
#define PTX_ROUNDS_TF32 0
#endif
// Numbers in a word.
#define NUMBERS (TF32 ? 1 : 2)
// Fragments stay in registers only where the loops over them are unrolled. The emulation has barriers
// within them, of which some compilers make very much code.
#if PTX
#define UNROLLED _Pragma("unroll")
#else
#define UNROLLED
#endif

// The tf32 next to x, as a float32 whose last 13 bits are 0; to even where two are as near.
uint tf32_bits(const float x) {
#if PTX_ROUNDS_TF32
  uint word;
  __asm volatile("cvt.rn.tf32.f32 %0, %1;" : "=r"(word) : "f"(x));
  return word;
#else
  // In integers, so that every device gives the same.
  const uint bits = as_uint(x);
  // A NaN must not be rounded up to an infinity.
  return isnan(x) ? bits | 0x400000u : (bits + 0xFFFu + (bits >> 13 & 1u)) & 0xFFFFE000u;
#endif
}

// A word of numbers as they are multiplied, from as many float32 that follow each other.
uint operand_word(const float *numbers) {
#if TF32
  return tf32_bits(numbers[0]);
#elif PTX
  // Both at once, the first one in the lower half.
  uint word;
#if STORAGE == 1
  __asm volatile("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(numbers[1]), "f"(numbers[0]));
#else
  __asm volatile("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(numbers[1]), "f"(numbers[0]));
#endif
  return word;
#else
  return narrowed(numbers[0]) | (uint)narrowed(numbers[1]) << 16;
#endif
}

// c += a b for fragments of 16 x 8 words by 8 words x 8, in the layouts that the PTX ISA gives for
// mma.m16n8k8 in tf32 and mma.m16n8k16 in 16 bits. Lane l of the warp is thread t = l % 4 of the group
// g = l / 4, and has
//
//   tf32:     a[i]    row g + 8 (i % 2), column t + 4 (i / 2)            of A, 16 x 8, i < 4
//             b[i]    row t + 4 i, column g                              of B, 8 x 8, i < 2
//   16 bits:  number i of a, two in a word, the lower half first:
//                     row g + 8 (i / 2 % 2), column 2 t + i % 2 + 8 (i / 4)   of A, 16 x 16, i < 8
//             number i of b:
//                     row 2 t + i % 2 + 8 (i / 2), column g              of B, 16 x 8, i < 4
//   both:     c[i]    row g + 8 (i / 2), column 2 t + i % 2              of C, 16 x 8, i < 4
//
// All items of the work-group come here together.
#if PTX

#if TF32
#define INSTRUCTION "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"
#elif STORAGE == 1
#define INSTRUCTION "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"
#else
#define INSTRUCTION "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32"
#endif

void multiply_fragments(float *c, const uint *a, const uint *b) {
  float d0, d1, d2, d3;
  // Only registers go in and come out: pointers to local memory have not always survived the way.
  __asm volatile(
      INSTRUCTION " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%10, %11, %12, %13};"
      : "=f"(d0), "=f"(d1), "=f"(d2), "=f"(d3)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "f"(c[0]), "f"(c[1]),
        "f"(c[2]), "f"(c[3]));
  c[0] = d0;
  c[1] = d1;
  c[2] = d2;
  c[3] = d3;
}

#else

// Numbers along k in a fragment.
#define FRAGMENT_DEPTH (8 * NUMBERS)

// Half a word, or a whole one.
float fragment_number(const uint *words, const int i) {
#if TF32
  return as_float(words[i]);
#else
  return widened((ushort)(words[i / 2] >> 16 * (i % 2)));
#endif
}

//   a_numbers, b_numbers   the warp's own memory, [16][FRAGMENT_DEPTH] and [FRAGMENT_DEPTH][8]
void multiply_fragments(
    float *c, const uint *a, const uint *b, __local float *a_numbers, __local float *b_numbers) {
  const int lane = (int)get_local_id(0) % 32;
  const int g = lane / 4;
  const int t = lane % 4;
  for (int i = 0; i < 4 * NUMBERS; i++) {
#if TF32
    const int row = g + 8 * (i % 2);
    const int column = t + 4 * (i / 2);
#else
    const int row = g + 8 * (i / 2 % 2);
    const int column = 2 * t + i % 2 + 8 * (i / 4);
#endif
    a_numbers[row * FRAGMENT_DEPTH + column] = fragment_number(a, i);
  }
  for (int i = 0; i < 2 * NUMBERS; i++) {
#if TF32
    const int row = t + 4 * i;
#else
    const int row = 2 * t + i % 2 + 8 * (i / 2);
#endif
    b_numbers[row * 8 + g] = fragment_number(b, i);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = 0; i < 4; i++) {
    const int row = g + 8 * (i / 2);
    const int column = 2 * t + i % 2;
    float sum = c[i];
    for (int l = 0; l < FRAGMENT_DEPTH; l++) {
      sum += a_numbers[row * FRAGMENT_DEPTH + l] * b_numbers[l * 8 + column];
    }
    c[i] = sum;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
}

#endif

// What lstm_resident_forward.cl and its backward share: a matrix in the registers of a work-group,
// times a vector for each of its rows.

// H.
#ifndef UNITS
#define UNITS 64
#endif
// Rows of a work-group. One where there are few; more of them share the barriers and the wait for
// the activations, and need 4 registers and 4 to 5 KiB (at H = 64) each.
#ifndef ROWS
#define ROWS 1
#endif
// The length of an item's part of the vector, a multiple of 4: 4 registers for each. Shorter ones make
// more items, a shorter chain of sums, and more parts to exchange.
#ifndef DEPTH
#define DEPTH 16
#endif
// What of that stays in registers, a multiple of 4; the rest lies in private memory. Where a compiler
// is left to choose, with more than there are registers for, it may put most into private memory.
#ifndef HELD
#define HELD DEPTH
#endif
// Whether R can be read in fours: H and its offset are multiples of 4.
#ifndef R_IN_FOURS
#define R_IN_FOURS (UNITS % 4 == 0)
#endif

#define REST (DEPTH - HELD)

#if DEPTH % 4 != 0 || HELD % 4 != 0
#error "the vector is read in fours"
#endif

// The sums of an item's part, for each row.
//
//   m      HELD columns
//   rest   REST more
//   first  the first four of the vector that the item multiplies, of the first row
//   pitch  fours from row to row
void resident_multiply(
    const float4 *m, const float4 *rest, __local const float4 *first, const int pitch,
    float4 *sums) {
#pragma unroll
  for (int row = 0; row < ROWS; row++) {
    sums[row] = (float4)(0.0f);
  }
#pragma unroll
  for (int l = 0; l < HELD / 4; l++) {
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
      const float4 four = first[row * pitch + l];
      sums[row] += four.s0 * m[4 * l];
      sums[row] += four.s1 * m[4 * l + 1];
      sums[row] += four.s2 * m[4 * l + 2];
      sums[row] += four.s3 * m[4 * l + 3];
    }
  }
#if REST > 0
  // Not unrolled: numbers of known places the compiler would put into registers.
#pragma unroll 1
  for (int l = 0; l < REST / 4; l++) {
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
      const float4 four = first[row * pitch + HELD / 4 + l];
      sums[row] += four.s0 * rest[4 * l];
      sums[row] += four.s1 * rest[4 * l + 1];
      sums[row] += four.s2 * rest[4 * l + 2];
      sums[row] += four.s3 * rest[4 * l + 3];
    }
  }
#else
  (void)rest;
#endif
}

// What every kernel file may use. It is put before each of them when a program is built.
//
// The legend of all kernels: T time steps, B rows of the batch, I inputs, H units of a layer, P the
// width of a projected h, O outputs, 4H gate columns in the order i, f, g, o, of which g is the
// candidate; W, R and W_hr the matrices of the inputs, of h and of the projection; h and c the hidden
// state and the cell, C the cell before any of the old one is kept; a the gates' arguments; dL/dx, or
// dx for short, the gradient of the loss. Arrays are row-major, last index fastest.
//
// Counts are ints. Indices into memory are size_t and offsets ulong, because a product of shapes
// can pass 2^31. Offsets count elements, not bytes.

// 1 / (1 + e^-x). exp gives infinity for a large -x, so both ends are met exactly: 0 at -infinity
// and 1 at +infinity; NaN stays NaN.
float sigmoid(const float x) {
  return 1.0f / (1.0f + exp(-x));
}

// The derivative of the sigmoid, from its value y.
float sigmoid_slope(const float y) {
  return y * (1.0f - y);
}

// The derivative of the hyperbolic tangent, from its value y. As a product of two factors it does
// not cancel where y is near 1.
float tanh_slope(const float y) {
  return (1.0f - y) * (1.0f + y);
}

// The hyperbolic tangent, within 3e-7 of its size everywhere, +-1 at infinity.
//
// By two ways, of which one is taken without a branch: items of a work-group differ, and a branch
// would keep the many tanhs and sigmoids of a cell from being computed side by side. Near 0, where the
// other way loses digits, x + x^3 p(x^2) with the least largest relative error up to 0.6, 3e-9.
float saturating_tanh(const float x) {
  const float size = fabs(x);
  const float square = x * x;
  const float p =
      -0.333333f +
      square * (0.13331924f +
                square * (-0.05378383f + square * (0.02079597f - square * 0.005895156f)));
  const float near_zero = x + x * (square * p);
  const float beyond = copysign(1.0f - 2.0f / (exp(2.0f * size) + 1.0f), x);
  return size < 0.6f ? near_zero : beyond;
}

// x cut to +-limit, where there is one; a limit of 0 is none. A NaN stays.
float clipped(const float x, const float limit) {
  return limit > 0.0f && x > limit ? limit : limit > 0.0f && x < -limit ? -limit : x;
}

// The derivative of clipped, which is 1 inside and 0 outside.
bool passes_clip(const float x, const float limit) {
  return !(limit > 0.0f) || fabs(x) < limit;
}

// The gradient g of a parameter p as an optimizer takes it: cut to +-limit, plus penalty * p. A NaN
// is neither above nor below the limit and stays.
float adjusted(const float g, const float p, const float limit, const float penalty) {
  return (g > limit ? limit : g < -limit ? -limit : g) + penalty * p;
}

// The sum of one value of each work-item, for all of them. Always in the same order: a tree.
//
//   values   as many floats of local memory as the work-group has items, a power of two; free to be
//            used again when this returns
float work_group_sum(__local float *values, const float value) {
  const int item = (int)get_local_id(0);
  values[item] = value;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int half_size = (int)get_local_size(0) / 2; half_size > 0; half_size /= 2) {
    if (item < half_size) {
      values[item] += values[item + half_size];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const float sum = values[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  return sum;
}

// The same of four values at once.
float4 work_group_sums(__local float4 *values, const float4 value) {
  const int item = (int)get_local_id(0);
  values[item] = value;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int half_size = (int)get_local_size(0) / 2; half_size > 0; half_size /= 2) {
    if (item < half_size) {
      values[item] += values[item + half_size];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const float4 sum = values[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  return sum;
}

// The random generator Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011). Four numbers depend on the key and the counter alone, so that a mask is not stored but
// drawn again, by whichever work-item needs it.
//
//   seed                         the key
//   block, batch_number, stream  the counter, block in its two lower words
uint4 philox_block(
    const ulong seed, const ulong block, const uint batch_number, const uint stream) {
  uint4 counter = (uint4)((uint)block, (uint)(block >> 32), batch_number, stream);
  uint2 key = (uint2)((uint)seed, (uint)(seed >> 32));
  for (int round = 0; round < 10; round++) {
    const uint first = 0xD2511F53u;
    const uint second = 0xCD9E8D57u;
    counter = (uint4)(
        mul_hi(counter.z, second) ^ counter.y ^ key.x, counter.z * second,
        mul_hi(counter.x, first) ^ counter.w ^ key.y, counter.x * first);
    key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
  }
  return counter;
}

// Number `element` % 4 of block `element` / 4: 32 random bits.
uint random_bits(
    const ulong seed, const ulong element, const uint batch_number, const uint stream) {
  const uint4 bits = philox_block(seed, element / 4, batch_number, stream);
  const uint lane = (uint)(element % 4);
  return lane == 0 ? bits.s0 : lane == 1 ? bits.s1 : lane == 2 ? bits.s2 : bits.s3;
}

// Whether 32 random bits, as a fraction of one, are below a share.
bool is_hit(const uint bits, const float share) {
  return (float)(bits >> 8) * 0x1p-24f < share;
}

// How much a unit keeps of its state before a step, because of zoneout.
//
//   kind   0 nothing; 1 all or nothing, as the random mask has it; 2 the share itself
float zoneout(
    const int kind, const float share, const ulong seed, const uint batch_number,
    const uint stream, const ulong element) {
  if (kind == 1) {
    return is_hit(random_bits(seed, element, batch_number, stream), share) ? 1.0f : 0.0f;
  }
  return kind == 2 ? share : 0.0f;
}

// How weights and outputs are stored: 0 as float32; 1 as float16; 2 as bfloat16, the upper half of a
// float32. Nothing is computed in 16 bits.
#ifndef STORAGE
#define STORAGE 0
#endif

// The 16 bits next to x, to even where two are as near. Beyond the largest float16 is infinity.
ushort narrowed(const float x) {
#if STORAGE == 1
  ushort bits;
  vstore_half_rte(x, 0, (half *)&bits);
  return bits;
#else
  const uint bits = as_uint(x);
  // A NaN must not be rounded up to an infinity.
  return isnan(x) ? (ushort)(bits >> 16 | 0x40)
                  : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
#endif
}

// The number that 16 bits stand for.
float widened(const ushort bits) {
#if STORAGE == 1
  return vload_half(0, (const half *)&bits);
#else
  return as_float((uint)bits << 16);
#endif
}

// x as it is stored.
float rounded(const float x) {
#if STORAGE == 0
  return x;
#else
  return widened(narrowed(x));
#endif
}

// What every kernel file may use. It is put before each of them when a program is built.
//
// The legend of all kernels: T time steps, B rows of the batch, I inputs, H units of a layer, O
// outputs, 4H gate columns in the order i, f, g, o. Arrays are row-major, last index fastest.
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

// The hyperbolic tangent. Beyond 10 it differs from +-1 by less than half a unit in the last place,
// but not every OpenCL gets there, not even at infinity.
float saturating_tanh(const float x) {
  return fabs(x) > 10.0f ? copysign(1.0f, x) : tanh(x);
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

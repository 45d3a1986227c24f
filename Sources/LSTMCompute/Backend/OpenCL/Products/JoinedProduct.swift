internal import OpenCL

/// A product with the left operand of another one, in the same launch.
struct JoinedProduct {
  /// `[k - skipped, n]`.
  var b: MatrixOperand
  /// `[slices][m, n]`, in the buffer of the other one's result.
  var c: MatrixOperand
  /// `n`.
  var columns: Int
  /// How many of the other one's `k` come before the first of this one's.
  var skipped: Int
}

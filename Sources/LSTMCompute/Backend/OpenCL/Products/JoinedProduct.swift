internal import OpenCL

/// A product with the left operand of another one, in the same launch.
package struct JoinedProduct {
  /// `[k - skipped, n]`.
  package var b: MatrixOperand
  /// `[slices][m, n]`, in the buffer of the other one's result.
  package var c: MatrixOperand
  /// `n`.
  package var columns: Int
  /// How many of the other one's `k` come before the first of this one's.
  package var skipped: Int

  package init(b: MatrixOperand, c: MatrixOperand, columns: Int, skipped: Int) {
    self.b = b
    self.c = c
    self.columns = columns
    self.skipped = skipped
  }
}

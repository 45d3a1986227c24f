internal import OpenCL

/// The gradients of a backward pass in slices, which are added up once, at its end.
final class GradientSlices {
  /// Into how many slices the sums over all steps and rows are cut.
  let count: Int
  private let gradient: Buffer<Float>
  /// `[count, parameters]`, where there is more than one slice.
  private let parts: Buffer<Float>?
  /// What was written since the last sum.
  private var ranges: [Range<Int>] = []
  /// By what it is still to be multiplied.
  private var factor: Float = 1

  init(count: Int, of gradient: Buffer<Float>, in context: Context) throws(OpenCLError) {
    self.count = count
    self.gradient = gradient
    parts = count == 1 ? nil : try Buffer(count: count * gradient.count, in: context)
  }

  var slices: ProductSlices { ProductSlices(count: count, pitch: gradient.count) }

  /// Where the gradient of a matrix goes, in its first slice.
  func place(of slice: ParameterSlice) -> MatrixOperand {
    MatrixOperand(parts ?? gradient, offset: slice.offset, pitch: slice.shape[1])
  }

  /// Notes that gradients are written, all of which are to be multiplied by one factor.
  ///
  /// - Returns: What a product is multiplied by.
  func write(_ written: [ParameterSlice], factor: Float) -> Float {
    guard parts != nil else { return factor }
    ranges += written.map(\.range)
    self.factor = factor
    return 1
  }

  /// Adds the slices up: a launch for each stretch of gradients that lie one after the other.
  func sum(on queue: CommandQueue, _ sumSlices: () throws(OpenCLError) -> SumSlices)
    throws(OpenCLError)
  {
    guard let parts, !ranges.isEmpty else { return }
    defer { ranges = [] }
    var stretches: [Range<Int>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = stretches.last, last.upperBound == range.lowerBound {
        stretches[stretches.count - 1] = last.lowerBound..<range.upperBound
      } else {
        stretches.append(range)
      }
    }
    let sum = try sumSlices()
    for range in stretches {
      try sum(
        on: queue, count: range.count, slices: count, pitch: gradient.count, of: parts,
        from: range.lowerBound, into: gradient, at: range.lowerBound, factor: factor)
    }
  }
}

package import OpenCL

/// A product of which every rounding is known, to see whether tensor cores compute it right.
///
/// Operands are whole numbers of as many bits as the format has, plus less than half a unit. So what
/// comes out is the product of the whole numbers where operands were rounded to the nearest, and
/// something else where they were cut off, taken for another format or put in another place.
package struct TensorCoreProbe {
  /// No size is a whole number of fragments or tiles; k has several tiles.
  private static let size = ProductSize(m: 67, n: 35, k: 75)
  /// The most that an element may be off, relative to the sum of its terms' magnitudes.
  ///
  /// Sums of k terms in float32, which tensor cores may cut off instead of rounding, err by less than
  /// k / 8 * 2^-23 of that; a format with one bit less would err by about 2^-14.
  private static let tolerance = 0x1p-17

  /// What keeps a device from multiplying in a precision; `nil` where it does so right.
  ///
  /// Found out once for a context.
  static func refusal(of precision: Precision, in context: Context) -> String? {
    context.fact("tensor cores, \(precision.rawValue)") {
      guard context.device.takesPTX else { return "its compiler does not take PTX" }
      return failure(of: precision, .ptx, in: context)
    }
  }

  /// The instructions of a device that multiplies right.
  static func quickest(in context: Context) -> TensorProduct.Instructions {
    context.fact("instructions of tensor cores") {
      failure(of: .tf32, .ptx90, in: context) == nil ? .ptx90 : .ptx
    }
  }

  /// What is wrong with the products that instructions give; `nil` where nothing is.
  package static func failure(
    of precision: Precision, _ instructions: TensorProduct.Instructions, in context: Context
  ) -> String? {
    do throws(OpenCLError) {
      let error = try TensorCoreProbe(precision).error(instructions, in: context)
      guard error <= tolerance else {
        return "products in \(precision.rawValue) are off by \(Float(error)) of their terms"
      }
      return nil
    } catch {
      return error.description
    }
  }

  private let precision: Precision
  /// `[m, k]` and `[n, k]`, as they are multiplied.
  private let exact: (a: [Double], b: [Double])
  /// The same before they are rounded.
  private let given: (a: [Float], b: [Float])

  private init(_ precision: Precision) {
    self.precision = precision
    var generator = PhiloxGenerator(seed: 1, stream: .data)
    let whole = precision == .bf16 ? 128 : 1024
    func operand(_ count: Int) -> (exact: [Double], given: [Float]) {
      var (exact, given): ([Double], [Float]) = ([], [])
      for _ in 0..<count {
        let bits = generator.nextBits()
        // Not the first, below which numbers lie closer.
        let number = Float(whole + 1 + Int(bits >> 4) % (whole - 1))
        let sign: Float = bits & 1 == 0 ? 1 : -1
        exact.append(Double(sign * number))
        given.append(sign * (number + 0.96 * (generator.nextUnitFloat() - 0.5)))
      }
      return (exact, given)
    }
    let (a, b) = (operand(Self.size.m * Self.size.k), operand(Self.size.n * Self.size.k))
    exact = (a.exact, b.exact)
    given = (a.given, b.given)
  }

  /// The largest error of the product with the right operand in float32, and as it is stored.
  private func error(
    _ instructions: TensorProduct.Instructions, in context: Context
  ) throws(OpenCLError) -> Double {
    let queue = try CommandQueue(context)
    let library = KernelLibrary(context)
    let (a, b) = (
      try Buffer<Float>(count: given.a.count, in: context),
      try Buffer<Float>(count: given.b.count, in: context)
    )
    try queue.write(given.a, to: a)
    try queue.write(given.b, to: b)
    var worst = 0.0
    for isStored in precision.storage == 0 ? [false] : [false, true] {
      let product = try TensorProduct(
        library,
        .init(.transposedB, format: precision, storage: isStored ? precision : .float32),
        instructions)
      let (size, k) = (Self.size, Self.size.k)
      let c = try Buffer<Float>(count: size.m * size.n, in: context)
      try queue.fill(c, with: .nan)
      if isStored {
        let bits = try Buffer<UInt16>(count: given.b.count, in: context)
        try Narrow(library, precision)(on: queue, b, at: 0, into: bits)
        try product(
          on: queue, size, MatrixOperand(a, pitch: k), MatrixElements(bits, pitch: k),
          into: MatrixOperand(c, pitch: size.n))
      } else {
        try product(
          on: queue, size, MatrixOperand(a, pitch: k), MatrixOperand(b, pitch: k),
          into: MatrixOperand(c, pitch: size.n))
      }
      worst = max(worst, error(of: try queue.read(c)))
    }
    return worst
  }

  /// Infinity where a number is none.
  private func error(of values: [Float]) -> Double {
    var worst = 0.0
    for (index, value) in values.enumerated() {
      let (row, column) = (index / Self.size.n * Self.size.k, index % Self.size.n * Self.size.k)
      var (sum, size) = (0.0, 0.0)
      for l in 0..<Self.size.k {
        let term = exact.a[row + l] * exact.b[column + l]
        sum += term
        size += abs(term)
      }
      let error = abs(Double(value) - sum) / size
      // Written so that NaN fails.
      guard error <= 1 else { return .infinity }
      worst = max(worst, error)
    }
    return worst
  }
}

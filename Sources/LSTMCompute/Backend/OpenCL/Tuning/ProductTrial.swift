internal import OpenCL

/// A product of one kind and size, to be computed with any tiles.
final class ProductTrial {
  /// Float sums of some thousand terms, over a whole row.
  private static let tolerance = 1e-5

  private let kind: MatrixProduct.Kind
  private let size: ProductSize
  private let library: KernelLibrary
  private let queue: CommandQueue
  private let a: MatrixOperand
  private let b: MatrixOperand
  /// `[m, n]`.
  let result: Buffer<Float>
  /// `[n]`, by which the result is multiplied to be compared.
  private let probe: [Double]
  /// `[m]`, what comes out then.
  private let expected: [Double]

  /// Made-up operands on the device of a queue that profiles.
  init(
    _ kind: MatrixProduct.Kind, _ size: ProductSize, on queue: CommandQueue
  ) throws(OpenCLError) {
    self.kind = kind
    self.size = size
    self.queue = queue
    let context = queue.context
    library = KernelLibrary(context)
    var generator = PhiloxGenerator(seed: 5, stream: .data)
    func values(_ count: Int) -> [Float] {
      (0..<count).map { _ in 2 * generator.nextUnitFloat() - 1 }
    }
    func uploaded(_ values: [Float]) throws(OpenCLError) -> Buffer<Float> {
      let buffer = try Buffer<Float>(count: values.count, in: context)
      try queue.write(values, to: buffer)
      return buffer
    }
    let (m, n, k) = (size.m, size.n, size.k)
    let left = values(m * k)
    let right = values(k * n)
    probe = values(n).map(Double.init)
    a = MatrixOperand(try uploaded(left), pitch: kind == .transposedA ? m : k)
    b = MatrixOperand(try uploaded(right), pitch: kind == .transposedB ? k : n)
    result = try Buffer(count: m * n, in: context)

    // C v = A (B v): k (m + n) operations in place of k m n, and no element can be wrong unseen.
    var inner = [Double](repeating: 0, count: k)
    for index in right.indices {
      let (l, column) = kind == .transposedB ? (index % k, index / k) : (index / n, index % n)
      inner[l] += Double(right[index]) * probe[column]
    }
    var outer = [Double](repeating: 0, count: m)
    for index in left.indices {
      let (row, l) = kind == .transposedA ? (index % m, index / m) : (index / k, index % k)
      outer[row] += Double(left[index]) * inner[l]
    }
    expected = outer
  }

  /// The product with some tiles.
  func trial(_ tiles: ProductTiles) throws -> Contest<ProductTiles>.Trial {
    let product = try MatrixProduct(library, kind, tiles: tiles)
    let sum = try SumSlices(library)
    // As the passes do it: only the sums of weight gradients are long enough to be cut.
    let slices =
      kind == .transposedA
      ? ProductSlices.count(
        for: size, tiles, elements: size.m * size.n,
        computeUnits: queue.context.device.computeUnits)
      : 1
    let (queue, size, a, b, result) = (queue, size, a, b, result)
    let parts =
      slices == 1
      ? result : try Buffer<Float>(count: slices * size.m * size.n, in: queue.context)
    func compute() throws(OpenCLError) {
      try product(
        on: queue, size, a, b, into: MatrixOperand(parts, pitch: size.n),
        slices: ProductSlices(count: slices, pitch: size.m * size.n))
      if slices > 1 {
        try sum(on: queue, count: size.m * size.n, slices: slices, of: parts, into: result)
      }
    }
    // What is not written must be seen.
    try queue.fill(result, with: .nan)
    try compute()
    let error = try error(of: queue.read(result))
    return Contest.Trial(error: error / Self.tolerance) {
      _ = try queue.takeKernelTime()
      try compute()
      return try queue.takeKernelTime()
    }
  }

  /// The relative L2 error of `C v`.
  func error(of values: [Float]) -> Double {
    var difference = 0.0
    var norm = 0.0
    for row in 0..<size.m {
      var sum = 0.0
      for column in 0..<size.n { sum += Double(values[row * size.n + column]) * probe[column] }
      difference += (sum - expected[row]) * (sum - expected[row])
      norm += expected[row] * expected[row]
    }
    return (difference / norm).squareRoot()
  }
}

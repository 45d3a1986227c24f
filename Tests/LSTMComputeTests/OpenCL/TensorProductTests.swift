import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

/// Products on tensor cores, with the one instruction emulated, against plain loops in Double.
@Suite(.enabled(if: KernelBench.hasDevice)) struct TensorProductTests {
  /// Around a fragment's 16 x 8, the tile's 64 and the depth's 16 or 32, and odd ones.
  static let sizes: [ProductSize] =
    [
      (1, 1, 1), (1, 70, 3), (70, 1, 5), (2, 3, 70), (15, 16, 17), (17, 9, 33), (63, 64, 65),
      (64, 64, 32), (65, 67, 31), (5, 130, 9), (130, 7, 40), (3, 5, 0),
    ].map { ProductSize(m: $0, n: $1, k: $2) }

  /// Those that networks have: each of others would take seconds to build.
  @Test(arguments: KernelCatalog.tensorProducts, sizes)
  func matchesPlainLoops(variant: TensorProduct.Variant, size: ProductSize) throws {
    let (m, n, k) = (size.m, size.n, size.k)
    var worst = WorstError()
    let kind = variant.kind
    let bench = try KernelBench()
    var generator = PhiloxGenerator(seed: 2, stream: .data)
    let a =
      kind == .transposedA
      ? OperandMatrix(rows: k, columns: m, &generator)
      : OperandMatrix(rows: m, columns: k, &generator)
    let b =
      kind == .transposedB
      ? OperandMatrix(rows: n, columns: k, &generator)
      : OperandMatrix(rows: k, columns: n, &generator)
    func left(_ row: Int, _ l: Int) -> Float {
      kind == .transposedA ? a.element(l, row) : a.element(row, l)
    }
    func right(_ l: Int, _ column: Int) -> Float {
      kind == .transposedB ? b.element(column, l) : b.element(l, column)
    }
    let stored = variant.storage == .float32 ? variant.format : variant.storage
    let exact = PlainLoops.product(
      m, n, 0..<k, { Rounding16.rounded(left($0, $1), variant.format) },
      { Rounding16.rounded(right($0, $1), stored) })
    let rowSums = PlainLoops.product(m, 1, 0..<k, left) { _, _ in 1 }
    let bias = generator.values(2 * n)
    let before = generator.values(m * n)

    let product = try TensorProduct(bench.library, variant, .emulated)
    let accumulates = variant.accumulates
    for (slices, biasTerms) in accumulates ? [(1, 1)] : [(1, 0), (1, 2), (3, 0)] {
      // Each slice of c is followed by two copies of the row sums.
      let pitch = m * n + 2 * m
      let c = try bench.poisoned(slices * pitch)
      if accumulates { try bench.queue.write(before, to: c) }
      func multiply(_ right: MatrixElements<some BitwiseCopyable>) throws {
        try product(
          on: bench.queue, size, a.operand(bench), right, into: MatrixOperand(c, pitch: n),
          factor: 0.25, slices: ProductSlices(count: slices, pitch: pitch),
          bias: biasTerms == 0
            ? nil : ProductBias(bench.buffer(bias), offset: 0, terms: biasTerms),
          rowSums: ProductRowSums(offset: m * n, copies: 2))
      }
      if variant.storage == .float32 {
        try multiply(b.operand(bench))
      } else {
        try multiply(b.stored(bench, variant.storage))
      }
      let values = try bench.queue.read(c).map(Double.init)
      var sums = [Double](repeating: 0, count: pitch)
      for slice in 0..<slices {
        for index in sums.indices { sums[index] += values[slice * pitch + index] }
      }
      let expected = exact.indices.map { index in
        (0..<biasTerms).reduce(0.25 * exact[index] + (accumulates ? Double(before[index]) : 0)) {
          $0 + Double(bias[$1 * n + index % n])
        }
      }
      let name = "\(kind), \(slices) slices, \(biasTerms) biases"
      // Products are exact; a few roundings of 6e-8 are left, far below what operands have.
      worst.expect(
        sums[..<(m * n)], expected, within: 1e-6, floor: 0.25 * Double(m * n * k).squareRoot(),
        name)
      for copy in 0..<2 {
        let start = m * n + copy * m
        worst.expect(
          sums[start..<start + m], rowSums.map { 0.25 * $0 }, within: 1e-6,
          floor: 0.25 * Double(m * k).squareRoot(), "row sums of \(name)")
      }
    }
    print("tensor product|\(variant.format)|\(variant.storage)|\(size)|\(worst)")
  }

  @Test(arguments: [Precision.tf32, .bf16, .float16])
  func givesTheSameBitsAgain(format: Precision) throws {
    let bench = try KernelBench()
    let product = try TensorProduct(bench.library, .init(.transposedA, format: format), .emulated)
    var generator = PhiloxGenerator(seed: 3, stream: .data)
    let a = try bench.buffer(generator.values(1000 * 70))
    let b = try bench.buffer(generator.values(1000 * 33))
    let results = try (0..<2).map { _ in
      let c = try bench.poisoned(4 * 70 * 33)
      try product(
        on: bench.queue, ProductSize(m: 70, n: 33, k: 1000), MatrixOperand(a, pitch: 70),
        MatrixOperand(b, pitch: 33), into: MatrixOperand(c, pitch: 33),
        slices: ProductSlices(count: 4, pitch: 70 * 33))
      return try bench.queue.read(c).map(\.bitPattern)
    }
    #expect(results[0] == results[1])
  }

  /// A NaN or an infinity among the operands is one in the products it belongs to, and only there.
  @Test(arguments: [Precision.tf32, .bf16, .float16], [Float.nan, .infinity])
  func keepsWhatIsNoNumber(format: Precision, value: Float) throws {
    let bench = try KernelBench()
    let product = try TensorProduct(bench.library, .init(.plain, format: format), .emulated)
    var a = [Float](repeating: 1, count: 5 * 3)
    a[2 * 3 + 1] = value
    let c = try bench.poisoned(5 * 4)
    try product(
      on: bench.queue, ProductSize(m: 5, n: 4, k: 3), MatrixOperand(bench.buffer(a), pitch: 3),
      MatrixOperand(bench.buffer([Float](repeating: 2, count: 12)), pitch: 4),
      into: MatrixOperand(c, pitch: 4))
    let values = try bench.queue.read(c)
    for (index, result) in values.enumerated() {
      let isRight =
        index / 4 != 2 ? result == 6 : value.isNaN ? result.isNaN : result == .infinity
      #expect(isRight, "element \(index) is \(result)")
    }
  }

  @Test(arguments: [Precision.tf32, .bf16, .float16])
  func theProbePassesWhatIsRight(precision: Precision) throws {
    let bench = try KernelBench()
    let failure = TensorCoreProbe.failure(of: precision, .emulated, in: bench.library.context)
    #expect(failure == nil)
  }

  /// PoCL's compiler would not survive another machine's instructions; it must never see them.
  @Test func aProcessorHasNone() throws {
    let device = try #require(try OpenCLDevice.all().first)
    guard device.isProcessor else { return }
    let found = try TensorCores.of(device)
    #expect(found.description == "none")
    #expect(found.precisions.isEmpty)
    #expect(Set(found.refusals.keys) == [.tf32, .bf16, .float16])
    let context = try KernelBench().library.context
    #expect(try TensorCores.instructions(for: .bf16, in: context) == nil)
    #expect(try TensorCores.instructions(for: .float32, in: context) == nil)
    do {
      _ = try OpenCLBackend(deviceIndex: device.index, precision: .tf32)
      Issue.record("tf32 was not refused")
    } catch {
      #expect(error.description.contains("tf32 needs tensor cores"))
      #expect(error.description.contains("use the precision float32, or bf16 or float16"))
    }
  }
}

/// Numbers rounded on the host.
enum Rounding16 {
  /// The 16 bits nearest to a number, to even where two are as near.
  static func bits(_ value: Float, _ precision: Precision) -> UInt16 {
    if precision == .float16 { return Float16(value).bitPattern }
    if value.isNaN { return 0x7FC0 }
    return UInt16(nearest(value, without: 16) >> 16)
  }

  /// A number as it is multiplied in a precision.
  static func rounded(_ value: Float, _ precision: Precision) -> Float {
    switch precision {
    case .float32: value
    case .tf32: Float(bitPattern: nearest(value, without: 13))
    case .float16: Float(Float16(value))
    case .bf16: Float(bitPattern: nearest(value, without: 16))
    }
  }

  /// The nearest bits that end in so many zeros, to even where two are as near.
  private static func nearest(_ value: Float, without count: Int) -> UInt32 {
    let unit = UInt32(1) << UInt32(count)
    let bits = value.bitPattern
    let (below, rest) = (bits / unit * unit, bits % unit)
    let isOdd = bits / unit % 2 == 1
    return rest > unit / 2 || rest == unit / 2 && isOdd ? below + unit : below
  }
}

import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

@Suite(.enabled(if: KernelBench.hasDevice)) struct MatrixProductTests {
  /// Around the tile's 64 and the depth's 16, and odd ones.
  static let sizes: [ProductSize] =
    [
      (1, 1, 1), (1, 70, 3), (70, 1, 5), (2, 3, 70), (15, 16, 17), (16, 15, 33), (31, 65, 1),
      (63, 64, 65), (64, 64, 16), (65, 63, 31), (66, 67, 68), (70, 70, 70), (5, 130, 9),
      (130, 7, 40), (3, 5, 0),
    ].map { ProductSize(m: $0, n: $1, k: $2) }

  @Test(arguments: MatrixProduct.Kind.allCases, sizes)
  func matchesPlainLoops(kind: MatrixProduct.Kind, size: ProductSize) throws {
    try check(kind, size, tiles: nil)
  }

  /// Ends within the largest tile, a few rows, and no whole number of any depth.
  @Test(arguments: MatrixProduct.Kind.allCases, ProductTiles.candidates)
  func isRightWithEveryTile(kind: MatrixProduct.Kind, tiles: ProductTiles) throws {
    for (m, n, k) in [(133, 67, 35), (3, 131, 50), (1, 1, 1)] {
      try check(kind, ProductSize(m: m, n: n, k: k), tiles: tiles)
    }
  }

  private func check(_ kind: MatrixProduct.Kind, _ size: ProductSize, tiles: ProductTiles?) throws {
    let bench = try KernelBench()
    let product = try MatrixProduct(bench.library, kind, tiles: tiles)
    var generator = PhiloxGenerator(seed: 2, stream: .data)
    let (m, n, k) = (size.m, size.n, size.k)
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
    let bias = generator.values(2 * n)

    for (slices, biasTerms) in [(1, 0), (1, 1), (1, 2), (2, 0), (5, 0)] {
      let factor: Float = slices == 1 ? 1 : 0.25
      // Each slice of c is followed by two copies of the row sums.
      let pitch = m * n + 2 * m
      let c = try bench.poisoned(slices * pitch)
      try product(
        on: bench.queue, size, a.operand(bench), b.operand(bench), into: MatrixOperand(c, pitch: n),
        factor: factor, slices: ProductSlices(count: slices, pitch: pitch),
        bias: biasTerms == 0
          ? nil : ProductBias(bench.buffer(bias), offset: 0, terms: biasTerms),
        rowSums: ProductRowSums(offset: m * n, copies: 2))
      let values = try bench.queue.read(c).map(Double.init)

      var sums = [Double](repeating: 0, count: pitch)
      for slice in 0..<slices {
        for index in sums.indices { sums[index] += values[slice * pitch + index] }
      }
      var expected = PlainLoops.product(m, n, 0..<k, left, right)
      for index in expected.indices {
        for term in 0..<biasTerms { expected[index] += Double(bias[term * n + index % n]) }
      }
      for index in expected.indices { expected[index] *= Double(factor) }
      let rowSums = PlainLoops.product(m, 1, 0..<k, left) { _, _ in 1 }
      var worst = WorstError()
      let name = "\(slices) slices, \(biasTerms) biases"
      worst.expect(sums[..<(m * n)], expected, within: kernelTolerance, "product in \(name)")
      // The sums cancel: only an absolute error says something.
      for copy in 0..<2 {
        let start = m * n + copy * m
        for (sum, expected) in zip(sums[start..<start + m], rowSums) {
          #expect(
            abs(sum - Double(factor) * expected) <= 1e-6 * Double(k + 1), "row sums in \(name)")
        }
      }
    }
  }

  /// Two products of one left operand, the second without the first rows, as W and R have them.
  @Test(arguments: [
    (70, 8, 67, 90, 7), (3, 65, 1, 40, 33), (130, 1, 5, 17, 17), (5, 64, 64, 64, 0),
  ])
  func computesTwoProductsAtOnce(m: Int, n: Int, columns: Int, k: Int, skipped: Int) throws {
    let bench = try KernelBench()
    let product = try MatrixProduct(bench.library, .transposedA, joined: true)
    var generator = PhiloxGenerator(seed: 4, stream: .data)
    let a = OperandMatrix(rows: k, columns: m, &generator)
    let b = OperandMatrix(rows: k, columns: n, &generator)
    let second = OperandMatrix(rows: k - skipped, columns: columns, &generator)
    for slices in [1, 4] {
      let pitch = m * n + m * columns + m
      let c = try bench.poisoned(slices * pitch)
      try product(
        on: bench.queue, ProductSize(m: m, n: n, k: k), a.operand(bench), b.operand(bench),
        into: MatrixOperand(c, pitch: n), factor: 0.5,
        slices: ProductSlices(count: slices, pitch: pitch),
        rowSums: ProductRowSums(offset: m * n + m * columns, copies: 1),
        and: JoinedProduct(
          b: second.operand(bench), c: MatrixOperand(c, offset: m * n, pitch: columns),
          columns: columns, skipped: skipped))
      let values = try bench.queue.read(c).map(Double.init)
      var sums = [Double](repeating: 0, count: pitch)
      for slice in 0..<slices {
        for index in sums.indices { sums[index] += 2 * values[slice * pitch + index] }
      }
      let expected = [
        PlainLoops.product(m, n, 0..<k, { a.element($1, $0) }, { b.element($0, $1) }),
        PlainLoops.product(
          m, columns, 0..<(k - skipped), { a.element($1 + skipped, $0) },
          { second.element($0, $1) }),
        PlainLoops.product(m, 1, 0..<k, { a.element($1, $0) }, { _, _ in 1 }),
      ]
      var worst = WorstError()
      var start = 0
      for (values, name) in zip(expected, ["first", "second", "row sums"]) {
        worst.expect(
          sums[start..<start + values.count], values, within: 10 * kernelTolerance, floor: 1,
          "\(name) in \(slices) slices")
        start += values.count
      }
    }
  }

  @Test func givesTheSameBitsAgain() throws {
    let bench = try KernelBench()
    let product = try MatrixProduct(bench.library, .transposedA)
    var generator = PhiloxGenerator(seed: 3, stream: .data)
    let a = try bench.buffer(generator.values(3000 * 70))
    let b = try bench.buffer(generator.values(3000 * 33))
    let results = try (0..<2).map { _ in
      let c = try bench.poisoned(8 * 70 * 33)
      try product(
        on: bench.queue, ProductSize(m: 70, n: 33, k: 3000), MatrixOperand(a, pitch: 70),
        MatrixOperand(b, pitch: 33), into: MatrixOperand(c, pitch: 33),
        slices: ProductSlices(count: 8, pitch: 70 * 33))
      let sum = try bench.poisoned(70 * 33)
      try SumSlices(bench.library)(
        on: bench.queue, count: 70 * 33, slices: 8, of: c, into: sum)
      return try bench.queue.read(sum).map(\.bitPattern)
    }
    #expect(results[0] == results[1])
  }
}

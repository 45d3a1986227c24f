import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

/// Products and sums of `OpenCLOperations` against plain loops in Double.
@Suite(.enabled(if: KernelBench.hasDevice)) struct OpenCLProductTests {
  /// A weight [n, k] and a bias [n], as a head has them; around the tiles of 64 and the depth of 16.
  static let shapes: [(n: Int, k: Int)] = [
    (1, 1), (1, 70), (3, 5), (16, 16), (33, 17), (64, 64), (65, 63), (130, 9), (5, 130),
  ]

  private static func pair(_ shape: (n: Int, k: Int)) throws -> (OperationPair, ParameterLayout) {
    let layout = ParameterLayout(
      try NetworkSpecification(inputSize: 1, hiddenSizes: [shape.k], outputSize: shape.n))
    return (try OperationPair(layout), layout)
  }

  @Test(arguments: shapes, [1, 3, 70]) func products(shape: (n: Int, k: Int), m: Int) throws {
    let (pair, layout) = try Self.pair(shape)
    var generator = PhiloxGenerator(seed: 5, stream: .data)
    var worst = WorstError()
    let weights = try pair.device.weights(layout.head.weight)
    try pair.device.load(weights)
    let expected = pair.reference.weights(layout.head.weight)
    // What sums are relative to that cancel: the size of their terms.
    let floors = (c: Double(shape.k).squareRoot(), e: Double(shape.n).squareRoot())
    for (accumulates, biases) in [(false, []), (true, [layout.head.bias]), (true, [])] {
      let a = try pair.matrix(rows: m, columns: shape.k, &generator)
      let c = try pair.matrix(rows: m, columns: shape.n, isPoisoned: !accumulates, &generator)
      try pair.device.product(
        a.device, weights, biases: biases, into: c.device, rows: m, accumulates: accumulates)
      pair.reference.product(
        a.reference, expected, biases: biases, into: c.reference, rows: m,
        accumulates: accumulates)
      try pair.expect(
        c.memory, floor: floors.c, "product, accumulates \(accumulates), \(biases.count)", &worst)

      let d = try pair.matrix(rows: m, columns: shape.n, &generator)
      let e = try pair.matrix(rows: m, columns: shape.k, isPoisoned: !accumulates, &generator)
      try pair.device.productBackward(
        d.device, weights, into: e.device, rows: m, accumulates: accumulates)
      pair.reference.productBackward(
        d.reference, expected, into: e.reference, rows: m, accumulates: accumulates)
      try pair.expect(
        e.memory, floor: floors.e, "product backward, accumulates \(accumulates)", &worst)
    }
  }

  /// Both biases of a layer, which lie one after the other.
  @Test func addsTwoBiases() throws {
    let layout = ParameterLayout(
      try NetworkSpecification(inputSize: 3, hiddenSizes: [7], outputSize: 1))
    let pair = try OperationPair(layout)
    let slices = layout.cells[0][0]
    var generator = PhiloxGenerator(seed: 6, stream: .data)
    let a = try pair.matrix(rows: 5, columns: 3, &generator)
    let c = try pair.matrix(rows: 5, columns: 28, isPoisoned: true, &generator)
    try pair.device.product(
      a.device, pair.device.weights(slices.inputWeight), biases: slices.biases, into: c.device,
      rows: 5, accumulates: false)
    pair.reference.product(
      a.reference, pair.reference.weights(slices.inputWeight), biases: slices.biases,
      into: c.reference, rows: 5, accumulates: false)
    var worst = WorstError()
    try pair.expect(c.memory, "product", &worst)
  }

  @Test(arguments: shapes, [0, 1, 9, 300, 3000])
  func gradients(shape: (n: Int, k: Int), rows: Int) throws {
    let (pair, layout) = try Self.pair(shape)
    var generator = PhiloxGenerator(seed: 7, stream: .data)
    var worst = WorstError()
    let d = try pair.matrix(rows: rows, columns: shape.n, &generator)
    let a = try pair.matrix(rows: rows, columns: shape.k, &generator)
    let (weight, bias) = layout.head
    try pair.device.weightGradient(
      d.device, a.device, rows: rows, factor: 0.3, into: weight)
    pair.reference.weightGradient(
      d.reference, a.reference, rows: rows, factor: Double(Float(0.3)), into: weight)
    try pair.device.columnSums(d.device, rows: rows, factor: -0.7, into: [bias])
    pair.reference.columnSums(
      d.reference, rows: rows, factor: Double(Float(-0.7)), into: [bias])
    let cells = layout.cells[0][0]
    try pair.device.columnProductSums(
      a.device, a.device, rows: rows, columns: shape.k, factor: 0.3,
      into: cells.recurrentWeight.offset)
    pair.reference.columnProductSums(
      a.reference, a.reference, rows: rows, columns: shape.k, factor: Double(Float(0.3)),
      into: cells.recurrentWeight.offset)
    try pair.expectGradient("gradient", &worst)
  }

  @Test(arguments: [1, 8, 33, 130], [1, 9, 1000])
  func sumsOfTwoBiases(units: Int, rows: Int) throws {
    let layout = ParameterLayout(
      try NetworkSpecification(inputSize: 1, hiddenSizes: [units], outputSize: 1))
    let pair = try OperationPair(layout)
    var generator = PhiloxGenerator(seed: 8, stream: .data)
    let d = try pair.matrix(rows: rows, columns: 4 * units, &generator)
    let biases = layout.cells[0][0].biases
    try pair.device.columnSums(d.device, rows: rows, factor: 0.5, into: biases)
    pair.reference.columnSums(d.reference, rows: rows, factor: 0.5, into: biases)
    var worst = WorstError()
    try pair.expectGradient("gradient", &worst)
  }

  /// Whole numbers that cancel leave nothing, whatever the factor is.
  @Test(arguments: [64, 1000, 40000]) func wholeNumbersCancel(rows: Int) throws {
    let (pair, layout) = try Self.pair((n: 5, k: 3))
    var values = (0..<rows * 5).map { Float($0 % 7) }
    for column in 0..<5 {
      let sum = (0..<rows - 1).reduce(Float(0)) { $0 + values[$1 * 5 + column] }
      values[(rows - 1) * 5 + column] = -sum
    }
    let d = try pair.memory(values)
    try pair.device.columnSums(
      Rows(d.device, pitch: 5), rows: rows, factor: 1 / 3, into: [layout.head.bias])
    #expect(
      try pair.device.read(pair.device.gradient, layout.head.bias.range)
        == [Float](repeating: 0, count: 5))
  }

  @Test func givesTheSameBitsAgain() throws {
    let (pair, layout) = try Self.pair((n: 33, k: 17))
    var generator = PhiloxGenerator(seed: 9, stream: .data)
    let d = try pair.matrix(rows: 5000, columns: 33, &generator)
    let a = try pair.matrix(rows: 5000, columns: 17, &generator)
    let results = try (0..<2).map { _ in
      try pair.device.weightGradient(
        d.device, a.device, rows: 5000, factor: 0.3, into: layout.head.weight)
      try pair.device.columnSums(d.device, rows: 5000, factor: 0.3, into: [layout.head.bias])
      return try pair.device.read(pair.device.gradient, 0..<layout.count).map(\.bitPattern)
    }
    #expect(results[0] == results[1])
  }
}

import TestSupport

@testable import LSTMCompute

/// `product` and `productBackward`.
struct ProductScenario: OperationScenario {
  var rows: Int
  var n: Int
  var k: Int
  var isBackward: Bool
  var biases = 0
  var accumulates = false
  var isSplit = false
  var left = Place()
  var right = Place()

  var description: String {
    "\(isBackward ? "d W" : "a Wᵀ") with m \(rows), n \(n), k \(k), \(biases) biases"
      + (accumulates ? ", added" : "") + (isSplit ? ", split" : "")
  }

  /// Large enough for the weight and biases, which start at an odd place.
  var layout: ParameterLayout { get throws { try .ofCount(n * k + 2 * n + 8) } }

  func run<O: DeviceOperations>(_ bench: OperationBench<O>) throws -> [Recorded] {
    let operations = bench.operations
    var generator = PhiloxGenerator(seed: 7, stream: .data)
    let layout = try layout
    try bench.setParameters(layout, seed: 8)
    let weights = try operations.weights(ParameterSlice(name: "w", shape: [n, k], offset: 3))
    try operations.load(weights)
    let slices = (0..<biases).map {
      ParameterSlice(name: "b", shape: [n], offset: 3 + n * k + $0 * n)
    }
    let (depth, columns) = isBackward ? (n, k) : (k, n)
    let a = try bench.matrix(rows, depth, left, &generator)
    let c =
      try accumulates
      ? bench.matrix(rows, columns, right, &generator)
      : bench.poisonedMatrix(rows, columns, right)
    func multiply(_ range: Range<Int>) throws {
      let (a, c) = (a.dropFirst(range.lowerBound), c.dropFirst(range.lowerBound))
      if isBackward {
        try operations.productBackward(
          a, weights, into: c, rows: range.count, accumulates: accumulates)
      } else {
        try operations.product(
          a, weights, biases: slices, into: c, rows: range.count, accumulates: accumulates)
      }
    }
    if isSplit {
      try operations.split(rows, operations: 2 * rows * n * k, multiply)
    } else {
      try multiply(0..<rows)
    }
    return try bench.read("c", c.memory, right.count(rows, columns))
  }

  /// Every option at sizes around those of tiles, vectors and blocks.
  static let all: [ProductScenario] = {
    let sizes = [
      (1, 1, 1), (1, 130, 67), (2, 4, 130), (3, 5, 7), (5, 17, 16), (6, 64, 33), (7, 33, 129),
      (9, 100, 3), (26, 15, 18), (101, 34, 21), (4, 20, 1050), (100, 48, 515),
    ]
    var all: [ProductScenario] = []
    for (index, (m, n, k)) in sizes.enumerated() {
      for isBackward in [false, true] {
        for accumulates in [false, true] {
          for isSplit in [false, true] {
            let place = Place(offset: index, gap: index % 4)
            all.append(
              ProductScenario(
                rows: m, n: n, k: k, isBackward: isBackward,
                biases: isBackward ? 0 : (index + (isSplit ? 1 : 0)) % 3, accumulates: accumulates,
                isSplit: isSplit, left: place, right: Place(offset: 3, gap: index % 3)))
          }
        }
      }
    }
    return all
  }()
}

/// `weightGradient`, `columnSums` and `columnProductSums`.
struct RowSumScenario: OperationScenario {
  var rows: Int
  var n: Int
  var k: Int
  var place: Place

  var description: String { "sums over \(rows) rows, n \(n), k \(k)" }
  var layout: ParameterLayout { get throws { try .ofCount(n * k + 3 * n + 8) } }

  func run<O: DeviceOperations>(_ bench: OperationBench<O>) throws -> [Recorded] {
    let operations = bench.operations
    var generator = PhiloxGenerator(seed: 9, stream: .data)
    let layout = try layout
    try bench.setParameters(layout, seed: 8)
    let d = try bench.matrix(rows, n, place, &generator)
    let a = try bench.matrix(rows, k, place, &generator)
    let e = try bench.matrix(rows, n, Place(offset: 1, gap: 2), &generator)
    let weight = ParameterSlice(name: "w", shape: [n, k], offset: 3)
    let biases = (0..<2).map {
      ParameterSlice(name: "b", shape: [n], offset: weight.range.upperBound + $0 * n)
    }
    try operations.weightGradient(d, a, rows: rows, factor: 0.375, into: weight)
    try operations.columnSums(d, rows: rows, factor: -1.5, into: biases)
    try operations.columnProductSums(
      d, e, rows: rows, columns: n, factor: 0.75, into: biases[1].range.upperBound)
    return try bench.readGradient(layout)
  }

  static let all: [RowSumScenario] = [
    (1, 1, 1), (2, 130, 1), (9, 1, 130), (3, 7, 5), (5, 40, 3), (45, 68, 17), (127, 12, 64),
    (128, 20, 65), (129, 100, 33), (300, 52, 7), (517, 33, 130), (40, 600, 20), (40, 150, 600),
  ].enumerated().map { index, size in
    RowSumScenario(
      rows: size.0, n: size.1, k: size.2, place: Place(offset: index, gap: index % 4))
  }
}

extension ParameterLayout {
  /// The layout of some network with so many parameters or more.
  static func ofCount(_ count: Int) throws -> ParameterLayout {
    var size = 1
    while 4 * size * size < count { size *= 2 }
    return ParameterLayout(
      try NetworkSpecification(inputSize: 1, hiddenSizes: [size], outputSize: 1))
  }
}

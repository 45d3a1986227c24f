import TestSupport
import Testing

@testable import LSTMCompute

/// The operations that networks with options are composed of, each against plain loops in Double.
@Suite struct OperationTests {
  @Test(arguments: TestedOperations.all)
  func products(tested: TestedOperations) throws {
    try tested.check(ProductScenario.all)
  }

  @Test(arguments: TestedOperations.all)
  func sumsOverRows(tested: TestedOperations) throws {
    try tested.check(RowSumScenario.all)
  }

  /// Sizes around those of vectors, and one beyond the units whose random numbers are drawn at once.
  @Test(arguments: TestedOperations.all, [1, 2, 7, 16, 37])
  func cells(tested: TestedOperations, units: Int) throws {
    try tested.check(CellScenario.all(units: units))
  }

  @Test(arguments: TestedOperations.all)
  func wideCells(tested: TestedOperations) throws {
    for units in [130, 261] {
      // Every seventh, which has all options in turn.
      let all = CellScenario.all(units: units)
      try tested.check(stride(from: 0, to: all.count, by: 7).map { all[$0] })
    }
  }

  @Test(arguments: TestedOperations.all)
  func cellsKeepNaN(tested: TestedOperations) throws {
    try tested.check([5, 16, 37].flatMap { CellScenario.withNaN(units: $0) })
  }

  @Test(arguments: TestedOperations.all)
  func betweenLayers(tested: TestedOperations) throws {
    try tested.check(DropoutScenario.all)
    try tested.check(MergeScenario.all)
  }

  @Test(arguments: TestedOperations.all)
  func seriesAndLosses(tested: TestedOperations) throws {
    try tested.check(GatherScenario.all)
    try tested.check(LossScenario.all)
  }

  @Test(arguments: TestedOperations.all)
  func memoryAndSteps(tested: TestedOperations) throws {
    try tested.check([MemoryScenario()])
    try tested.check(StepScenario.all)
  }

  /// Derivatives that cancel must leave nothing: Adam would make a whole step of what is left.
  @Test(arguments: TestedOperations.all)
  func wholeNumbersCancel(tested: TestedOperations) throws {
    let layout = try ParameterLayout.ofCount(1000)
    // Sums on the way are beyond what a Float has exactly, and others on the way back.
    var generator = PhiloxGenerator(seed: 2, stream: .data)
    let half = (0..<50).map { _ in Float(generator.nextBits() >> 8) }
    let column = half + half[7...].map { -$0 } + half[..<7].map { -$0 }
    let width = 37
    let values = column.flatMap { [Float](repeating: $0, count: width) }
    func check(_ operations: some DeviceOperations) throws {
      let bench = OperationBench(operations: operations)
      try bench.setParameters(layout, seed: 1)
      let d = Rows(try bench.memory(values), pitch: width)
      let ones = Rows(try bench.memory(values.map { _ in 1 }), pitch: width)
      let slice = ParameterSlice(name: "b", shape: [width], offset: 3)
      try operations.columnSums(d, rows: column.count, factor: 0.7, into: [slice])
      try operations.columnProductSums(
        d, ones, rows: column.count, columns: width, factor: 0.7, into: slice.range.upperBound)
      let sums = try operations.read(operations.gradient, 3..<3 + 2 * width)
      #expect(sums.allSatisfy { $0 == 0 })
    }
    try check(tested.make(layout))
    try check(tested.makeAlike(layout))
  }

  private struct Refusal: Error, Equatable {
    let row: Int
  }

  @Test(arguments: TestedOperations.all)
  func splitRethrows(tested: TestedOperations) throws {
    let layout = try ParameterLayout.ofCount(1)
    for make in [tested.make, tested.makeAlike] {
      let operations = try make(layout)
      for _ in 0..<2 {
        #expect(throws: Refusal.self) {
          try operations.split(9, operations: 1_000_000_000) { throw Refusal(row: $0.lowerBound) }
        }
      }
      // Nothing is left of that.
      try operations.split(9, operations: 1_000_000_000) { _ in }
    }
  }
}

/// The random masks, bit for bit.
@Suite struct OperationMaskTests {
  private static let mask = RandomMask(
    share: 0.3, .dropout, seed: 0xFEDC_BA98_7654_3210, batchNumber: 4_000_000_000, layer: 3,
    direction: 1)

  @Test(arguments: TestedOperations.all)
  func dropoutHitsTheSame(tested: TestedOperations) throws {
    let layout = try ParameterLayout.ofCount(1)
    func check(_ operations: some DeviceOperations) throws {
      let bench = OperationBench(operations: operations)
      for first in [0, 1, 6, 1 << 32, (1 << 34) - 9] {
        let count = 1001
        let memory = try bench.memory(Array(repeating: 1, count: count))
        let rows = Rows(memory, pitch: count)
        try operations.dropout(
          rows, elements: first..<first + count, Self.mask, into: rows, accumulates: false)
        let kept = try operations.read(memory, 0..<count).map { $0 != 0 }
        let expected = (first..<first + count).map { !Self.mask.isHit($0) }
        #expect(kept == expected, "from \(first)")
        #expect(expected.contains(true) && expected.contains(false))
      }
    }
    try check(tested.make(layout))
    try check(tested.makeAlike(layout))
  }
}

import TestSupport
import Testing

@testable import LSTMCompute

/// Steps of layers with options on OpenCL devices against plain loops in Double.
@Suite(.enabled(if: KernelBench.hasDevice)) struct OpenCLCellTests {
  /// Around the ends of work-groups of 32 items, which a processor has, and of 64 and 128.
  ///
  /// A normalized pair of units is nearly always
  /// ±1, and what flows back through it is but rounding; so there is none.
  static let shapes: [(units: Int, batch: Int)] = [
    (1, 1), (3, 9), (5, 2), (17, 3), (32, 1), (33, 4), (65, 5), (130, 9),
  ]

  @Test(arguments: OpenCLCellCase.all, shapes)
  func matchesPlainLoops(test: OpenCLCellCase, shape: (units: Int, batch: Int)) throws {
    var worst = WorstError()
    for isReverse in [false, true] {
      let step = try PairedStep(
        test, units: shape.units, batch: shape.batch, isReverse: isReverse)
      try step.forward(0..<shape.batch)
      try step.expect("forward", &worst)
      try step.backward(0..<shape.batch, &worst)
      try step.expect("backward", &worst)
    }
    print("cell|\(test.testDescription)|\(shape.units)|\(worst)")
  }

  /// The work-groups of large layers on a GPU, here with a part of one and with several.
  @Test(
    arguments: OpenCLCellCase.all.filter { $0.testDescription.hasPrefix("everything") },
    [20, 130])
  func matchesWithLargeWorkGroups(test: OpenCLCellCase, units: Int) throws {
    var worst = WorstError()
    for normalizes in [false, true] {
      var test = test
      let change = test.change
      test.change = { layer in
        change(&layer)
        layer.normalizesGates = normalizes
      }
      let step = try PairedStep(test, units: units, batch: 3, isReverse: false)
      try step.forward(0..<3, items: 128)
      try step.expect("forward", &worst)
      try step.backward(0..<3, items: 128, &worst)
      try step.expect("backward", &worst)
    }
    print("cell, 128 items|\(test.testDescription)|\(units)|\(worst)")
  }

  /// Rows that are not asked for stay as they are.
  @Test(arguments: OpenCLCellCase.all) func runsSomeRows(test: OpenCLCellCase) throws {
    let step = try PairedStep(test, units: 9, batch: 7, isReverse: false)
    var worst = WorstError()
    try step.forward(0..<0)
    try step.forward(2..<5)
    try step.expect("forward", &worst)
    try step.backward(2..<5, &worst)
    try step.expect("backward", &worst)
  }

  @Test(arguments: OpenCLCellCase.all) func keepsOnlyTheState(test: OpenCLCellCase) throws {
    let step = try PairedStep(test, units: 33, batch: 3, isReverse: true)
    var worst = WorstError()
    try step.forward(0..<3, keepsTrace: false)
    try step.expect("forward", stateOnly: true, &worst)
  }

  @Test(arguments: OpenCLCellCase.all) func givesTheSameBitsAgain(test: OpenCLCellCase) throws {
    let results = try (0..<2).map { _ in
      let step = try PairedStep(test, units: 65, batch: 5, isReverse: false)
      var worst = WorstError()
      try step.forward(0..<5)
      try step.backward(0..<5, &worst)
      return try step.bits()
    }
    #expect(results[0] == results[1])
  }
}

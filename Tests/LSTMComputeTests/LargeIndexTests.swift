import CSIMD
@testable import LSTMCompute
import OpenCL
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Products of shapes beyond 2^31 and 2^32.
@Suite struct LargeIndexTests {
  /// Elements on both sides of what 31 and 32 bits hold, and far beyond.
  static let starts = [1 << 31 - 3, 1 << 32 - 3, 1 << 33 - 3, 1 << 40 + 1]

  /// Random masks are told by an element's number, which needs no memory of that size.
  private func check<Operations: DeviceOperations>(_ operations: Operations) throws {
    let mask = RandomMask(
      share: 0.5, .dropout, seed: 11, batchNumber: 3, layer: 2, direction: 0)
    let count = 64
    let source = try operations.memory(count)
    let target = try operations.memory(count)
    try operations.fill(source, 0..<count, with: 1)
    for start in Self.starts {
      try operations.dropout(
        Rows(source, pitch: count), elements: start..<start + count, mask,
        into: Rows(target, pitch: count), accumulates: false)
      let hits = try operations.read(target, 0..<count).map { $0 == 0 }
      #expect(hits == (start..<start + count).map { mask.isHit($0) }, "from element \(start)")
    }
  }

  @Test func masksBeyond32Bits() throws {
    let layout = ParameterLayout(
      try NetworkSpecification(inputSize: 1, hiddenSizes: [1], outputSize: 1))
    try check(ReferenceOperations<Double>(layout))
    for set in InstructionSet.all where set.isSupported {
      try check(CPUOperations(layout, instructions: set, threads: 2, trains: true))
    }
    for device in try Device.all() {
      try check(OpenCLOperations(layout, context: .shared(for: device)))
    }
  }

  static let runsLarge = getenv("SWIFT_LSTM_LARGE") != nil

  /// 2^31 and more inputs of one batch, 9 GB: only where SWIFT_LSTM_LARGE is set.
  @Test(.enabled(if: runsLarge)) func aBatchOfMoreThan31Bits() throws {
    let (steps, rows, features) = (1024, 2100, 1024)
    let specification = try NetworkSpecification(
      inputSize: features, hiddenSizes: [2], outputSize: 1)
    let series = try WindowedSeries.random(
      inputSize: features, targetSize: 1, steps: steps, windows: rows, seed: 5)
    let network = try Network(
      specification: specification, parameters: Parameters(randomFor: specification, seed: 6))
    let all = try network.predict(series, on: CPUBackend(), batchSize: rows)
    let few = try network.predict(series, on: CPUBackend(), batchSize: 50)
    var worst = WorstError()
    worst.expect(all, few, within: 2e-6, "outputs")
    print("\(steps * rows * features) inputs at once: \(worst)")
  }
}

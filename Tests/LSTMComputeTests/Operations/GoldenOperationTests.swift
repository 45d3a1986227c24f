import LSTMCompute
import TestSupport
import Testing

/// Whole networks on each implementation, against what was recorded in double precision.
@Suite struct GoldenOperationTests {
  @Test(arguments: TestedOperations.all)
  func sequencesMatch(tested: TestedOperations) throws {
    for (number, recorded) in try SequenceCase.golden.get().cases.enumerated() {
      let layout = try ParameterLayout(recorded.specification)
      let tolerance = try GoldenTolerance.float(recorded, layout) {
        try recorded.run(number, on: $0, within: $1)
      }
      for make in [tested.make, tested.makeAlike] {
        let errors = try recorded.run(number, on: make(layout), within: tolerance)
        print(ParityLine(tested.testDescription, recorded.features, errors))
      }
    }
  }

  @Test(arguments: TestedOperations.all)
  func networksMatch(tested: TestedOperations) throws {
    for (number, recorded) in try NetworkCase.golden.get().cases.enumerated() {
      let layout = try ParameterLayout(recorded.specification)
      let tolerance = try GoldenTolerance.float(recorded, layout) {
        try recorded.run(number, on: $0, within: $1)
      }
      for make in [tested.make, tested.makeAlike] {
        let errors = try recorded.run(number, on: make(layout), within: tolerance)
        print(try ParityLine(tested.testDescription, recorded.features(number), errors))
      }
    }
  }
}

extension GoldenTolerance {
  /// As `float`, but with normalised gates about as good as plain loops in Float: how far roundings
  /// grow from step to step depends on the case, and on which way they happen to go.
  fileprivate static func float(
    _ recorded: some GoldenCase, _ layout: ParameterLayout,
    run: (ReferenceOperations<Float>, GoldenTolerance) throws -> GoldenErrors
  ) rethrows -> GoldenTolerance {
    var tolerance = GoldenTolerance.float(recorded)
    guard recorded.layers.contains(where: \.normalizesGates) else { return tolerance }
    let any = GoldenTolerance(forward: .infinity, backward: .infinity)
    let plain = try run(ReferenceOperations<Float>(layout), any)
    tolerance.forward = max(tolerance.forward, 16 * plain.forward.error)
    tolerance.backward = max(tolerance.backward, 16 * plain.backward.error)
    return tolerance
  }
}

import CSIMD
import TestSupport
import Testing

@testable import LSTMCompute

/// Panels of units against composed steps in Double.
@Suite struct PanelLayerTests {
  static let sizes = [1, 3, 7, 16, 17, 33, 64]

  /// Layers with each of the options, and with several.
  static func layers(_ units: Int) -> [LSTMLayer] {
    func layer(_ change: (inout LSTMLayer) -> Void) -> LSTMLayer {
      var layer = LSTMLayer(hiddenSize: units)
      change(&layer)
      return layer
    }
    return [
      layer { _ in }, layer { $0.bias = .one }, layer { $0.bias = .none },
      layer { $0.direction = .reverse }, layer { $0.direction = .bidirectional },
      layer { $0.direction = .bidirectionalSum }, layer { $0.hasPeepholes = true },
      layer { $0.couplesGates = true }, layer { $0.gateClip = 0.7 },
      layer { $0.cellClip = 0.5 }, layer { $0.recurrentDropout = 0.4 },
      layer { $0.zoneoutHidden = 0.4 }, layer { $0.zoneoutCell = 0.3 },
      layer {
        ($0.hasPeepholes, $0.couplesGates, $0.gateClip, $0.cellClip) = (true, true, 0.8, 0.6)
        ($0.zoneoutHidden, $0.zoneoutCell, $0.recurrentDropout) = (0.3, 0.2, 0.25)
        ($0.direction, $0.bias) = (.bidirectional, .one)
      },
      layer {
        ($0.hasPeepholes, $0.zoneoutCell, $0.direction) = (true, 0.4, .reverse)
      },
    ]
  }

  static func cases(_ units: Int) -> [PanelCase] {
    layers(units).flatMap { layer in
      let plain = PanelCase(layer: layer)
      func changed(_ change: (inout PanelCase) -> Void) -> PanelCase {
        var test = plain
        change(&test)
        return test
      }
      var cases = [
        plain,
        changed { ($0.hasStates, $0.splitsRows) = (true, true) },
        changed { ($0.masksSteps, $0.hasStates) = (true, true) },
        changed {
          ($0.hasOutputGradient, $0.asksForInputs, $0.isTraining) = (false, false, false)
        },
        changed { ($0.trains, $0.masksSteps, $0.splitsRows) = (false, true, true) },
        changed { ($0.hasFinalGradient, $0.steps, $0.batch) = (false, 1, 1) },
        // Rows beyond a tile and beyond the rows that stay in the cache.
        changed { ($0.batch, $0.steps, $0.masksSteps) = (53, 2, true) },
      ]
      if layer.direction == .forward || layer.direction == .reverse {
        cases.append(changed { ($0.trains, $0.keepsOutputs, $0.hasStates) = (false, false, true) })
      }
      return cases
    }
  }

  @Test(arguments: TestedOperations.cpu, sizes)
  func agreesWithComposedSteps(tested: TestedOperations, units: Int) throws {
    var worst = WorstError()
    for test in Self.cases(units) {
      let layout = try test.layout
      let expected = try test.run(ReferenceOperations<Double>(layout))
      let actual = try run(test, tested.make(layout))
      let again = try run(test, tested.makeAlike(layout))
      try #require(!expected.isEmpty && expected.map(\.name) == actual.map(\.name))
      for ((e, a), b) in zip(zip(expected, actual), again) {
        let name = "\(test): \(e.name)"
        #expect(a.values.map(\.bitPattern) == b.values.map(\.bitPattern), "\(name): other bits")
        worst.expect(a.values, e.values, within: 5e-6, name)
      }
    }
    print("\(tested), \(units) units: worst error \(worst)")
  }

  private func run(_ test: PanelCase, _ operations: some DeviceOperations) throws -> [Recorded] {
    try test.run(operations)
  }

  /// Layers that panels do not take are composed of steps, and the plan says so.
  @Test func composesWhatPanelsDoNotTake() throws {
    var projected = LSTMLayer(hiddenSize: 6)
    projected.projectionSize = 3
    let specification = try NetworkSpecification(
      inputSize: 2, layers: [LSTMLayer(hiddenSize: 4), projected], head: .lastStep, outputSize: 1)
    func plan(_ specification: NetworkSpecification) throws -> String {
      try CPUBackend(instructions: .baseline, threads: 1).makeExecutor(
        for: specification,
        configuration: ExecutorConfiguration(mode: .training, batchSize: 2, steps: 3)
      ).plan
    }
    #expect(try plan(specification).hasPrefix("fused steps, float32, "))
    #expect(
      try plan(specification).hasSuffix("1 thread over the batch; layer 2: steps (projection)"))
    let composed = try NetworkSpecification(
      inputSize: 2, layers: [projected], head: .lastStep, outputSize: 1)
    #expect(try plan(composed).hasPrefix("composed steps, float32, "))
  }

  /// Numbers that are not finite in one batch leave nothing behind for the next one.
  @Test(arguments: TestedOperations.cpu)
  func forgetsNaN(tested: TestedOperations) throws {
    let specification = try NetworkSpecification(inputSize: 3, hiddenSizes: [9, 17], outputSize: 1)
    func gradients(poisoned: Bool, _ set: InstructionSet) throws -> [Float] {
      let executor = try CPUBackend(instructions: set, threads: 1).makeExecutor(
        for: specification,
        configuration: ExecutorConfiguration(mode: .training, batchSize: 4, steps: 3))
      let series = try WindowedSeries.random(
        inputSize: 3, targetSize: 1, steps: 3, windows: 4, seed: 1)
      if poisoned {
        try executor.setParameters(Parameters(randomFor: specification, seed: 2))
        try executor.bind(
          WindowedSeries(
            inputs: series.inputs.map { _ in .nan }, inputSize: 3, targets: series.targets,
            targetSize: 1, steps: 3))
        try executor.forward(0..<4)
        try executor.backward(.mse)
      }
      try executor.setParameters(Parameters(randomFor: specification, seed: 2))
      try executor.bind(series)
      try executor.forward(0..<4)
      try executor.backward(.mse)
      return try executor.gradients().values
    }
    for set in ActivationTests.instructionSets {
      let expected = try gradients(poisoned: false, set)
      #expect(try gradients(poisoned: true, set) == expected, "\(set.name)")
    }
  }
}

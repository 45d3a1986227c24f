@testable import LSTMCompute
import TestSupport
import Testing

/// How a network case was recorded: windows over a series, a head and a loss.
struct NetworkCase: GoldenCase {
  static let golden = Result { try GoldenFile<NetworkCase>("golden-networks") }

  var inputSize: Int
  var outputSize: Int
  var layers: [LSTMLayer]
  var head: String
  var decoderSteps: Int?
  var loss: Loss
  var steps: Int
  var batch: Int
  var horizon: Int
  var targetSize: Int
  var seed: UInt64
  var mode: String

  var specification: NetworkSpecification {
    get throws {
      try NetworkSpecification(
        inputSize: inputSize, layers: layers, head: head == "lastStep" ? .lastStep : .everyStep,
        outputSize: outputSize,
        decoderSteps: decoderSteps)
    }
  }

  /// What the case has, by name.
  func features(_ number: Int) throws -> [String] {
    let tensors = try Self.golden.get().tensors(ofCase: number)
    let parts = [
      ("target weights", "series.targetWeights"), ("windows with missing rows", "series.rowMask"),
    ]
    return features + parts.filter { tensors.find($0.1) != nil }.map(\.0)
  }

  private var features: [String] {
    [
      decoderSteps != nil
        ? "encoder-decoder" : head == "everyStep" ? "head on every step" : "head on the last step",
      "loss \(loss.description.prefix { $0 != "(" })",
    ]
  }

  func series(_ tensors: GoldenTensors) throws -> WindowedSeries {
    let rows = try tensors("windows")
    return try WindowedSeries(
      inputs: tensors.floats("series.inputs"), inputSize: inputSize,
      targets: tensors.floats("series.targets"), targetSize: targetSize, steps: steps,
      horizon: horizon,
      windows: (0..<batch).map {
        Window(inputRow: Int32(rows[2 * $0]), targetRow: Int32(rows[2 * $0 + 1]))
      },
      targetWeights: tensors.find("series.targetWeights").map { $0.map { Float($0) } },
      rowMask: tensors.find("series.rowMask").map { $0.map { $0 != 0 } })
  }

  /// Runs the case and compares outputs, the loss, gradients, and three steps of Adam.
  func run<Operations: DeviceOperations>(
    _ number: Int, on operations: Operations, within tolerance: GoldenTolerance
  ) throws -> GoldenErrors {
    let tensors = try Self.golden.get().tensors(ofCase: number)
    let specification = try specification
    let series = try series(tensors)
    var errors = GoldenErrors()
    let name = "network \(number), \(features.joined(separator: ", "))"
    let executor = try NetworkExecutor(
      for: specification,
      configuration: ExecutorConfiguration(
        mode: .training, batchSize: batch, steps: steps,
        hasMissingRows: series.rowMask != nil, seed: seed),
      takesSequences: false, operations: operations)
    try executor.setParameters(tensors.parameters(specification))
    try executor.enter(mode == "training" ? .training : .inference)
    try executor.bind(series)
    var losses: [Double] = []
    for step in 0..<3 {
      try executor.forward(0..<batch)
      if step == 0 {
        try errors.forward.expect(
          executor.outputValues(), tensors("outputs"), within: tolerance.forward, "\(name): outputs"
        )
      }
      try executor.backward(loss)
      if step == 0 {
        let values = try executor.gradientValues()
        let slices = ParameterLayout(specification).slices
        let floor = try tensors.floor(of: slices.map { "grad.\($0.name)" })
        for slice in slices {
          try errors.backward.expect(
            values[slice.range], tensors("grad.\(slice.name)"), within: tolerance.backward,
            floor: floor,
            "\(name): grad.\(slice.name)")
        }
      }
      try executor.step(.adam(), learningRate: 0.01, clipping: GradientClipping())
      losses += try operations.takeLosses().map { Double($0) }
    }
    try errors.forward.expect(
      losses[..<1], tensors("loss"), within: tolerance.forward, "\(name): loss")
    try errors.backward.expect(
      losses, tensors("losses"), within: tolerance.backward, "\(name): losses")
    let values = try executor.parameterValues()
    for slice in ParameterLayout(specification).slices {
      try errors.backward.expect(
        values[slice.range], tensors("after.\(slice.name)"), within: tolerance.backward,
        "\(name): after.\(slice.name)")
    }
    return errors
  }
}

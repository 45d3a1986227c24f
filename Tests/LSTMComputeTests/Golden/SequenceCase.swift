@testable import LSTMCompute
import TestSupport
import Testing

/// How a sequence case was recorded.
struct SequenceCase: GoldenCase {
  static let golden = Result { try GoldenFile<SequenceCase>("golden-sequences") }

  var inputSize: Int
  var layers: [LSTMLayer]
  var steps: Int
  var batch: Int
  var mode: String
  var seed: UInt64
  var batchNumber: UInt32
  var lengths: [Int]?
  var mask: Bool
  var initialStates: Bool
  var gradients: [String]

  var specification: NetworkSpecification {
    get throws { try NetworkSpecification(inputSize: inputSize, layers: layers) }
  }

  /// What the case has beside a plain layer, by name.
  var features: [String] {
    let layer = layers[0]
    let zoneout = layer.zoneoutHidden > 0 || layer.zoneoutCell > 0
    let tests: [(String, Bool)] = [
      ("several layers", layers.count > 1),
      ("reverse", layer.direction == .reverse),
      ("bidirectional, concatenated", layer.direction == .bidirectional),
      ("bidirectional, added", layer.direction == .bidirectionalSum),
      ("projection", layer.projectionSize != nil),
      ("one bias", layer.bias == .one),
      ("no bias", layer.bias == .none),
      ("peepholes", layer.hasPeepholes),
      ("coupled gates", layer.couplesGates),
      ("normalized gates", layer.normalizesGates),
      ("gate clip", layer.gateClip != nil),
      ("cell clip", layer.cellClip != nil),
      ("projection clip", layer.projectionClip != nil),
      ("dropout between layers", mode == "training" && layers.contains { $0.dropout > 0 }),
      ("recurrent dropout", mode == "training" && layer.recurrentDropout > 0),
      ("zoneout in training", mode == "training" && zoneout),
      ("zoneout in inference", mode == "inference" && zoneout),
      ("lengths", lengths != nil),
      ("lengths with 0", lengths?.contains(0) ?? false),
      ("mask of missing steps", mask),
      ("initial states", initialStates),
      ("loss on outputs only", gradients == ["output"]),
      ("loss on h_n only", gradients == ["h_n"]),
      ("loss on c_n only", gradients == ["c_n"]),
    ]
    return tests.filter(\.1).map(\.0)
  }

  func batch(_ tensors: GoldenTensors) throws -> SequenceBatch {
    SequenceBatch(
      layout: .timeMajor, steps: steps, rows: batch, inputs: try tensors.floats("input"),
      lengths: lengths, mask: mask ? try tensors("mask").map { $0 != 0 } : nil,
      initialStates: initialStates
        ? try states { try tensors.floats("\($0 == .hidden ? "h_0" : "c_0").\($1)") } : nil)
  }

  func gradients(_ tensors: GoldenTensors) throws -> SequenceGradients {
    SequenceGradients(
      outputs: tensors.find("grad_output").map { $0.map { Float($0) } },
      finalStates: try states { part, index in
        let name = "grad_\(part == .hidden ? "h_n" : "c_n").\(index)"
        let zeros = try tensors(part == .hidden ? "h_n.\(index)" : "c_n.\(index)").map { _ in
          Float(0)
        }
        return tensors.find(name).map { $0.map { Float($0) } } ?? zeros
      })
  }

  enum StatePart { case hidden, cell }

  /// States made of a part for each number of layer and direction.
  private func states(_ part: (StatePart, Int) throws -> [Float]) throws -> [LayerState] {
    try (0..<layers.reduce(0) { $0 + $1.direction.count }).map {
      LayerState(hidden: try part(.hidden, $0), cell: try part(.cell, $0))
    }
  }

  /// Runs the case and compares all that was recorded.
  ///
  /// - Parameters:
  ///   - number: The case's number.
  ///   - operations: The device.
  ///   - tolerance: The largest relative L2 errors.
  /// - Returns: The worst errors.
  /// - Throws: What the device refuses, and where something was not recorded.
  func run<Operations: DeviceOperations>(
    _ number: Int, on operations: Operations, within tolerance: GoldenTolerance
  ) throws -> GoldenErrors {
    let tensors = try Self.golden.get().tensors(ofCase: number)
    let specification = try specification
    var errors = GoldenErrors()
    let executor = try NetworkExecutor(
      for: specification,
      configuration: ExecutorConfiguration(
        mode: .training, batchSize: batch, steps: steps, seed: seed),
      operations: operations)
    try executor.setParameters(tensors.parameters(specification))
    try executor.enter(mode == "training" ? .training : .inference)
    executor.batchNumber = batchNumber

    let outputs = try executor.forwardValues(batch(tensors))
    let name = "case \(number), \(features.joined(separator: ", "))"
    try errors.forward.expect(
      outputs.outputs, tensors("output"), within: tolerance.forward, "\(name): output")
    for (index, state) in outputs.states.enumerated() {
      try errors.forward.expect(
        state.hidden, tensors("h_n.\(index)"), within: tolerance.forward, "\(name): h_n.\(index)")
      try errors.forward.expect(
        state.cell, tensors("c_n.\(index)"), within: tolerance.forward, "\(name): c_n.\(index)")
    }

    let gradients = try executor.backwardValues(gradients(tensors))
    let slices = ParameterLayout(specification).slices
    let floor = try tensors.floor(
      of: ["grad_input"]
        + gradients.states.indices.flatMap { ["grad_h_0.\($0)", "grad_c_0.\($0)"] }
        + slices.map { "grad.\($0.name)" })
    try errors.backward.expect(
      gradients.inputs, tensors("grad_input"), within: tolerance.backward, floor: floor,
      "\(name): grad_input")
    for (index, state) in gradients.states.enumerated() {
      try errors.backward.expect(
        state.hidden, tensors("grad_h_0.\(index)"), within: tolerance.backward, floor: floor,
        "\(name): grad_h_0.\(index)")
      try errors.backward.expect(
        state.cell, tensors("grad_c_0.\(index)"), within: tolerance.backward, floor: floor,
        "\(name): grad_c_0.\(index)")
    }
    let values = try executor.gradientValues()
    for slice in slices {
      try errors.backward.expect(
        values[slice.range], tensors("grad.\(slice.name)"), within: tolerance.backward,
        "\(name): grad.\(slice.name)")
    }
    return errors
  }
}

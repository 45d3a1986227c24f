import TestSupport
import Testing

@testable import LSTMCompute

/// The tensors that go into `apply` and come out of it.
@Suite struct SequenceRequestTests {
  typealias Tensor = SafetensorsFile.Tensor

  /// Two layers of 5 units in both directions, projected to 2; 3 inputs.
  private static var projected: NetworkSpecification {
    get throws {
      var layer = LSTMLayer(hiddenSize: 5)
      layer.direction = .bidirectional
      layer.projectionSize = 2
      return try NetworkSpecification(inputSize: 3, layers: [layer, layer])
    }
  }

  private static let full: [String: Tensor] = [
    "input": .random(6, 7, 3), "lengths": .init(integers: [0, 1, 2, 3, 7, 7], shape: [6]),
    "h_0": .random(4, 6, 2, seed: 2), "c_0": .random(4, 6, 5, seed: 3),
    "grad_output": .random(6, 7, 4, seed: 4), "grad_h_n": .random(4, 6, 2, seed: 5),
    "grad_c_n": .random(4, 6, 5, seed: 6),
  ]

  @Test func everythingIsRead() throws {
    let request = try SequenceRequest(Self.full, for: Self.projected)
    let batch = request.batch
    #expect(batch.layout == .batchFirst)
    #expect(batch.rows == 6 && batch.steps == 7)
    #expect(batch.inputs == Self.full["input"]?.floats)
    #expect(batch.lengths == [0, 1, 2, 3, 7, 7])
    #expect(batch.initialStates?.count == 4)
    #expect(batch.initialStates?.flatMap(\.hidden) == Self.full["h_0"]?.floats)
    #expect(batch.initialStates?.flatMap(\.cell) == Self.full["c_0"]?.floats)
    #expect(request.gradients?.outputs == Self.full["grad_output"]?.floats)
    #expect(request.gradients?.finalStates?.flatMap(\.cell) == Self.full["grad_c_n"]?.floats)
  }

  @Test func theRestMayBeLeftOut() throws {
    let alone = try SequenceRequest(["input": .random(1, 1, 3)], for: Self.projected)
    #expect(alone.gradients == nil)
    #expect(alone.batch.lengths == nil && alone.batch.initialStates == nil)
    var tensors = Self.full
    for name in ["h_0", "grad_c_n", "grad_output", "lengths"] { tensors[name] = nil }
    let request = try SequenceRequest(tensors, for: Self.projected)
    #expect(request.batch.initialStates?.flatMap(\.hidden) == Array(repeating: 0, count: 48))
    #expect(request.batch.initialStates?.flatMap(\.cell) == tensors["c_0"]?.floats)
    #expect(request.gradients?.outputs == nil)
    #expect(request.gradients?.finalStates?.flatMap(\.hidden) == tensors["grad_h_n"]?.floats)
  }

  @Test func resultsHaveTheShapesOfPyTorch() throws {
    let request = try SequenceRequest(Self.full, for: Self.projected)
    let states = try #require(request.batch.initialStates)
    let outputs = SequenceOutputs(
      outputs: try #require(request.gradients?.outputs), finalStates: states)
    let tensors = request.tensors(of: outputs)
    #expect(tensors["output"] == Self.full["grad_output"])
    #expect(tensors["h_n"] == Self.full["h_0"])
    #expect(tensors["c_n"] == Self.full["c_0"])
    let gradients = request.tensors(
      of: SequenceInputGradients(inputs: request.batch.inputs, initialStates: states))
    #expect(gradients["grad_input"] == Self.full["input"])
    #expect(gradients["grad_h_0"] == Self.full["h_0"])
    #expect(gradients["grad_c_0"] == Self.full["c_0"])
  }

  /// Where the widths differ there is no one tensor of all states.
  @Test func layersOfOtherWidthsHaveStatesOfTheirOwn() throws {
    let specification = try NetworkSpecification(
      inputSize: 3, layers: [5, 2].map(LSTMLayer.init(hiddenSize:)))
    let tensors: [String: Tensor] = [
      "input": .random(4, 2, 3), "c_0.0": .random(4, 5, seed: 2), "c_0.1": .random(4, 2, seed: 3),
    ]
    let request = try SequenceRequest(tensors, for: specification)
    let states = try #require(request.batch.initialStates)
    #expect(states[0].cell == tensors["c_0.0"]?.floats)
    #expect(states[1].hidden == Array(repeating: 0, count: 8))
    #expect(states[1].cell == tensors["c_0.1"]?.floats)
    let results = request.tensors(
      of: SequenceOutputs(outputs: Array(repeating: 0, count: 16), finalStates: states))
    #expect(
      results.mapValues(\.shape) == [
        "output": [4, 2, 2], "h_n.0": [4, 5], "c_n.0": [4, 5], "h_n.1": [4, 2], "c_n.1": [4, 2],
      ])
    var partial = tensors
    partial["c_0.0"] = nil
    let error = #expect(throws: LSTMError.self) { try SequenceRequest(partial, for: specification) }
    #expect(error?.description.contains("'c_0.0' is missing") == true)
  }

  /// What is no number is passed on, not refused.
  @Test func infinitiesAndNaNsAreNumbersToo() throws {
    let request = try SequenceRequest(
      ["input": .init([.nan, .infinity, 0], shape: [1, 1, 3])], for: Self.projected)
    #expect(request.batch.inputs[0].isNaN && request.batch.inputs[1] == .infinity)
  }

  static let mistakes: [(change: @Sendable (inout [String: Tensor]) -> Void, message: String)] = [
    ({ $0["input"] = nil }, "tensor 'input' is missing; expected [B, T, 3]"),
    ({ $0["input"] = .random(6, 7, 4) }, "'input' has the shape [6, 7, 4]; expected [B, T, 3]"),
    ({ $0["input"] = .random(7, 3) }, "'input' has the shape [7, 3]"),
    ({ $0["input"] = .random(6, 0, 3) }, "B and T of 1 or more"),
    ({ $0["input"] = .init(integers: [1, 2, 3], shape: [1, 1, 3]) }, "type I64; expected F32"),
    ({ $0["lengths"] = .init(integers: [1], shape: [1]) }, "expected [6]"),
    (
      { $0["input"] = .init(narrowing: [1, 1e300, .infinity], shape: [1, 1, 3]) },
      "'input' has 1e+300 at 1, which is beyond float32"
    ),
    ({ $0["lengths"] = .random(6) }, "type F32; expected I64"),
    (
      { $0["lengths"] = .init(integers: [1, 2, 8, 1, 1, 1], shape: [6]) }, "8 at 2; expected 0 to 7"
    ),
    ({ $0["lengths"] = .init(integers: [-1, 2, 8, 1, 1, 1], shape: [6]) }, "-1 at 0"),
    ({ $0["h_0"] = .random(4, 6, 5) }, "'h_0' has the shape [4, 6, 5]; expected [4, 6, 2]"),
    ({ $0["c_0"] = .random(6, 4, 5) }, "'c_0' has the shape [6, 4, 5]; expected [4, 6, 5]"),
    ({ $0["grad_output"] = .random(7, 6, 4) }, "expected [6, 7, 4]"),
    (
      {
        $0["h0"] = .random(1); $0["mask"] = .random(1)
      },
      "unknown tensors 'h0', 'mask'; expected some of c_0, grad_c_n, grad_h_n, grad_output, h_0, "
        + "input, lengths"
    ),
  ]

  @Test(arguments: mistakes.indices) func mistakesAreNamed(index: Int) throws {
    var tensors = Self.full
    Self.mistakes[index].change(&tensors)
    let error = #expect(throws: LSTMError.self) {
      try SequenceRequest(tensors, for: Self.projected)
    }
    let message = error?.description ?? ""
    #expect(message.contains(Self.mistakes[index].message), "\(message)")
  }
}

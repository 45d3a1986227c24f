/// The dense head of a network.
final class DenseHead<Operations: DeviceOperations> {
  typealias Memory = Operations.Memory

  /// `[S, B, O]`.
  let outputs: Memory
  /// `[S, B, O]`, ∂L/∂outputs; only for training.
  let outputGradient: Memory?
  private let specification: NetworkSpecification
  private let operations: Operations
  private let weights: Operations.Weights
  private let weight: ParameterSlice
  private let biases: [ParameterSlice]
  /// `[S, B, F]`, what the head saw last.
  private var seen: Rows<Memory>?

  init(
    _ specification: NetworkSpecification, _ layout: ParameterLayout,
    configuration: ExecutorConfiguration, operations: Operations
  ) throws {
    self.specification = specification
    self.operations = operations
    weight = layout.head.weight
    biases = [layout.head.bias]
    weights = try operations.weights(weight)
    let count =
      specification.outputSteps(for: configuration.steps) * configuration.batchSize
      * specification.outputSize
    outputs = try operations.memory(count)
    outputGradient = configuration.mode == .training ? try operations.memory(count) : nil
  }

  func loadWeights() throws { try operations.load(weights) }

  /// How many steps of a pass have outputs.
  func steps(_ pass: ForwardPass<Memory>) -> Int { specification.outputSteps(for: pass.steps) }

  /// What the head of a network without a decoder sees of the last layer's outputs.
  func seen(
    of outputs: Rows<Memory>, _ stack: LayerStack<Operations>, _ pass: ForwardPass<Memory>
  ) throws -> Rows<Memory> {
    guard specification.head == .lastStep else { return outputs }
    if let top = stack.lastState {
      // Where sequences end earlier, this is the output of their own last step.
      return top.state(.final, pass).hidden
    }
    guard pass.outputScales == nil else {
      throw LSTMError.invalidConfiguration(
        "a head on the last step of sequences of different lengths needs a last layer that reads "
          + "forward")
    }
    return outputs.dropFirst((pass.steps - 1) * pass.batch)
  }

  /// Computes the outputs of some rows of the batch.
  ///
  /// - Parameters:
  ///   - input: `[S, B, F]`.
  ///   - pass: The pass that it is of.
  ///   - rows: Of the batch.
  ///   - target: `[S, B, O]`; `outputs`, unless they are collected elsewhere.
  /// - Throws: What the device refuses.
  func forward(
    _ input: Rows<Memory>, _ pass: ForwardPass<Memory>, rows: Range<Int>, into target: Rows<Memory>
  ) throws {
    var own = pass
    own.steps = steps(pass)
    try own.forEachBlock(of: rows) { first, count in
      try operations.product(
        input.dropFirst(first), weights, biases: biases, into: target.dropFirst(first),
        rows: count, accumulates: false)
    }
  }

  /// Remembers what the head sees, for the backward pass.
  func see(_ input: Rows<Memory>) { seen = input }

  /// ∂L/∂(what the head saw), for some rows of the batch.
  ///
  /// - Parameters:
  ///   - target: `[S, B, F]`, written.
  ///   - adds: Whether it is added to instead.
  ///   - pass: As in the forward pass.
  ///   - rows: Of the batch.
  /// - Throws: What the device refuses.
  func backward(
    into target: Rows<Memory>, adds: Bool = false, _ pass: ForwardPass<Memory>, rows: Range<Int>
  ) throws {
    guard let outputGradient else { preconditionFailure("the head was made for inference") }
    var own = pass
    own.steps = steps(pass)
    let gradient = Rows(outputGradient, pitch: specification.outputSize)
    try own.forEachBlock(of: rows) { first, count in
      try operations.productBackward(
        gradient.dropFirst(first), weights, into: target.dropFirst(first), rows: count,
        accumulates: adds)
    }
  }

  /// The gradients of the head's tensors, multiplied by `factor`.
  func parameterGradients(_ pass: ForwardPass<Memory>, factor: Operations.Scalar) throws {
    guard let outputGradient, let seen else { preconditionFailure("no forward pass for training") }
    let rows = steps(pass) * pass.batch
    let gradient = Rows(outputGradient, pitch: specification.outputSize)
    try operations.affineGradient(
      gradient, seen, rows: rows, factor: factor, into: weight, biases: biases)
  }
}

extension Array {
  /// `[columns, rows, width]` of `[rows, columns, width]`.
  func transposed(rows: Int, columns: Int, width: Int) -> [Element] {
    guard rows > 1, columns > 1 else { return self }
    var result: [Element] = []
    result.reserveCapacity(count)
    for column in 0..<columns {
      for row in 0..<rows {
        let start = (row * columns + column) * width
        result += self[start..<start + width]
      }
    }
    return result
  }
}

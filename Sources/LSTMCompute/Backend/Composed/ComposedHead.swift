/// The dense head of a composed network.
final class ComposedHead<Operations: SequenceOperations> {
  typealias Memory = Operations.Memory

  /// `[S, B, O]`.
  let outputs: Memory
  /// `[S, B, O]`, the loss by the outputs; only for training.
  let outputGradient: Memory?
  private let specification: NetworkSpecification
  private let operations: Operations
  private let weights: Operations.Weights
  private let slices: (weight: ParameterSlice, bias: ParameterSlice)
  /// `[S, B, F]`, what the head saw last.
  private var seen: Rows<Memory>?

  init(
    _ specification: NetworkSpecification, _ layout: ParameterLayout,
    configuration: ExecutorConfiguration, operations: Operations
  ) throws {
    self.specification = specification
    self.operations = operations
    slices = layout.head
    weights = try operations.weights(slices.weight)
    let count =
      specification.outputSteps(for: configuration.steps) * configuration.batchSize
      * specification.outputSize
    outputs = try operations.memory(count)
    outputGradient = configuration.mode == .training ? try operations.memory(count) : nil
  }

  func load() throws { try operations.load(weights) }

  /// S, how many steps have outputs.
  func steps(_ pass: ComposedPass<Memory>) -> Int { specification.outputSteps(for: pass.steps) }

  /// What the head of a network without a decoder sees of the last layer's outputs.
  func seen(
    of outputs: Rows<Memory>, _ stack: ComposedStack<Operations>, _ pass: ComposedPass<Memory>
  ) throws -> Rows<Memory> {
    guard specification.head == .lastStep else { return outputs }
    let top = stack.cells[stack.cells.count - 1]
    if top.count == 1, let cell = top.first, cell.layer.direction == .forward {
      // Where sequences end earlier, this is the output of their own last step.
      return Rows(
        cell.trace.hidden, at: cell.finalSlot(pass) * pass.batch * cell.layer.stateSize,
        pitch: cell.layer.stateSize)
    }
    guard pass.outputScales == nil else {
      throw LSTMError.invalidConfiguration(
        "a head on the last step of sequences of different lengths needs a last layer that reads "
          + "forward")
    }
    return outputs.dropFirst((pass.steps - 1) * pass.batch)
  }

  func forward(_ input: Rows<Memory>, _ pass: ComposedPass<Memory>) throws {
    seen = input
    try operations.product(
      input, weights, biases: [slices.bias], into: Rows(outputs, pitch: specification.outputSize),
      rows: steps(pass) * pass.batch, accumulates: false)
  }

  /// The gradients by the head's tensors, and the loss by what it saw.
  ///
  /// - Parameters:
  ///   - target: `[S, B, F]`, written.
  ///   - pass: As in the forward pass.
  ///   - factor: By which the gradients of the tensors are multiplied.
  /// - Throws: What the device refuses.
  func backward(
    into target: Rows<Memory>, _ pass: ComposedPass<Memory>, factor: Operations.Scalar
  ) throws {
    guard let outputGradient, let seen else { preconditionFailure("no forward pass for training") }
    let rows = steps(pass) * pass.batch
    let gradient = Rows(outputGradient, pitch: specification.outputSize)
    try operations.weightGradient(gradient, seen, rows: rows, factor: factor, into: slices.weight)
    try operations.columnSums(gradient, rows: rows, factor: factor, into: [slices.bias])
    try operations.productBackward(gradient, weights, into: target, rows: rows, accumulates: false)
  }

  /// The outputs of the last pass, `[S, B, O]` or `[B, S, O]`.
  func read(
    _ pass: ComposedPass<Memory>, _ layout: SequenceBatch.Layout
  ) throws -> [Operations.Scalar] {
    let size = specification.outputSize
    let values = try operations.read(outputs, 0..<steps(pass) * pass.batch * size)
    return layout == .timeMajor
      ? values : values.transposed(rows: steps(pass), columns: pass.batch, width: size)
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

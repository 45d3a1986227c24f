/// What a file of tensors asks of a network's LSTM layers.
///
/// `input` `[B, T, I]` and, where they are there, `lengths` `[B]`, `h_0` `[K, B, R]` and `c_0`
/// `[K, B, H]`, with K = L·D layers and directions as in PyTorch; `grad_output` `[B, T, F]`,
/// `grad_h_n` `[K, B, R]` and `grad_c_n` `[K, B, H]` ask for the backward pass, and of a network with a
/// head `grad_predictions` `[B, O]` or, of one on every step, `[B, S, O]`. Where the widths of
/// the layers differ, each layer and direction has a tensor of its own: `h_0.0` `[B, R]` and so on.
public struct SequenceRequest: Sendable {
  /// The sequences.
  public let batch: SequenceBatch
  /// The loss by what comes out; `nil` where no backward pass is asked for.
  public let gradients: SequenceGradients?
  /// The states' places in a file.
  private let states: StateTensors
  private let outputSize: Int
  private let inputSize: Int
  /// The shape of what the head gives; `nil` without one.
  private let predictionShape: [Int]?

  /// Reads a request.
  ///
  /// - Parameters:
  ///   - tensors: Those of the file.
  ///   - specification: The network.
  /// - Throws: `LSTMError.invalidFile` where a tensor is unknown, missing or of another shape.
  public init(
    _ tensors: [String: SafetensorsFile.Tensor], for specification: NetworkSpecification
  ) throws(LSTMError) {
    guard let input = tensors["input"] else {
      throw .invalidFile(
        "tensor 'input' is missing; expected [B, T, \(specification.inputSize)]")
    }
    guard input.shape.count == 3, input.shape[2] == specification.inputSize,
      input.shape.allSatisfy({ $0 > 0 })
    else {
      throw .invalidFile(
        "tensor 'input' has the shape \(input.shape); expected [B, T, \(specification.inputSize)] "
          + "with B and T of 1 or more")
    }
    let (rows, steps) = (input.shape[0], input.shape[1])
    inputSize = specification.inputSize
    outputSize = specification.headInputSize
    predictionShape =
      switch specification.head {
      case .none: nil
      case .lastStep: [rows, specification.outputSize]
      case .everyStep: [rows, specification.outputSteps(for: steps), specification.outputSize]
      }
    states = StateTensors(specification: specification, rows: rows)
    var reader = TensorReader(tensors: tensors)
    guard let inputs = try reader.floats("input", shape: input.shape) else {
      preconditionFailure("there is an input")
    }
    let lengths = try reader.integers("lengths", shape: [rows], in: 0...steps)
    let initial = try states.read("h_0", "c_0", from: &reader)
    let output = try reader.floats("grad_output", shape: [rows, steps, outputSize])
    let final = try states.read("grad_h_n", "grad_c_n", from: &reader)
    let predictions = try predictionShape.flatMap { (shape) throws(LSTMError) in
      try reader.floats("grad_predictions", shape: shape)
    }
    let unknown = tensors.keys.filter { !reader.known.contains($0) }.sorted()
    guard unknown.isEmpty else {
      throw .invalidFile(
        "unknown tensor\(unknown.count == 1 ? "" : "s") "
          + unknown.map { "'\($0)'" }.joined(separator: ", ") + "; expected some of "
          + reader.known.sorted().joined(separator: ", "))
    }
    batch = SequenceBatch(
      layout: .batchFirst, steps: steps, rows: rows, inputs: inputs, lengths: lengths,
      initialStates: initial)
    gradients =
      output == nil && final == nil && predictions == nil
      ? nil
      : SequenceGradients(outputs: output, finalStates: final, predictions: predictions)
  }

  /// `output` `[B, T, F]`, `h_n` `[K, B, R]` and `c_n` `[K, B, H]`, and with a head `predictions`.
  public func tensors(of outputs: SequenceOutputs) -> [String: SafetensorsFile.Tensor] {
    var tensors = states.tensors("h_n", "c_n", of: outputs.finalStates)
    tensors["output"] = .init(outputs.outputs, shape: [batch.rows, batch.steps, outputSize])
    if let predictions = outputs.predictions, let predictionShape {
      tensors["predictions"] = .init(predictions, shape: predictionShape)
    }
    return tensors
  }

  /// `grad_input` `[B, T, I]`, `grad_h_0` `[K, B, R]`, `grad_c_0` `[K, B, H]`.
  public func tensors(of gradients: SequenceInputGradients) -> [String: SafetensorsFile.Tensor] {
    var tensors = states.tensors("grad_h_0", "grad_c_0", of: gradients.initialStates)
    tensors["grad_input"] = .init(gradients.inputs, shape: [batch.rows, batch.steps, inputSize])
    return tensors
  }
}

/// The shapes of the states of all layers and directions, and how they lie in tensors.
private struct StateTensors: Sendable {
  private let rows: Int
  /// `R` of each layer and direction.
  private let hidden: [Int]
  /// `H` of each layer and direction.
  private let cell: [Int]

  init(specification: NetworkSpecification, rows: Int) {
    self.rows = rows
    func repeated(_ size: (LSTMLayer) -> Int) -> [Int] {
      specification.layers.flatMap { [Int](repeating: size($0), count: $0.direction.count) }
    }
    hidden = repeated(\.stateSize)
    cell = repeated(\.hiddenSize)
  }

  /// The states under two names; zeros for one that is not there, `nil` where neither is.
  func read(
    _ hiddenName: String, _ cellName: String, from reader: inout TensorReader
  ) throws(LSTMError) -> [LayerState]? {
    let hiddens = try read(hiddenName, widths: hidden, from: &reader)
    let cells = try read(cellName, widths: cell, from: &reader)
    guard hiddens.contains(where: { $0 != nil }) || cells.contains(where: { $0 != nil }) else {
      return nil
    }
    return hidden.indices.map { index in
      LayerState(
        hidden: hiddens[index] ?? Array(repeating: 0, count: rows * hidden[index]),
        cell: cells[index] ?? Array(repeating: 0, count: rows * cell[index]))
    }
  }

  func tensors(
    _ hiddenName: String, _ cellName: String, of states: [LayerState]
  ) -> [String: SafetensorsFile.Tensor] {
    tensors(hiddenName, states.map(\.hidden), widths: hidden).merging(
      tensors(cellName, states.map(\.cell), widths: cell)
    ) { $1 }
  }

  private func read(
    _ name: String, widths: [Int], from reader: inout TensorReader
  ) throws(LSTMError) -> [[Float]?] {
    guard Set(widths).count > 1 else {
      let all = try reader.floats(name, shape: [widths.count, rows, widths[0]])
      let size = rows * widths[0]
      return widths.indices.map { index in all.map { Array($0[index * size..<(index + 1) * size]) }
      }
    }
    var values: [[Float]?] = []
    for (index, width) in widths.enumerated() {
      values.append(try reader.floats("\(name).\(index)", shape: [rows, width]))
    }
    if values.contains(where: { $0 != nil }), let missing = values.firstIndex(where: { $0 == nil })
    {
      throw .invalidFile(
        "tensor '\(name).\(missing)' is missing; expected \(name).0 to \(name).\(widths.count - 1), "
          + "or none of them")
    }
    return values
  }

  private func tensors(
    _ name: String, _ values: [[Float]], widths: [Int]
  ) -> [String: SafetensorsFile.Tensor] {
    guard Set(widths).count > 1 else {
      return [name: .init(Array(values.joined()), shape: [widths.count, rows, widths[0]])]
    }
    return Dictionary(
      uniqueKeysWithValues: widths.indices.map {
        ("\(name).\($0)", .init(values[$0], shape: [rows, widths[$0]]))
      })
  }
}

/// Tensors of a file, and the names that were asked for.
private struct TensorReader {
  let tensors: [String: SafetensorsFile.Tensor]
  private(set) var known: Set<String> = []

  init(tensors: [String: SafetensorsFile.Tensor]) { self.tensors = tensors }

  /// The elements of a tensor of floating point numbers; `nil` where there is none of that name.
  mutating func floats(_ name: String, shape: [Int]) throws(LSTMError) -> [Float]? {
    known.insert(name)
    guard let tensor = tensors[name] else { return nil }
    return try TensorPlace(name: name).values(of: tensor, shape: shape)
  }

  /// The elements of a tensor of integers; `nil` where there is none of that name.
  mutating func integers(
    _ name: String, shape: [Int], in range: ClosedRange<Int>
  ) throws(LSTMError) -> [Int]? {
    known.insert(name)
    guard let tensor = tensors[name] else { return nil }
    guard !tensor.elementType.isFloatingPoint, tensor.elementType != .bool else {
      throw .invalidFile(
        "tensor '\(name)' has elements of type \(tensor.elementType.rawValue); expected I64 or I32")
    }
    guard tensor.shape == shape else {
      throw .invalidFile("tensor '\(name)' has the shape \(tensor.shape); expected \(shape)")
    }
    let values = tensor.integers
    if let index = values.indices.first(where: { !range.contains(values[$0]) }) {
      throw .invalidFile(
        "tensor '\(name)' has \(values[index]) at \(index); expected \(range.lowerBound) to "
          + "\(range.upperBound)")
    }
    return values
  }
}

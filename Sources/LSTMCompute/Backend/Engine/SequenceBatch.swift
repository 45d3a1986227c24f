/// A batch of sequences, and what goes with it.
public struct SequenceBatch: Sendable {
  /// Which of time and batch is the first index.
  public enum Layout: Hashable, Sendable {
    /// `[T, B, …]`.
    case timeMajor
    /// `[B, T, …]`.
    case batchFirst
  }

  /// The layout of the inputs, of the mask, and of all sequences that come out.
  public var layout: Layout
  /// `T`, the number of time steps, that of the longest sequence.
  public var steps: Int
  /// `B`, the number of sequences.
  public var rows: Int
  /// `[T, B, I]` or `[B, T, I]`.
  public var inputs: [Float]
  /// `[B]`, the number of steps of each sequence, 0 to `T`; all have `T` where it is `nil`.
  ///
  /// A state stays as it is beyond them, and the outputs there are 0, as PyTorch's packed sequences
  /// have it.
  public var lengths: [Int]?
  /// `[T, B]` or `[B, T]`, false where a step is missing; nothing is missing where it is `nil`.
  ///
  /// The state is carried over the step, and is the output there, as Keras has it.
  public var mask: [Bool]?
  /// The states before the first step, one for each layer and direction; 0 where it is `nil`.
  public var initialStates: [LayerState]?

  /// A batch from its parts.
  public init(
    layout: Layout, steps: Int, rows: Int, inputs: [Float], lengths: [Int]? = nil,
    mask: [Bool]? = nil, initialStates: [LayerState]? = nil
  ) {
    self.layout = layout
    self.steps = steps
    self.rows = rows
    self.inputs = inputs
    self.lengths = lengths
    self.mask = mask
    self.initialStates = initialStates
  }
}

/// What a network makes of a batch of sequences.
public struct SequenceOutputs: Equatable, Sendable {
  /// `[T, B, F]` or `[B, T, F]`, the outputs of the last LSTM layer.
  public var outputs: [Float]
  /// The states after the last step, one for each layer and direction, in PyTorch's order.
  public var finalStates: [LayerState]
  /// `[S, B, O]` or `[B, S, O]`, the outputs of the head for its `S` steps; `nil` without a head.
  public var predictions: [Float]?
}

/// ∂L/∂(what a network made of a batch), each in the shape that it came in; `nil` is zero.
public struct SequenceGradients: Equatable, Sendable {
  /// ∂L/∂ of the outputs of the last LSTM layer.
  public var outputs: [Float]?
  /// ∂L/∂ of the states after the last step.
  public var finalStates: [LayerState]?
  /// ∂L/∂ of the outputs of the head.
  public var predictions: [Float]?

  /// Gradients from their parts.
  public init(
    outputs: [Float]? = nil, finalStates: [LayerState]? = nil, predictions: [Float]? = nil
  ) {
    self.outputs = outputs
    self.finalStates = finalStates
    self.predictions = predictions
  }
}

/// ∂L/∂(what went into a network).
public struct SequenceInputGradients: Equatable, Sendable {
  /// ∂L/∂ of the inputs, in their shape.
  public var inputs: [Float]
  /// ∂L/∂ of the states before the first step.
  public var initialStates: [LayerState]
}

/// An executor that also takes batches of sequences as they are, without a series.
public protocol SequenceExecutor: Executor {
  /// Runs the network over a batch of sequences.
  ///
  /// - Parameter batch: `configuration.batchSize` rows and `configuration.steps` steps at most.
  /// - Returns: Outputs and final states.
  /// - Throws: `LSTMError.shapeMismatch` where the batch does not fit the network or itself;
  ///   `LSTMError.invalidConfiguration` where the network cannot do what is asked.
  func forward(_ batch: SequenceBatch) throws -> SequenceOutputs
  /// Takes gradients back through the last batch of sequences; `gradients` are then those by the
  /// parameters.
  ///
  /// - Parameter gradients: ∂L/∂ of what `forward` returned.
  /// - Returns: ∂L/∂ of what `forward` was given.
  /// - Throws: `LSTMError.shapeMismatch` where the gradients have not the shape of the outputs.
  func backward(_ gradients: SequenceGradients) throws -> SequenceInputGradients
}

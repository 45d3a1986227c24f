/// A batch of sequences, and what goes with it.
public struct SequenceBatch: Sendable {
  /// Which index of a sequence's steps is the first one.
  public enum Layout: Sendable {
    /// `[T, B, ...]`.
    case timeMajor
    /// `[B, T, ...]`.
    case batchFirst
  }

  /// The layout of the inputs, the mask and what comes out.
  public var layout: Layout
  /// `T`, the number of steps of the longest sequence.
  public var steps: Int
  /// `B`, the number of sequences.
  public var rows: Int
  /// `[T, B, I]` or `[B, T, I]`.
  public var inputs: [Float]
  /// `[B]`, the steps of each sequence; `T` where there are none.
  public var lengths: [Int]?
  /// `[T, B]` or `[B, T]`; false where a step is missing.
  public var mask: [Bool]?
  /// The state before the first step of each layer and direction, `h` `[B, R]` and `c` `[B, H]`; zero
  /// where there are none.
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

/// What comes out of a batch of sequences.
public struct SequenceOutputs: Sendable {
  /// The last layer's, `[T, B, F]` or `[B, T, F]`.
  public var outputs: [Float]
  /// The state of each layer and direction after its last step.
  public var finalStates: [LayerState]

  /// Outputs from their parts.
  public init(outputs: [Float], finalStates: [LayerState]) {
    self.outputs = outputs
    self.finalStates = finalStates
  }
}

/// The loss by what comes out of a batch of sequences; zero where it is not given.
public struct SequenceGradients: Sendable {
  /// By the last layer's outputs.
  public var outputs: [Float]?
  /// By the final state of each layer and direction.
  public var finalStates: [LayerState]?

  /// Gradients from their parts.
  public init(outputs: [Float]? = nil, finalStates: [LayerState]? = nil) {
    self.outputs = outputs
    self.finalStates = finalStates
  }
}

/// The loss by what goes into a batch of sequences.
public struct SequenceInputGradients: Sendable {
  /// By the inputs.
  public var inputs: [Float]
  /// By the state before the first step of each layer and direction.
  public var initialStates: [LayerState]

  /// Gradients from their parts.
  public init(inputs: [Float], initialStates: [LayerState]) {
    self.inputs = inputs
    self.initialStates = initialStates
  }
}

/// A network made ready for batches of sequences.
public protocol SequenceExecutor: Executor {
  /// Runs the layers over a batch.
  func forward(_ batch: SequenceBatch) throws -> SequenceOutputs
  /// The mirror of the last `forward`; `gradients` has the loss by the parameters then.
  func backward(_ gradients: SequenceGradients) throws -> SequenceInputGradients
}

extension Backend {
  /// Reserves what is needed to run a network over batches of sequences.
  public func makeSequenceExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any SequenceExecutor {
    throw LSTMError.deviceUnavailable("\(name) does not run batches of sequences")
  }
}

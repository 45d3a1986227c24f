/// Something that runs networks: the reference, the CPU, or an OpenCL device.
///
/// The cut is at the network, not at the tensor operation: a backend runs a whole network over a
/// whole batch of windows, owns the memory for it, and shows its caller no device types.
public protocol Backend: Sendable {
  /// What a user calls it: `reference`, `cpu`, `opencl:0`.
  var name: String { get }
  /// One line on what it runs on, such as the device's own name and its number of threads.
  var deviceDescription: String { get }
  /// Where it has several ways to run a network: their names, each with a backend that takes it
  /// whatever the shapes are. By default there are none.
  var forcedPlans: [(name: String, backend: any Backend)] { get }
  /// The processes that share its batches; by default there are none.
  var group: ProcessGroup? { get }
  /// Whether another backend would take over if its device failed now. By default there is none.
  var hasReplacement: Bool { get }

  /// What takes over after a call has failed with `LSTMError.deviceFailure`.
  ///
  /// - Parameter failure: What the device refused.
  /// - Returns: The other backend; `nil`, as by default, where there is none.
  func replacement(after failure: LSTMError) -> (any Backend)?

  /// Reserves everything that is needed to run a network. Nothing is allocated after this, except
  /// by `bind`, `setWindows` and the calls that return arrays.
  ///
  /// - Parameters:
  ///   - specification: The network.
  ///   - configuration: The largest batch, the number of steps, and what it is for.
  /// - Returns: An executor whose parameters are zero.
  /// - Throws: `LSTMError` where the device refuses.
  func makeExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any Executor
  /// The same for an executor that also takes batches of sequences as they are.
  ///
  /// - Parameters:
  ///   - specification: The network, with or without a head.
  ///   - configuration: The largest batch, the largest number of steps, and what it is for.
  /// - Returns: An executor whose parameters are zero.
  /// - Throws: `LSTMError` where the device refuses or the network cannot do what is asked.
  func makeSequenceExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any SequenceExecutor
}

extension Backend {
  /// None: there is one way to run a network.
  public var forcedPlans: [(name: String, backend: any Backend)] { [] }
  /// There are none.
  public var group: ProcessGroup? { nil }
  /// There is none.
  public var hasReplacement: Bool { false }

  /// None takes over.
  public func replacement(after failure: LSTMError) -> (any Backend)? { nil }
}

/// What an executor is made for.
public struct ExecutorConfiguration: Hashable, Sendable {
  /// What is kept between the calls.
  public enum Mode: Hashable, Sendable {
    /// Only `forward` and what follows from its outputs.
    case inference
    /// `backward` and `step` too.
    case training
  }

  /// What is kept between the calls.
  public var mode: Mode
  /// The largest `B` that `forward` will be asked for.
  public var batchSize: Int
  /// `T`, the number of time steps of each window.
  public var steps: Int
  /// Whether each `forward` starts from the states that the last one ended with, row by row, until
  /// `resetStates`; otherwise they start from zero.
  public var keepsStates: Bool
  /// Whether the series to be bound has rows that are missing, `WindowedSeries.rowMask`.
  public var hasMissingRows: Bool
  /// What the random masks of training are drawn from: dropout, recurrent dropout and zoneout.
  public var seed: UInt64

  /// A configuration from its parts.
  public init(
    mode: Mode, batchSize: Int, steps: Int, keepsStates: Bool = false,
    hasMissingRows: Bool = false, seed: UInt64 = 0
  ) {
    self.mode = mode
    self.batchSize = batchSize
    self.steps = steps
    self.keepsStates = keepsStates
    self.hasMissingRows = hasMissingRows
    self.seed = seed
  }

  /// More steps of all sequences than these fit into no memory, and their sizes into no number.
  private static let mostRows = 1 << 40

  /// Throws where a size is below 1, or there are more steps than fit into any memory.
  func check() throws(LSTMError) {
    guard batchSize >= 1, steps >= 1 else {
      throw .invalidConfiguration(
        "batch size \(batchSize) and \(steps) steps: both must be 1 or more")
    }
    guard Checked.product(batchSize, steps) <= Self.mostRows else {
      throw .invalidConfiguration(
        "batch size \(batchSize) and \(steps) steps: more than \(Self.mostRows) rows, which no memory holds"
      )
    }
  }
}

/// Whether a network is being trained or used.
public enum ExecutorPhase: Hashable, Sendable {
  /// Random masks are drawn: dropout, recurrent dropout, zoneout.
  case training
  /// Nothing is random.
  case inference
}

/// A network made ready on a device.
///
/// The order of calls: `setParameters`, `bind`, `setWindows`, then for each batch `forward` and, to
/// train, `backward` and `step`. A device may run them later than they are called; the calls that
/// return something wait for it. An executor is used by one thread at a time.
///
/// A call that is out of turn throws `LSTMError.callOutOfTurn` and changes nothing:
///
/// | call | what it needs |
/// |---|---|
/// | `bind` | a network with a head |
/// | `setWindows`, `forward`, `predict` | `bind` |
/// | `accumulateLoss` | `forward` since `bind`, `setWindows` and `predict` |
/// | `outputs`, `finalStates` | the same |
/// | `backward` | the same, once for each `forward`, and the same parameters; training |
/// | `gradients`, `accumulateGradient`, `step` | `backward`; training |
/// | `optimizerState`, `setOptimizerState`, `enter(.training)` | training |
///
/// "Training" is a configuration for training. `step`, `setParameters` and `setOptimizerState` change
/// the parameters; `backward` works in the memory that `forward` left, and so uses it up. A `forward`
/// of windows that there are not throws `LSTMError.invalidBatch`, parameters of another network
/// `LSTMError.shapeMismatch`.
public protocol Executor: AnyObject {
  /// The network.
  var specification: NetworkSpecification { get }
  /// What the executor was made for.
  var configuration: ExecutorConfiguration { get }
  /// One line on what was chosen for these shapes, and why.
  var plan: String { get }

  /// Replaces the parameters. The optimizer's state is kept.
  ///
  /// - Throws: `LSTMError.deviceFailure` where the device refuses.
  func setParameters(_ parameters: Parameters) throws
  /// The parameters as they are now. Waits for the device.
  ///
  /// - Throws: `LSTMError.deviceFailure` where the device refuses.
  func parameters() throws -> Parameters
  /// The gradient that the last `backward` left. Waits for the device.
  ///
  /// - Throws: `LSTMError.deviceFailure` where the device refuses.
  func gradients() throws -> Parameters

  /// Makes a series resident on the device. Its windows become the current ones.
  ///
  /// - Throws: `LSTMError.shapeMismatch` where its inputs, outputs or steps are not the network's.
  func bind(_ series: WindowedSeries) throws
  /// Replaces the current windows, in the order given, over the same series.
  ///
  /// - Throws: `LSTMError.shapeMismatch` where one reaches beyond the rows.
  func setWindows(_ windows: [Window]) throws

  /// Says what the passes to come are for, which is the configuration's mode at first. A network
  /// without random parts runs the same in both.
  ///
  /// - Throws: `LSTMError.callOutOfTurn` for training, where the configuration is for inference.
  func enter(_ phase: ExecutorPhase) throws
  /// Makes the next `forward` start from zero where states are kept.
  func resetStates()
  /// Runs the network over some of the current windows: those of the indices in `range`,
  /// `batchSize` of them at most.
  ///
  /// - Throws: `LSTMError.shapeMismatch` where states are kept and those of the last batch have
  ///   another number of rows, `LSTMError.deviceFailure` where the device refuses.
  func forward(_ range: Range<Int>) throws
  /// Compares the outputs of the last `forward` with the targets, and notes the loss.
  ///
  /// - Throws: `LSTMError.shapeMismatch` where the loss compares another number of outputs with each
  ///   target than the network has, or `LSTMError.invalidConfiguration` where it is no loss.
  func accumulateLoss(_ loss: Loss) throws
  /// The gradient of the loss of the last `forward` by every parameter, replacing the last one;
  /// notes the loss as `accumulateLoss` does.
  ///
  /// - Throws: As `accumulateLoss`, and what the device refuses.
  func backward(_ loss: Loss) throws
  /// Adds the gradient of the last `backward`, times a weight, to a sum that starts at zero. The next
  /// `step` takes the sum in place of the gradient, and ends it.
  ///
  /// With the share of each batch in the weights of all of them as its weight, the step is that of
  /// one larger batch. `gradients` are still those of the last `backward`. The memory for the sum is
  /// reserved at the first call.
  ///
  /// - Throws: `LSTMError.invalidConfiguration` where the weight is infinite or not a number,
  ///   `LSTMError.deviceFailure` where the device refuses.
  func accumulateGradient(weight: Double) throws
  /// Leaves parameters as they are in every `step` to come, bit by bit, and their gradient out of
  /// the norm; all others are trained.
  ///
  /// - Parameter names: Names of tensors, or of parts as `ParameterLayout.names(in:)` knows them.
  /// - Throws: `LSTMError.invalidConfiguration` where there is nothing of a name.
  func freeze(_ names: Set<String>) throws
  /// Changes the parameters by the gradient that the last `backward` left, or by the sum.
  ///
  /// The optimizer's state starts at zero and is the executor's; an executor is meant for one
  /// optimizer.
  ///
  /// - Parameters:
  ///   - optimizer: The rule.
  ///   - learningRate: Its step size, which may be another in each step.
  ///   - clipping: How the gradient is kept small before.
  /// - Throws: `LSTMError.invalidConfiguration` where a number of the rule or of the clipping makes no
  ///   sense, or the learning rate is negative, infinite or not a number; what the device refuses.
  func step(_ optimizer: Optimizer, learningRate: Double, clipping: GradientClipping) throws

  /// The number of training batches so far, by which random masks are drawn: each `backward` adds 1.
  var batchNumber: UInt32 { get set }
  /// The parameters and the optimizer's state, in full precision. Waits for the device.
  ///
  /// - Throws: `LSTMError.deviceFailure` where the device refuses.
  func optimizerState() throws -> OptimizerState
  /// Replaces the parameters and the optimizer's state, so that the next steps are those of the
  /// executor that the state was taken from. A sum of gradients that was begun is dropped.
  ///
  /// - Throws: `LSTMError.shapeMismatch` where it is the state of another number of parameters.
  func setOptimizerState(_ state: OptimizerState) throws

  /// The losses noted since the last call, one for each batch, each a mean over the batch's
  /// targets by their weights; 0 where all of these are 0. Waits for the device.
  ///
  /// - Throws: `LSTMError.deviceFailure` where the device refuses.
  func takeLosses() throws -> [Float]
  /// `[B, S, O]`, the outputs of the head in the last `forward`, where `S` is
  /// `NetworkSpecification.outputSteps(for:)`: 1 for a head on the last step. Waits for the device.
  ///
  /// - Throws: `LSTMError.deviceFailure` where the device refuses.
  func outputs() throws -> [Float]
  /// The states after the last time step of the last `forward`, one for each layer and direction:
  /// layer 0, its second direction where there is one, layer 1 and so on. Waits for the device.
  ///
  /// - Throws: `LSTMError.deviceFailure` where the device refuses.
  func finalStates() throws -> [LayerState]
  /// `[windows, S, O]`, the outputs for all current windows, in batches.
  ///
  /// - Throws: As `forward`.
  func predict() throws -> [Float]
}

extension Executor {
  /// Changes the parameters by the gradient that the last `backward` left, scaled down to a norm
  /// where one is given.
  ///
  /// - Throws: As the step that it calls.
  public func step(
    _ optimizer: Optimizer, learningRate: Double, maximumGradientNorm: Double?
  ) throws {
    try step(
      optimizer, learningRate: learningRate,
      clipping: GradientClipping(maximumNorm: maximumGradientNorm))
  }

  /// The ranges of indices that make one pass over `count` windows in batches.
  public func batches(of count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: configuration.batchSize).map {
      $0..<min($0 + configuration.batchSize, count)
    }
  }

  /// Throws where a batch is none of the current windows'.
  func checkBatch(_ range: Range<Int>, of windows: [Window]) throws(LSTMError) {
    guard
      !range.isEmpty, range.count <= configuration.batchSize, range.lowerBound >= 0,
      range.upperBound <= windows.count
    else {
      throw .invalidBatch(
        range, windowCount: windows.count, batchSize: configuration.batchSize)
    }
  }

  /// Throws where a series does not fit the network.
  func check(_ series: WindowedSeries) throws(LSTMError) {
    guard series.inputSize == specification.inputSize else {
      throw .shapeMismatch(
        "the network takes \(specification.inputSize) input features, but the series has "
          + "\(series.inputSize)")
    }
    guard specification.decoderSteps ?? series.horizon == series.horizon else {
      throw .shapeMismatch(
        "the decoder has \(specification.decoderSteps ?? 0) steps, but the windows have a horizon "
          + "of \(series.horizon)")
    }
    guard specification.outputSize.isMultiple(of: specification.targetCount(in: series)) else {
      throw .shapeMismatch(
        "the network has \(specification.outputSize) outputs, but the series has "
          + "\(series.horizon) x \(series.targetSize) targets in a window")
    }
    guard configuration.hasMissingRows || series.rowMask == nil else {
      throw .shapeMismatch(
        "the series has a mask of missing rows, but the executor was made without hasMissingRows")
    }
    guard series.steps == configuration.steps else {
      throw .shapeMismatch(
        "the executor was made for \(configuration.steps) steps, but the windows have "
          + "\(series.steps)")
    }
  }
}

extension Executor {
  /// Throws where a loss is none, or takes another number of outputs than the network has for the
  /// targets of a series.
  func check(_ loss: Loss, for series: WindowedSeries) throws(LSTMError) {
    try loss.check()
    guard loss.outputsPerTarget * specification.targetCount(in: series) == specification.outputSize
    else {
      throw .shapeMismatch(
        "the loss \(loss) takes \(loss.outputsPerTarget) "
          + "\(loss.outputsPerTarget == 1 ? "output" : "outputs") for each of the "
          + "\(series.horizon) x \(series.targetSize) targets in a window, but the network has "
          + "\(specification.outputSize) outputs")
    }
  }
}

extension NetworkSpecification {
  /// The number of targets that the outputs of one step of the head are compared with.
  func targetCount(in series: WindowedSeries) -> Int {
    decoderSteps == nil ? series.outputSize : series.targetSize
  }

  /// What is added to a window's target row for the first step of the head.
  func targetShift(steps: Int) -> Int { head == .everyStep && decoderSteps == nil ? 1 - steps : 0 }

  /// Throws where a window, or what the head's first step is compared with, is beyond the rows.
  func check(_ windows: [Window], of series: WindowedSeries) throws(LSTMError) {
    try series.check(windows)
    let first = -targetShift(steps: series.steps)
    guard let window = windows.first(where: { Int($0.targetRow) < first }) else { return }
    throw .shapeMismatch(
      "the head is on every step, and the first of them is compared with the target row "
        + "\(first) rows before the last one's; but a window's last one is \(window.targetRow)")
  }
}

/// The state of one direction of an LSTM layer.
public struct LayerState: Equatable, Sendable {
  /// `h` `[B, R]`, the output; `R` is `H` without a projection.
  public var hidden: [Float]
  /// `c` `[B, H]`, the cell.
  public var cell: [Float]

  /// A state from its two parts.
  public init(hidden: [Float], cell: [Float]) {
    self.hidden = hidden
    self.cell = cell
  }
}

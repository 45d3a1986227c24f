internal import Dispatch

/// A network made ready to predict again and again.
///
/// It keeps what a device needs between the calls: memory, weights, kernels. Calls from several
/// threads run one after the other.
///
/// ```swift
/// let predictor = try network.predictor(on: CPUBackend(), steps: 30)
/// let outputs = try predictor.predict(windows, rows: 4)
/// ```
public final class Predictor: Sendable {
  /// The network.
  public let network: Network
  /// What the executor was made for: the most rows at a time, and the most steps.
  public let configuration: ExecutorConfiguration
  private let executor: LockedExecutor

  /// Makes a predictor.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - backend: What it runs on.
  ///   - steps: `T`, the most time steps of a sequence.
  ///   - batchSize: The most sequences that run side by side; more take more memory.
  /// - Throws: `LSTMError.invalidConfiguration` where a size is below 1; what the device refuses.
  public init(
    _ network: Network, on backend: any Backend, steps: Int, batchSize: Int = 64
  ) throws {
    self.network = network
    configuration = ExecutorConfiguration(mode: .inference, batchSize: batchSize, steps: steps)
    let executor = try backend.makeSequenceExecutor(
      for: network.specification, configuration: configuration)
    try executor.setParameters(network.parameters)
    self.executor = LockedExecutor(executor)
  }

  /// Runs sequences through the network, any number of them.
  ///
  /// - Parameters:
  ///   - inputs: `[B, T, I]`, one sequence after the other.
  ///   - rows: `B`.
  /// - Returns: `[B, S, O]`, the outputs of the head; without a head `[B, T, F]`, those of the last
  ///   layer.
  /// - Throws: `LSTMError.shapeMismatch` where the inputs are no whole number of sequences of features
  ///   or there are more steps than the predictor was made for; what the device refuses.
  public func predict(_ inputs: [Float], rows: Int) throws -> [Float] {
    let size = network.specification.inputSize
    guard rows > 0, inputs.count % Checked.product(rows, size) == 0, !inputs.isEmpty else {
      throw LSTMError.shapeMismatch(
        "\(inputs.count) inputs are no \(rows) sequences of steps of \(size) features")
    }
    let (steps, width) = (inputs.count / (rows * size), inputs.count / rows)
    var outputs: [Float] = []
    for first in stride(from: 0, to: rows, by: configuration.batchSize) {
      let last = min(first + configuration.batchSize, rows)
      let result = try run(
        SequenceBatch(
          layout: .batchFirst, steps: steps, rows: last - first,
          inputs: Array(inputs[first * width..<last * width])))
      outputs += result.predictions ?? result.outputs
    }
    return outputs
  }

  /// Runs a batch of sequences, with lengths, a mask or initial states where it has them.
  ///
  /// - Parameter batch: As many rows and steps as the predictor was made for, or fewer.
  /// - Returns: Outputs and final states.
  /// - Throws: As `SequenceExecutor.forward`.
  public func run(_ batch: SequenceBatch) throws -> SequenceOutputs {
    try executor.forward(batch)
  }
}

extension Network {
  /// The network made ready to predict again and again; see `Predictor`.
  ///
  /// - Parameters:
  ///   - backend: What it runs on.
  ///   - steps: `T`, the most time steps of a sequence.
  ///   - batchSize: The most sequences that run side by side.
  /// - Returns: The predictor.
  /// - Throws: As `Predictor.init`.
  public func predictor(
    on backend: any Backend, steps: Int, batchSize: Int = 64
  ) throws -> Predictor {
    try Predictor(self, on: backend, steps: steps, batchSize: batchSize)
  }

  /// Runs one batch of sequences; `predictor` is for many.
  ///
  /// - Parameters:
  ///   - batch: The sequences.
  ///   - backend: What it runs on.
  /// - Returns: Outputs and final states.
  /// - Throws: As `SequenceExecutor.forward`, and what the device refuses.
  public func run(_ batch: SequenceBatch, on backend: any Backend) throws -> SequenceOutputs {
    try predictor(on: backend, steps: max(batch.steps, 1), batchSize: max(batch.rows, 1)).run(batch)
  }
}

/// An executor that one thread uses at a time.
private final class LockedExecutor: @unchecked Sendable {
  // Only touched on the queue.
  private let executor: any SequenceExecutor
  private let queue = DispatchQueue(label: "swift-lstm.predictor")

  init(_ executor: any SequenceExecutor) { self.executor = executor }

  func forward(_ batch: SequenceBatch) throws -> SequenceOutputs {
    try queue.sync { try executor.forward(batch) }
  }
}

/// A network that is fed one time step at a time, and remembers.
///
/// For sequences that never end, or whose next step is not known yet: each `step` goes on from the
/// states that the last one left, so any number of steps gives what one long sequence would.
///
/// ```swift
/// let stream = try NetworkStream(network, on: CPUBackend())
/// for row in rows { print(try stream.step(row)) }
/// ```
public final class NetworkStream {
  /// The network.
  public let network: Network
  /// `B`, the number of sequences that run side by side.
  public let rows: Int
  private let executor: any SequenceExecutor
  private var states: [LayerState]?

  /// Makes a stream that starts from zero states.
  ///
  /// - Parameters:
  ///   - network: The network, all of whose layers read forward.
  ///   - rows: `B`, the number of sequences that run side by side.
  ///   - backend: What it runs on.
  /// - Throws: `LSTMError.invalidConfiguration` where the network reads in reverse or decodes, or
  ///   `rows` is below 1; what the device refuses.
  public init(_ network: Network, rows: Int = 1, on backend: any Backend) throws {
    self.network = network
    self.rows = rows
    executor = try backend.makeSequenceExecutor(
      for: network.specification,
      configuration: ExecutorConfiguration(
        mode: .inference, batchSize: rows, steps: 1, keepsStates: true))
    try executor.setParameters(network.parameters)
  }

  /// Takes one time step of every sequence.
  ///
  /// - Parameters:
  ///   - inputs: `[B, I]`.
  ///   - isPresent: `[B]`, false where a sequence misses the step: its state stays as it is. All have
  ///     it where it is `nil`.
  /// - Returns: `[B, O]`, the outputs of the head; without a head `[B, F]`, those of the last layer.
  /// - Throws: `LSTMError.shapeMismatch` where there are more or fewer inputs; what the device refuses.
  public func step(_ inputs: [Float], isPresent: [Bool]? = nil) throws -> [Float] {
    let outputs = try executor.forward(
      SequenceBatch(
        layout: .timeMajor, steps: 1, rows: rows, inputs: inputs, mask: isPresent,
        initialStates: states))
    states = nil
    return outputs.predictions ?? outputs.outputs
  }

  /// Makes the next step start from zero states, or from those given.
  ///
  /// - Parameter states: The states of each layer, as `finalStates` gives them; zero where `nil`.
  public func reset(to states: [LayerState]? = nil) {
    executor.resetStates()
    self.states = states
  }

  /// The state of each layer after the last step, to go on from elsewhere.
  ///
  /// - Throws: What the device refuses.
  public func finalStates() throws -> [LayerState] {
    try executor.finalStates()
  }
}

internal import CSIMD

/// The fast backend of the processor: vector instructions chosen at run time, and all its threads.
public struct CPUBackend: Backend {
  /// Always `cpu`.
  public let name = "cpu"
  /// The instruction set and the number of threads.
  public var deviceDescription: String {
    "\(instructions.name), \(team.threads) thread\(team.threads == 1 ? "" : "s")"
  }

  let instructions: InstructionSet
  let team: ThreadTeam

  /// The backend with the best instructions that the processor has.
  ///
  /// - Parameter threads: The number of threads, of which there is always one; as many as the process
  ///   may use where none is given.
  public init(threads: Int? = nil) {
    let best = InstructionSet.all.last(where: \.isSupported) ?? .baseline
    self.init(instructions: best, threads: threads)
  }

  /// The backend with the instructions given, which the processor must have.
  init(instructions: InstructionSet, threads: Int? = nil) {
    precondition(instructions.isSupported, "\(instructions.name) on another processor")
    self.instructions = instructions
    team = ThreadTeam(atMost: threads ?? ProcessorThreads.count)
  }

  /// An executor that keeps everything in memory.
  ///
  /// - Throws: `LSTMError.invalidConfiguration` where a size is below 1 or the network cannot do what
  ///   is asked.
  public func makeExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any Executor {
    try executor(for: specification, configuration: configuration, takesSequences: false)
  }

  /// An executor that also takes batches of sequences.
  ///
  /// - Throws: As `makeExecutor`.
  public func makeSequenceExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any SequenceExecutor {
    try executor(for: specification, configuration: configuration, takesSequences: true)
  }

  private func executor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration,
    takesSequences: Bool
  ) throws -> NetworkExecutor<CPUOperations> {
    try NetworkExecutor(
      for: specification, configuration: configuration, takesSequences: takesSequences,
      operations: CPUOperations(
        ParameterLayout(specification), instructions: instructions, team: team,
        trains: configuration.mode == .training))
  }
}

extension InstructionSet {
  /// All sets, from the slowest to the fastest.
  static var all: [InstructionSet] { [.baseline, .AVX2, .AVX512] }

  /// What the maker of the processor calls it.
  var name: String {
    switch self {
    case .baseline:
      #if arch(arm64)
        "NEON"
      #else
        "SSE2"
      #endif
    case .AVX2: "AVX2"
    case .AVX512: "AVX-512"
    }
  }
}

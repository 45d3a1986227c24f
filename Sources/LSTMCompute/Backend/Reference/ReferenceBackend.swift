/// Plain loops on one processor core: slow, and what the other backends are held against.
public struct ReferenceBackend: Backend {
  /// Always `reference`.
  public let name = "reference"
  /// What it is.
  public let deviceDescription = "plain loops in double precision, one thread"

  /// The reference backend.
  public init() {}

  /// An executor that computes in double precision.
  ///
  /// - Throws: `LSTMError.invalidConfiguration` where a size is below 1 or the network cannot do what
  ///   is asked.
  public func makeExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any Executor {
    try ReferenceExecutor(
      for: specification, configuration: configuration, takesSequences: false)
  }

  /// An executor that computes in double precision.
  ///
  /// - Throws: As `makeExecutor`.
  public func makeSequenceExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any SequenceExecutor {
    try ReferenceExecutor(for: specification, configuration: configuration)
  }
}

/// The executor of the reference, whose results are there in double precision too.
typealias ReferenceExecutor = NetworkExecutor<ReferenceOperations<Double>>

extension ReferenceExecutor {
  /// An executor on operations of its own.
  convenience init(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration,
    takesSequences: Bool = true
  ) throws {
    try self.init(
      for: specification, configuration: configuration, takesSequences: takesSequences,
      operations: ReferenceOperations<Double>(ParameterLayout(specification)))
  }
}

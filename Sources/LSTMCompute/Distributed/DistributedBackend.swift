/// A backend whose batches are shared by several processes, each with a device of its own.
///
/// Every process makes the same calls with the same data. In training, each runs its rows of every
/// batch, and the gradients are added up before clipping and step, so that the weights are those of one
/// process with the same batch, but for rounding: the same bits in all processes, and from run to run
/// with the same number of them. `Executor.predict` is shared by whole batches, and its results are bit
/// by bit those of one process.
///
/// ```swift
/// let backend = DistributedBackend(CPUBackend(), group: group)
/// let trainer = try Trainer(
///   specification: NetworkSpecification(inputSize: 3, hiddenSizes: [32], outputSize: 1),
///   configuration: TrainingConfiguration(epochs: 2), backend: backend)
/// let result = try trainer.fit(training: series)
/// ```
///
/// Where the device of one process fails, the training ends in all of them: there is no replacement.
/// Executors of sequences, `makeSequenceExecutor`, are each process's own.
public final class DistributedBackend: Backend {
  /// What this process runs its share on.
  public let local: any Backend
  /// The processes.
  public var group: ProcessGroup? { ranks }
  private let ranks: ProcessGroup

  /// A backend that shares its batches.
  ///
  /// - Parameters:
  ///   - local: What this process runs its share on, of the same kind in all of them.
  ///   - group: The processes.
  public init(_ local: any Backend, group: ProcessGroup) {
    self.local = local
    ranks = group
  }

  /// The name of what this process runs on.
  public var name: String { local.name }
  /// What this process runs on, and with how many others.
  public var deviceDescription: String {
    local.deviceDescription + ", in \(ranks.count) process\(ranks.count == 1 ? "" : "es")"
  }

  /// An executor of this process's share.
  ///
  /// - Throws: `LSTMError.invalidConfiguration` where there are more processes than rows in a batch that
  ///   is trained on, or the network draws random masks by the rows of one process; `GroupError` where
  ///   another process has failed; what the device refuses.
  public func makeExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any Executor {
    do {
      try check(specification, configuration)
      var own = configuration
      if configuration.mode == .training {
        own.batchSize = BatchShare.most(of: configuration.batchSize, ranks: ranks.count)
      }
      guard
        let executor = try local.makeExecutor(for: specification, configuration: own)
          as? any ShareExecutor
      else {
        throw LSTMError.invalidConfiguration(
          "the backend \(local.name) cannot run a share of a batch; take one of this library")
      }
      return DistributedExecutor(executor, of: configuration, group: ranks)
    } catch { throw ranks.failure(error) }
  }

  /// An executor of this process alone.
  ///
  /// - Throws: As that of the backend.
  public func makeSequenceExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any SequenceExecutor {
    try local.makeSequenceExecutor(for: specification, configuration: configuration)
  }

  private func check(
    _ specification: NetworkSpecification, _ configuration: ExecutorConfiguration
  ) throws(LSTMError) {
    guard ranks.count > 1, configuration.mode == .training else { return }
    guard configuration.batchSize >= ranks.count else {
      throw .invalidConfiguration(
        "\(ranks.count) processes, but a batch has \(configuration.batchSize) "
          + "row\(configuration.batchSize == 1 ? "" : "s"); start as many processes as rows at most, "
          + "or train with a larger batch")
    }
    for layer in specification.layers {
      let options = [
        ("recurrent dropout", layer.recurrentDropout), ("zoneout", layer.zoneoutHidden),
        ("zoneout", layer.zoneoutCell),
      ]
      for (name, share) in options where share > 0 {
        throw .invalidConfiguration(
          "\(name) draws its masks by the rows of one process; train with one process, or without it"
        )
      }
    }
  }
}

extension Backend {
  /// What all processes have decided, where there are several: whether one of them wants something.
  package func agreed(_ wish: Bool) throws -> Bool { try group?.agree(wish) ?? wish }
}

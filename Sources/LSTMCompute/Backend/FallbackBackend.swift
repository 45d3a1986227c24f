internal import Synchronization

/// A backend whose work goes on on another one when its device fails.
///
/// `Trainer.fit` goes on from the end of the last epoch that was complete, or from a later checkpoint;
/// `Network.predict` predicts again. The results are those of two devices then, which differ by
/// rounding; `onFailure` is there to tell that. From the failure on, all that is asked of this backend
/// runs on the other one.
public final class FallbackBackend: Backend {
  /// What work runs on as long as it does not fail.
  public let first: any Backend
  private let second: any Backend
  private let onFailure: @Sendable (LSTMError) -> Void
  private let failed = Mutex<LSTMError?>(nil)

  /// A backend from two.
  ///
  /// - Parameters:
  ///   - first: What work runs on as long as it does not fail.
  ///   - second: What it runs on afterwards.
  ///   - onFailure: Called once, when the first one has failed, with what its device refused.
  public init(
    _ first: any Backend, fallback second: any Backend,
    onFailure: @escaping @Sendable (LSTMError) -> Void
  ) {
    self.first = first
    self.second = second
    self.onFailure = onFailure
  }

  /// What the first one's device refused; `nil` as long as it has not failed.
  public var failure: LSTMError? { failed.withLock { $0 } }

  private var current: any Backend { failure == nil ? first : second }

  /// The name of the one that work runs on now.
  public var name: String { current.name }
  /// What that one runs on.
  public var deviceDescription: String { current.deviceDescription }
  /// Its plans.
  public var forcedPlans: [(name: String, backend: any Backend)] { current.forcedPlans }

  /// As long as the first one has not failed.
  public var hasReplacement: Bool { failure == nil }

  /// The second one, which all work runs on from here.
  public func replacement(after failure: LSTMError) -> (any Backend)? {
    let isNew = failed.withLock { failed in
      defer { failed = failed ?? failure }
      return failed == nil
    }
    if isNew { onFailure(failure) }
    return second
  }

  /// An executor of the one that work runs on.
  ///
  /// - Throws: As both of them.
  public func makeExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any Executor {
    try current.makeExecutor(for: specification, configuration: configuration)
  }

  /// An executor of the one that work runs on.
  ///
  /// - Throws: As both of them.
  public func makeSequenceExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any SequenceExecutor {
    try current.makeSequenceExecutor(for: specification, configuration: configuration)
  }
}

extension Backend {
  /// Does some work, and does it again on the replacement where the device fails.
  ///
  /// - Parameter work: What is done on a backend; it must leave nothing half done.
  /// - Returns: What it returns.
  /// - Throws: What it throws, but for a failure of a device that has a replacement.
  func withReplacement<Result>(_ work: (any Backend) throws -> Result) throws -> Result {
    let isReplaceable = hasReplacement
    do { return try work(self) } catch let failure as LSTMError {
      guard isReplaceable, case .deviceFailure = failure, let other = replacement(after: failure)
      else {
        throw failure
      }
      return try work(other)
    }
  }
}

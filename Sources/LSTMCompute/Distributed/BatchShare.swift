/// The rows of a batch, or the members of some other list, that one of several processes runs.
package enum BatchShare {
  /// Rows `count r / ranks` to `count (r + 1) / ranks` of a range.
  ///
  /// They are the same for the same sizes, and as equal as can be. Empty for some ranks where there are
  /// more of them than rows.
  package static func rows(of range: Range<Int>, rank: Int, ranks: Int) -> Range<Int> {
    let first = range.lowerBound + range.count * rank / ranks
    return first..<range.lowerBound + range.count * (rank + 1) / ranks
  }

  /// The most rows of a rank.
  static func most(of count: Int, ranks: Int) -> Int { (count + ranks - 1) / ranks }
}

/// An executor that can run some rows of a batch so that the sums over all ranks are what one executor
/// has of the whole batch.
protocol ShareExecutor: Executor {
  /// Runs some rows of a batch. `backward` and `accumulateLoss` divide by the weights of the whole
  /// batch, and random masks are those of the rows' places in it.
  ///
  /// - Parameters:
  ///   - range: The rows, among the current windows.
  ///   - batch: The whole batch.
  /// - Throws: As `forward(_:)`.
  func forward(_ range: Range<Int>, of batch: Range<Int>) throws

  /// Replaces the gradient by the sum over all ranks.
  ///
  /// - Parameters:
  ///   - group: The ranks.
  ///   - isIdle: Whether this one had no rows, so that its part is zero and there was no `backward`.
  /// - Throws: `GroupError` where a rank has failed; what the device refuses.
  func sumGradients(over group: ProcessGroup, isIdle: Bool) throws
}

/// The number, mean and spread of residuals, gathered one at a time.
///
/// Welford's recurrence (1962) in Double: no sum of squares that could cancel, and no second pass.
public struct ResidualStatistics: Hashable, Sendable, Codable {
  /// The number of residuals that were counted.
  public private(set) var count = 0
  /// Their mean; 0 where there are none.
  public private(set) var mean = 0.0
  /// The number of residuals that were not a finite number and are in nothing else here.
  public private(set) var skipped = 0
  private var sumOfSquares = 0.0

  /// Statistics of nothing yet.
  public init() {}

  /// Statistics of some residuals.
  public init(_ residuals: some Sequence<Double>) {
    for residual in residuals { add(residual) }
  }

  /// Takes one more residual into account; one that is not finite is only counted as skipped.
  public mutating func add(_ residual: Double) {
    guard residual.isFinite else {
      skipped += 1
      return
    }
    count += 1
    let distance = residual - mean
    mean += distance / Double(count)
    sumOfSquares += distance * (residual - mean)
  }

  /// The same of residuals that are so many times as large.
  func scaled(by factor: Double) -> ResidualStatistics {
    var scaled = self
    scaled.mean *= factor
    scaled.sumOfSquares *= factor * factor
    return scaled
  }

  /// The population standard deviation about the mean; 0 where there are no residuals.
  public var standardDeviation: Double {
    count == 0 ? 0 : (sumOfSquares / Double(count)).squareRoot()
  }
}

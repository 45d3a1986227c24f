/// How far forecasts are from what was measured, in the target's own units.
public struct Metrics: Hashable, Sendable, Codable {
  /// The number of values compared.
  public let count: Int
  /// The mean of the squared errors.
  public let mse: Double
  /// The mean of the absolute errors.
  public let mae: Double
  /// The root of the mean of the squared errors.
  public let rmse: Double
  /// 1 - (sum of squared errors) / (sum of squared deviations from the mean of the actual values);
  /// `nil` where the actual values are all the same.
  public let r2: Double?

  /// Compares forecasts with what was measured; `nil` where there is nothing to compare.
  ///
  /// - Parameters:
  ///   - actual: What was measured; NaN where that is missing.
  ///   - expected: As many forecasts; NaN where there is none.
  public init?(actual: some Sequence<Double>, expected: some Sequence<Double>) {
    var count = 0
    var squares = 0.0
    var absolutes = 0.0
    var mean = 0.0
    var deviations = 0.0
    for (actual, expected) in zip(actual, expected) where !actual.isNaN && !expected.isNaN {
      count += 1
      let error = actual - expected
      squares += error * error
      absolutes += abs(error)
      // Welford's update: one pass, without the cancellation of E[x²] - E[x]².
      let distance = actual - mean
      mean += distance / Double(count)
      deviations += distance * (actual - mean)
    }
    guard count > 0 else { return nil }
    self.count = count
    mse = squares / Double(count)
    mae = absolutes / Double(count)
    rmse = mse.squareRoot()
    r2 = deviations > 0 ? 1 - squares / deviations : nil
  }
}

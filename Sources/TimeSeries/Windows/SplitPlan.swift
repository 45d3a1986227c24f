/// Which rows are trained on, which are held out to validate with, and which are judged.
///
/// The three ranges follow each other in time and cover all rows.
public struct SplitPlan: Hashable, Sendable {
  /// Where the rows that are fitted to end.
  public enum TrainUntil: Hashable, Sendable, CustomStringConvertible {
    /// After this part of the rows, above 0 and up to 1.
    case fraction(Double)
    /// Before the first row of this time or later.
    case time(String)

    /// What a user types: a fraction, or a time such as `2012-10-01`.
    public init(_ text: String) {
      if let fraction = Double(text), fraction > 0, fraction <= 1 {
        self = .fraction(fraction)
      } else {
        self = .time(text)
      }
    }

    /// What a user types for it.
    public var description: String {
      switch self {
      case .fraction(let fraction): "\(fraction)"
      case .time(let text): text
      }
    }
  }

  /// The rows that are trained on.
  public let training: Range<Int>
  /// The rows held out to validate with.
  public let validation: Range<Int>
  /// The rows that are judged.
  public let test: Range<Int>

  /// The rows that a model is fitted to or validated with.
  public var fit: Range<Int> { training.lowerBound..<validation.upperBound }

  /// Splits a series.
  ///
  /// - Parameters:
  ///   - series: The series.
  ///   - trainUntil: Where the part that is fitted to ends; the rest is the test.
  ///   - validation: The part of the fitted rows, 0 or more and below 1, that is held out at its end.
  ///   - steps: The number of rows in a window.
  ///   - horizon: The number of rows that a window forecasts.
  /// - Throws: `TimeSeriesError` where a part is too small for one window, or the time is not one.
  public init(
    series: Series, trainUntil: TrainUntil, validation: Double, steps: Int, horizon: Int = 1
  ) throws(TimeSeriesError) {
    func failure(_ reason: String) -> TimeSeriesError {
      TimeSeriesError(file: series.path, reason: reason)
    }
    guard validation >= 0, validation < 1 else {
      throw failure("the validation part is \(validation); it must be 0 or more and below 1")
    }
    let sizes = 1...Int(Int32.max)
    guard sizes.contains(steps), sizes.contains(horizon) else {
      throw failure(
        "window \(steps) and horizon \(horizon): both must be 1 to \(sizes.upperBound)")
    }
    let count = series.rowCount
    let end: Int
    switch trainUntil {
    case .fraction(let fraction):
      guard fraction > 0, fraction <= 1 else {
        throw failure("the part to train on is \(fraction); it must be above 0 and at most 1")
      }
      end = Int((Double(count) * fraction).rounded())
    case .time(let text):
      guard let row = series.time.firstRow(notBefore: text) else {
        throw failure(
          "'\(excerpt(text))' is neither a fraction nor a time such as "
            + "'\(series.time.label(at: 0))'")
      }
      end = row
    }
    let held = validation > 0 ? max(1, Int((Double(end) * validation).rounded())) : 0
    let middle = max(0, end - held)

    let needed = steps + horizon
    guard middle >= needed else {
      throw failure(
        "\(counted(count, "row")) \(count == 1 ? "leaves" : "leave") \(grouped(middle)) to train on, but "
          + "window \(steps) with horizon \(horizon) needs at least \(grouped(needed))")
    }
    guard held == 0 || held >= horizon else {
      throw failure(
        "\(counted(count, "row")) \(count == 1 ? "leaves" : "leave") \(grouped(held)) to validate with, but horizon \(horizon) needs at least "
          + "\(horizon)")
    }
    training = 0..<middle
    self.validation = middle..<end
    test = end..<count
  }
}

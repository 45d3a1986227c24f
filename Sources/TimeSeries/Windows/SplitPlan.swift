/// Which rows are trained on, which are held out to validate with, and which are judged.
///
/// The three ranges follow each other in time and cover all rows; those of a fold of a back-test
/// (see `folds`) end with the fold.
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

  /// Which of the fitted rows are held out to validate with: always the last ones.
  public enum HeldOut: Hashable, Sendable, CustomStringConvertible {
    /// This part of the fitted rows, 0 or more and below 1.
    case fraction(Double)
    /// The first row of this time or later, and all after it.
    case time(String)

    /// What a user types: a fraction, or a time such as `2012-10-01`.
    ///
    /// - Returns: `nil` for a number up to 1 that is no such fraction. A larger one is a time, as
    ///   those of numbered rows are.
    public init?(_ text: String) {
      guard let number = Double(text) else {
        guard !text.isEmpty else { return nil }
        self = .time(text)
        return
      }
      guard number >= 0, number != 1 else { return nil }
      self = number < 1 ? .fraction(number) : .time(text)
    }

    /// What a user types for it.
    public var description: String {
      switch self {
      case .fraction(let fraction): "\(fraction)"
      case .time(let text): text
      }
    }

    /// Whether no row is held out.
    public var isNone: Bool { self == .fraction(0) }
  }

  /// The rows that are trained on.
  public let training: Range<Int>
  /// The rows held out to validate with.
  public let validation: Range<Int>
  /// The rows that are judged.
  public let test: Range<Int>

  /// The rows that a model is fitted to or validated with.
  public var fit: Range<Int> { training.lowerBound..<validation.upperBound }

  /// A split from its parts, which follow each other.
  package init(training: Range<Int>, validation: Range<Int>, test: Range<Int>) {
    self.training = training
    self.validation = validation
    self.test = test
  }

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
    try self.init(
      series: series, trainUntil: trainUntil, heldOut: .fraction(validation), steps: steps,
      horizon: horizon)
  }

  /// Splits a series, whose rows held out are told by a part or by a time.
  ///
  /// - Parameters:
  ///   - series: The series.
  ///   - trainUntil: Where the part that is fitted to ends; the rest is the test.
  ///   - heldOut: Which of the fitted rows are held out.
  ///   - steps: The number of rows in a window.
  ///   - horizon: The number of rows that a window forecasts.
  /// - Throws: `TimeSeriesError` where a part is too small for one window, a time is none, or the rows
  ///   held out do not begin before the fitted ones end.
  public init(
    series: Series, trainUntil: TrainUntil, heldOut: HeldOut, steps: Int, horizon: Int = 1
  ) throws(TimeSeriesError) {
    let count = series.rowCount
    func failure(_ reason: String) -> TimeSeriesError {
      TimeSeriesError(file: series.path, reason: reason)
    }
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
    try self.init(series: series, fitting: end, heldOut: heldOut, steps: steps, horizon: horizon)
  }

  /// Splits a series whose first `end` rows are fitted to.
  init(
    series: Series, fitting end: Int, heldOut: HeldOut, steps: Int, horizon: Int
  ) throws(TimeSeriesError) {
    func failure(_ reason: String) -> TimeSeriesError {
      TimeSeriesError(file: series.path, reason: reason)
    }
    let sizes = 1...Int(Int32.max)
    guard sizes.contains(steps), sizes.contains(horizon) else {
      throw failure(
        "window \(steps) and horizon \(horizon): both must be 1 to \(sizes.upperBound)")
    }
    let count = series.rowCount
    let held = try heldOut.count(of: end, in: series)
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

extension SplitPlan.HeldOut {
  /// The number of rows that are held out of the first `end` rows of a series.
  fileprivate func count(of end: Int, in series: Series) throws(TimeSeriesError) -> Int {
    func failure(_ reason: String) -> TimeSeriesError {
      TimeSeriesError(file: series.path, reason: reason)
    }
    switch self {
    case .fraction(let fraction):
      guard fraction >= 0, fraction < 1 else {
        throw failure("the validation part is \(fraction); it must be 0 or more and below 1")
      }
      return fraction > 0 ? max(1, Int((Double(end) * fraction).rounded())) : 0
    case .time(let text):
      guard let row = series.time.firstRow(notBefore: text) else {
        throw failure(
          "--validation '\(excerpt(text))' is neither a share, 0 or more and below 1, nor a time such "
            + "as '\(series.time.label(at: 0))'")
      }
      guard row < end else {
        throw failure(
          "--validation '\(excerpt(text))' leaves no row to hold out: the last row that is fitted to "
            + (end > 0 ? "is '\(series.time.label(at: end - 1))'" : "is none")
            + "; the time must lie before --train-until")
      }
      return end - row
    }
  }
}

/// How unusual a row may be before it is an anomaly, as a user states it.
///
/// ```swift
/// let threshold = Threshold("conformal:0.01") ?? .adaptive(4)
/// ```
public enum Threshold: Hashable, Sendable, CustomStringConvertible {
  /// A surprise of so many deviations of what is usual by now; see `AdaptiveScorer`.
  case adaptive(Double)
  /// What takes most away from the smoothed errors of the last rows with the fewest stretches, by this share
  /// above all that are none; see `DynamicScorer`.
  case dynamic(pruning: Double)
  /// So many standard deviations of the residuals on held-out rows.
  case sigma(Double)
  /// So many robust deviations of them: 1.4826 times their median distance from their median.
  case mad(Double)
  /// As large as this share of them.
  case quantile(Double)
  /// So large that a row like those held out is an anomaly with at most this probability.
  case conformal(Double)
  /// So large that this share of rows passes it by chance, by the tail of the residuals.
  case peakOverThreshold(rate: Double)
  /// A number in the target's own unit.
  case absolute(Double)

  /// What rows are judged by where nothing else is said: the more rows a day has, the more rarely one
  /// may be an anomaly by chance.
  ///
  /// - Parameter step: The time from one row to the next in milliseconds; `nil` where rows have none.
  /// - Returns: An adaptive threshold.
  public static func standard(step: Double?) -> Threshold {
    guard let step else { return .adaptive(4.5) }
    let hour = 3_600_000.0
    return .adaptive(step >= 24 * hour ? 4 : step >= hour ? 4.5 : 5)
  }

  /// What there is to type, and whether its number is a share between 0 and 1.
  private static let forms: [(name: String, isShare: Bool, make: @Sendable (Double) -> Threshold)] =
    [
      ("adaptive", false, { .adaptive($0) }), ("dynamic", false, { .dynamic(pruning: $0) }),
      ("sigma", false, { .sigma($0) }),
      ("mad", false, { .mad($0) }), ("quantile", true, { .quantile($0) }),
      ("conformal", true, { .conformal($0) }), ("pot", true, { .peakOverThreshold(rate: $0) }),
      ("absolute", false, { .absolute($0) }),
    ]

  /// A threshold from what a user types, such as `adaptive:4.5`, `sigma:3` or `absolute:120`.
  ///
  /// - Returns: `nil` where the text is none of them, the number is not finite and above 0, or a
  ///   share is not below 1.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let form = Self.forms.first(where: { $0.name == parts[0] }), parts.count == 2,
      let number = Double(parts[1]), number.isFinite, number > 0, !form.isShare || number < 1
    else { return nil }
    self = form.make(number)
  }

  /// What a user types for it.
  public var description: String {
    switch self {
    case .adaptive(let factor): "adaptive:\(Self.plain(factor))"
    case .dynamic(let pruning): "dynamic:\(Self.plain(pruning))"
    case .sigma(let factor): "sigma:\(Self.plain(factor))"
    case .mad(let factor): "mad:\(Self.plain(factor))"
    case .quantile(let share): "quantile:\(Self.plain(share))"
    case .conformal(let share): "conformal:\(Self.plain(share))"
    case .peakOverThreshold(let rate): "pot:\(Self.plain(rate))"
    case .absolute(let value): "absolute:\(Self.plain(value))"
    }
  }

  /// Whether it is told from residuals on rows held out.
  public var needsHeldOutRows: Bool {
    if case .absolute = self { false } else { true }
  }

  /// What turns a target's rows into scores.
  ///
  /// - Parameters:
  ///   - statistics: The residuals on rows that the network was not fitted to.
  ///   - calibration: What the forecaster keeps of them beside; `nil` in models of earlier versions.
  ///   - target: The target's name, for the message.
  ///   - kinds: What counts in an adaptive score.
  ///   - least: The threshold where the residuals do not differ, as of a series that is always the
  ///     same and forecast to the last digit: 0 where there is to be none.
  /// - Returns: A scorer that has seen no row.
  /// - Throws: `DetectionError.invalidThreshold` where the held-out residuals give no threshold above 0.
  public func scorer(
    for statistics: Moments, calibration: Calibration?, target: String,
    kinds: Set<ScoreKind> = ScoreKind.standard, least: Double = 0
  ) throws(DetectionError) -> any Scorer {
    if case .adaptive(let factor) = self {
      try checkNumber(factor)
      try check(heldOut: statistics.count, target: target)
      let calibration = try known(calibration, target)
      guard calibration.seen != nil || !kinds.contains(.novel) else {
        throw .invalidThreshold(
          "the model was written by an earlier version, which did not keep what values of target "
            + "'\(target)' were seen; leave out novel, or fit the model anew")
      }
      return AdaptiveScorer(calibration, factor: factor, kinds: kinds, floor: least)
    }
    if case .dynamic(let pruning) = self {
      try checkNumber(pruning)
      try check(heldOut: statistics.count, target: target)
      return DynamicScorer(try known(calibration, target), pruning: pruning, floor: least)
    }
    return FixedThresholdScorer(
      threshold: try value(
        for: statistics, calibration: calibration, target: target, least: least),
      usual: statistics.standardDeviation)
  }

  private func checkNumber(_ number: Double) throws(DetectionError) {
    guard number > 0, number.isFinite else {
      throw .invalidThreshold("the threshold \(self) must have a finite number above 0")
    }
  }

  /// The largest residual that is still normal, in the target's unit.
  func value(
    for statistics: Moments, calibration: Calibration? = nil, target: String,
    least: Double = 0
  ) throws(DetectionError) -> Double {
    let found: Double
    switch self {
    case .absolute(let value):
      try checkNumber(value)
      return value
    case .adaptive, .dynamic: preconditionFailure("\(self) is no number")
    case .sigma(let factor):
      try check(heldOut: statistics.count, target: target)
      found = factor * statistics.standardDeviation
    case .mad(let factor):
      try check(heldOut: statistics.count, target: target)
      found = factor * Tail.robustDeviation(try known(calibration, target).sample)
    case .quantile(let share):
      try check(heldOut: statistics.count, target: target)
      found = Tail.quantile(share, ofSorted: try known(calibration, target).magnitudes)
    case .conformal(let share):
      let magnitudes = try known(calibration, target).magnitudes
      // The smallest set that holds a new row with the probability 1 - share (Vovk et al. 2005).
      let rank = ((Double(magnitudes.count) + 1) * (1 - share)).rounded(.up)
      guard rank >= 1, rank <= Double(magnitudes.count) else {
        throw tooFew(statistics.count, target)
      }
      found = magnitudes[Int(rank) - 1]
    case .peakOverThreshold(let rate):
      let magnitudes = try known(calibration, target).magnitudes
      guard let value = Tail.peakOverThreshold(rate: rate, magnitudes: magnitudes) else {
        throw tooFew(statistics.count, target)
      }
      found = value
    }
    let value = max(found, least)
    guard value > 0, value.isFinite else {
      throw .invalidThreshold(
        "the held-out residuals of target '\(target)' do not differ, so \(self) is no "
          + "threshold; give one in its own unit, as absolute:VALUE")
    }
    return value
  }

  private func known(
    _ calibration: Calibration?, _ target: String
  ) throws(DetectionError) -> Calibration {
    guard let calibration else {
      throw .invalidThreshold(
        "the model was written by an earlier version, which kept only the mean and the spread of the "
          + "residuals of target '\(target)', too little for \(self); use sigma:K or absolute:VALUE, or "
          + "fit the model anew")
    }
    return calibration
  }

  private func tooFew(_ count: Int, _ target: String) -> DetectionError {
    let need = leastHeldOut.description
    return .invalidThreshold(
      "target '\(target)' has \(count) held-out \(count == 1 ? "residual" : "residuals"), too "
        + "few for \(self)\(leastHeldOut > 2 ? ", which needs \(need.hasSuffix(".0") ? String(need.dropLast(2)) : need) that differ" : "")"
        + "; give a threshold in its own unit, as absolute:VALUE")
  }

  /// The smallest number of residuals that a threshold needs.
  private var leastHeldOut: Double {
    switch self {
    case .absolute: 0
    case .conformal(let share): (1 / share).rounded(.up) - 1
    case .peakOverThreshold: 100
    case .adaptive, .dynamic, .sigma, .mad, .quantile: Double(Self.leastHeldOut)
    }
  }

  /// The smallest number of residuals that have a spread.
  public static let leastHeldOut = 2

  /// Finds out whether so many held-out residuals are enough, before there are any.
  ///
  /// - Parameters:
  ///   - count: The number of held-out rows with a value.
  ///   - target: The target's name, for the message.
  /// - Throws: `DetectionError.invalidThreshold` where they are too few.
  public func check(heldOut count: Int, target: String) throws(DetectionError) {
    guard Double(count) >= leastHeldOut else { throw tooFew(count, target) }
    if case .conformal(let share) = self, (1 / share).rounded(.up) > Double(Calibration.sampleSize)
    {
      throw .invalidThreshold(
        "\(self) is below what a model keeps of its residuals, 1 in \(Calibration.sampleSize); pot:RATE "
          + "reaches further")
    }
  }

  private static func plain(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? "\(number)"
  }
}

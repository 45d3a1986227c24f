public import LSTMCompute
import TimeSeries

/// A forecaster that is fed one row at a time: each row is judged by what was forecast for it, and
/// the next ones are forecast.
///
/// It scales and codes rows as the forecaster does, and shows the network the same window, so that
/// it says what `Forecaster.forecast` says of the whole series.
///
///     let stream = try ForecasterStream(forecaster, on: CPUBackend())
///     for row in rows {
///       let answer = try stream.append(row)
///       if answer.judgements.contains(where: \.isAnomaly) { print(row) }
///     }
public final class ForecasterStream {
  /// What is said of a row and of those after it.
  public struct Answer: Hashable, Sendable {
    /// For each target what was expected of the row and how far off it is, in the forecaster's order.
    public let judgements: [Judgement]
    /// `[horizon][targets]`, what is expected of the rows to come; empty as long as fewer rows than a
    /// window's have been seen.
    public let forecast: [[Double]]
  }

  /// What is said of one target in a row.
  public struct Judgement: Hashable, Sendable {
    /// The target's name.
    public let target: String
    /// The value; NaN where it is missing.
    public let actual: Double
    /// What was forecast for the row one row before; NaN where nothing was.
    public let expected: Double
    /// |actual - expected| over the threshold; NaN where one of them is missing.
    public let score: Double

    /// Whether the score is above 1.
    public var isAnomaly: Bool { score > 1 }
  }

  /// The forecaster.
  public let forecaster: Forecaster
  private let predictor: Predictor
  private let featureScales: [Scaler.Column]
  private let thresholds: [Double]
  /// `[rows, features]`, scaled: those of the window to come, the last one at the end.
  private var window: [Float] = []
  /// The last known value of each feature and target, which stands for missing ones.
  private var last: [String: Double] = [:]
  /// What was forecast for the next row, by target.
  private var expected: [Double]

  /// Makes a stream that has seen no rows.
  ///
  /// - Parameters:
  ///   - forecaster: The forecaster.
  ///   - backend: What its network runs on.
  ///   - threshold: How large a residual may be.
  /// - Throws: `DetectionError.invalidThreshold` where the held-out residuals give no threshold; what
  ///   the device refuses.
  public init(
    _ forecaster: Forecaster, on backend: any Backend, threshold: Threshold = .sigma(3)
  ) throws {
    self.forecaster = forecaster
    featureScales = try forecaster.features.map { name in
      guard let scale = forecaster.scaler[name] else {
        throw DetectionError.dataMismatch("the model has no scale for its column '\(name)'")
      }
      return scale
    }
    thresholds = try zip(forecaster.targets, forecaster.residuals).map {
      try threshold.value(for: $1, target: $0)
    }
    expected = forecaster.targets.map { _ in .nan }
    predictor = try forecaster.network.predictor(
      on: backend, steps: forecaster.steps, batchSize: 1)
  }

  /// Judges a row, and forecasts the rows after it.
  ///
  /// - Parameter row: The values by the names of the columns; a missing one is not there or NaN, and
  ///   the last known value stands for it.
  /// - Returns: What is said of it.
  /// - Throws: `DetectionError.dataMismatch` where a value is infinite, or a feature or target has no
  ///   value yet; then the stream is as it was. What the device refuses.
  public func append(_ row: [String: Double]) throws -> Answer {
    let values = try known(row)
    let judgements = zip(forecaster.targets.indices, forecaster.targets).map { index, name in
      let actual = row[name] ?? .nan
      return Judgement(
        target: name, actual: actual, expected: expected[index],
        score: (actual - expected[index]).magnitude / thresholds[index])
    }
    var next = window
    next += featureScales.map { Float($0.transform(values[$0.name] ?? .nan)) }
    let size = forecaster.steps * featureScales.count
    if next.count > size { next.removeFirst(next.count - size) }
    var forecast: [[Double]] = []
    if next.count == size {
      let outputs = try predictor.predict(next, rows: 1)
      let targets = forecaster.targets
      let decoded = forecaster.coding.decode(
        outputs, by: forecaster.loss, horizon: forecaster.horizon
      ) { _, target in values[targets[target]] ?? .nan }
      forecast = (0..<forecaster.horizon).map { lead in
        Array(decoded.forecasts[lead * targets.count..<(lead + 1) * targets.count])
      }
    }
    (window, last) = (next, values)
    expected = forecast.first ?? forecaster.targets.map { _ in .nan }
    return Answer(judgements: judgements, forecast: forecast)
  }

  /// The row's values, with the last known ones for what is missing.
  private func known(_ row: [String: Double]) throws -> [String: Double] {
    var values = last
    for name in Set(forecaster.features + forecaster.targets) {
      if let value = row[name], !value.isNaN {
        guard value.isFinite else {
          throw DetectionError.dataMismatch("the value of '\(name)' is infinite")
        }
        values[name] = value
      } else if values[name] == nil {
        throw DetectionError.dataMismatch(
          "'\(name)' has no value, and none before it; the first row needs all of "
            + (forecaster.features + forecaster.targets.filter { !forecaster.features.contains($0) })
            .joined(separator: ", "))
      }
    }
    return values
  }
}

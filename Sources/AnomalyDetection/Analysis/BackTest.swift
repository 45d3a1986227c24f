public import LSTMCompute
import RealModule
public import TimeSeries

/// How far forecasts were off after several cut-offs, each time of a model fitted to the rows before.
public struct BackTest: Sendable {
  /// One cut-off.
  public struct Fold: Sendable {
    /// The rows that were fitted to, held out and judged.
    public let split: SplitPlan
    /// The errors of each target on the rows that were judged, one row ahead and, of a horizon above 1,
    /// over all leads.
    public let comparisons: [Comparison]
    /// What happened in the training.
    public let history: TrainingHistory

    /// The comparison of one target; over all leads where there are several.
    public func comparison(target: String) -> Comparison? {
      comparisons.last { $0.target == target }
    }
  }

  /// The folds, in order of time.
  public let folds: [Fold]

  /// A back-test of folds that were fitted.
  public init(_ folds: [Fold]) { self.folds = folds }
}

extension BackTest.Fold {
  /// Fits a model to the rows before a cut-off, and compares its forecasts of those after it.
  ///
  /// - Parameters:
  ///   - series: The series. Rows after the fold's have no part in it.
  ///   - split: The fold.
  ///   - options: The network and its training.
  ///   - season: The number of rows after which the series repeats itself, for the comparison; guessed
  ///     where none is given.
  ///   - backend: What it runs on.
  ///   - progress: Called before, during and after every epoch.
  ///   - isCancelled: Asked before every batch.
  /// - Throws: As `Forecaster.fit`.
  public init(
    of series: Series, split: SplitPlan, options: FittingOptions, season: Int? = nil,
    on backend: any Backend, progress: (TrainingProgress) -> Void = { _ in },
    isCancelled: () -> Bool = { false }
  ) throws {
    let fitted = try Forecaster.fit(
      series, split: split, options: options, on: backend, progress: progress,
      isCancelled: isCancelled)
    let forecaster = fitted.forecaster
    let known = fitted.forecasts.rows.upperBound >= split.test.upperBound
    let forecasts =
      known
      ? fitted.forecasts
      : try forecaster.forecast(series, rows: 0..<split.test.upperBound, on: backend)
    let season = season ?? forecaster.recipe?.season ?? series.season(in: split.fit)
    self.init(
      split: split,
      comparisons: Comparison.all(
        forecasts, of: series, part: .test, rows: split.test, season: season),
      history: fitted.history)
  }
}

extension BackTest {
  /// What is compared, in the order of the tables.
  public enum Forecast: String, Hashable, Sendable, CaseIterable {
    /// What rows are judged by.
    case model
    /// The network alone.
    case network
    /// A ridge regression.
    case linear
    /// The last value known.
    case persistence
    /// The value one season before.
    case seasonalNaive = "seasonal_naive"
    /// The mean of the last season.
    case seasonalMean = "seasonal_mean"

    /// Whether it costs nothing and needs no fitting.
    public var isSimple: Bool {
      switch self {
      case .model, .network, .linear: false
      case .persistence, .seasonalNaive, .seasonalMean: true
      }
    }
  }

  /// The mean of an error over all folds, and how far the folds are apart.
  public struct Spread: Hashable, Sendable {
    /// The mean.
    public let mean: Double
    /// The sample standard deviation, with n - 1; NaN of one fold.
    public let standardDeviation: Double

    init(_ values: [Double]) {
      let count = Double(values.count)
      let mean = values.reduce(0, +) / count
      self.mean = mean
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      standardDeviation = (squares / (count - 1)).squareRoot()
    }
  }

  /// An error of a target's forecasts over all folds.
  ///
  /// - Parameters:
  ///   - error: Which error, such as the mean absolute one.
  ///   - forecast: Whose forecasts.
  ///   - target: The target.
  /// - Returns: `nil` where a fold has no such forecast.
  public func spread(
    of error: (Metrics) -> Double, by forecast: Forecast, target: String
  ) -> Spread? {
    let values = folds.compactMap {
      $0.comparison(target: target)?.metrics(of: forecast).map(error)
    }
    guard !values.isEmpty, values.count == folds.count else { return nil }
    return Spread(values)
  }

  /// The simple forecast that is the least off, by its mean absolute error over all folds.
  public func bestSimple(target: String) -> (forecast: Forecast, mae: Spread)? {
    Forecast.allCases.filter(\.isSimple).compactMap { forecast in
      spread(of: \.mae, by: forecast, target: target).map { (forecast: forecast, mae: $0) }
    }.min { $0.mae.mean < $1.mae.mean }
  }
}

extension Comparison {
  /// The errors of one forecast; those of the network alone are the judged ones' where it judges alone.
  public func metrics(of forecast: BackTest.Forecast) -> Metrics? {
    switch forecast {
    case .model: model
    case .network: network ?? model
    case .linear: linear
    case .persistence: persistence
    case .seasonalNaive: seasonalNaive
    case .seasonalMean: seasonalMean
    }
  }
}

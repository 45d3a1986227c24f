public import LSTMCompute
import RealModule
public import TimeSeries

/// A forecaster that was trained further on new rows, beside the one before.
public struct ForecasterUpdate: Sendable {
  /// How to train further.
  public struct Options: Hashable, Sendable {
    /// The largest number of passes over the windows.
    public var epochs = 5
    /// The step size; `nil` takes a tenth of that of the fit.
    public var learningRate: Double?
    /// The share of the new rows that is held out: the first half of them decides which epoch is kept, the
    /// second half tells how good both forecasters are.
    public var heldOut = 0.3
    /// So many windows of old rows are trained on for each of a new one, at most.
    public var replay = 1.0

    /// The usual options.
    public init() {}
  }

  /// How far forecasts of one target were off on the rows that neither forecaster was fitted to.
  public struct Comparison: Hashable, Sendable {
    /// The target's column.
    public let target: String
    /// The errors of the forecaster before.
    public let before: Metrics
    /// Those of the new one.
    public let after: Metrics
  }

  /// The new forecaster; its scales, coding and choices are those of the one before.
  public let forecaster: Forecaster
  /// What happened in each epoch, of each network.
  public let histories: [TrainingHistory]
  /// How far both are off.
  public let comparisons: [Comparison]
  /// The rows that both were compared on.
  public let compared: Range<Int>
  /// How many windows of new rows were trained on, and of old ones.
  public let newWindows: Int
  /// See `newWindows`.
  public let oldWindows: Int

  /// The geometric mean over all targets of the new errors over the old ones, each the geometric mean of
  /// mean absolute and root mean square errors.
  public var ratio: Double {
    let ratios = comparisons.map { comparison in
      comparison.before.score > 0
        ? comparison.after.score / comparison.before.score
        : comparison.after.score > 0 ? .infinity : 1
    }
    return Double.pow(ratios.reduce(1, *), 1 / Double(max(1, ratios.count)))
  }
}

extension Forecaster {
  /// Trains the networks further on new rows, and on old ones lest they be forgotten.
  ///
  /// How columns are scaled and coded, the regression and by whose forecasts rows are judged stay as they
  /// are. Residuals and what rows are judged by are those of the new rows held out.
  ///
  /// - Parameters:
  ///   - series: The new rows, with the old ones before them as their context; see
  ///     `Series.init(table:context:options:)`.
  ///   - options: How to train.
  ///   - name: The name of this model.
  ///   - backend: What the networks run on.
  ///   - progress: Called before, during and after every epoch.
  ///   - isCancelled: Asked before every batch.
  /// - Returns: The new forecaster and how it compares with this one.
  /// - Throws: `DetectionError.dataMismatch` where the columns are others or the new rows are too few;
  ///   `DetectionError.noModel` where the training left none; an error of the device.
  public func updated(
    on series: Series, options: ForecasterUpdate.Options = .init(), name: String,
    on backend: any Backend, progress: (TrainingProgress) -> Void = { _ in },
    isCancelled: () -> Bool = { false }
  ) throws -> ForecasterUpdate {
    try check(series)
    let new = series.ownRows
    let held = Int((Double(new.count) * options.heldOut).rounded())
    let first = new.upperBound - held
    let middle = first + held / 2
    guard first - new.lowerBound >= horizon, held / 2 >= max(horizon, Threshold.leastHeldOut)
    else {
      throw DetectionError.dataMismatch(
        "\(series.path): \(counted(new.count, "new row")) \(new.count == 1 ? "is" : "are") too few to train "
          + "on and to hold \(held) out of")
    }
    let prepared = try prepare(series)
    let split = SplitPlan(
      training: 0..<first, validation: first..<middle, test: middle..<new.upperBound)
    let firstLearnt = coding.subject == .linear ? recipe?.linear?.firstRow ?? 0 : 0
    let set = try [prepared].trainingSet(
      coding, season: recipe?.season, splits: [split], from: firstLearnt, head: .last)
    let (training, old) = replaying(
      set.training, before: new.lowerBound, share: options.replay)

    var configuration = origin.configuration
    configuration.epochs = options.epochs
    configuration.learningRate = options.learningRate ?? configuration.learningRate / 10
    configuration.schedule = .constant
    configuration.frozen = []
    var networks: [Network] = []
    var histories: [TrainingHistory] = []
    for member in members {
      let result = try Trainer(
        specification: member.specification, configuration: configuration, backend: backend
      ).fit(
        training: training, validation: set.validation, initial: member.parameters,
        progress: progress, isCancelled: isCancelled)
      guard result.history.end != .cancelled else {
        throw DetectionError.noModel("stopped before the training ended, so there is no new model")
      }
      guard result.history.bestEpoch != nil, result.history.end.isOrderly else {
        throw DetectionError.noModel(
          "the training ended without a model; the learning rate may be too high")
      }
      networks.append(result.network)
      histories.append(result.history)
    }
    var updated = self.with(networks: networks)
    // What is said beside forecasts is corrected anew.
    updated.bands = nil
    updated.origin.configuration = configuration
    updated.origin.initial = name
    updated.origin.bestEpoch = histories[0].bestEpoch
    updated.origin.memberEpochs = histories.count > 1 ? histories.compactMap(\.bestEpoch) : nil
    updated.origin.device = backend.name

    let rows = 0..<series.rowCount + 1
    let before = try forecast(prepared, rows: rows, on: backend)
    var after = try updated.forecast(prepared, rows: rows, on: backend)
    let compared = middle..<new.upperBound
    let comparisons = targets.indices.compactMap { target -> ForecasterUpdate.Comparison? in
      let actual = series.actual(target: target, rows: compared)
      guard
        let old = Metrics(
          actual: actual, expected: before.expected(rows: compared, target: target)),
        let new = Metrics(actual: actual, expected: after.expected(rows: compared, target: target))
      else { return nil }
      return .init(target: targets[target], before: old, after: new)
    }
    guard comparisons.count == targets.count else {
      throw DetectionError.dataMismatch(
        "\(series.path): a target has no value in the last \(compared.count) rows, which are held out"
      )
    }

    // What is usual by now is told by all rows held out.
    let all = SplitPlan(
      training: 0..<first, validation: first..<new.upperBound, test: new.upperBound..<new.upperBound
    )
    updated.recipe?.blend?.measure(after, of: series, rows: all.validation)
    updated.blend(&after, of: series)
    if recipe != nil {
      updated.bands = Bands(after, of: series, rows: all.validation)
      updated.bands?.apply(to: &after, limits: limits, targets: targets)
    }
    after.hide(prepared.unknownRows)
    updated.residuals = updated.residuals(after, of: series, rows: all.validation)
    updated.calibrations = updated.calibrations(after, of: series, split: all)
    updated.origin.describe(series, split: all)
    return ForecasterUpdate(
      forecaster: updated, histories: histories, comparisons: comparisons, compared: compared,
      newWindows: training.windows.count - old, oldWindows: old)
  }

  /// The windows to train on: all of new rows, and of old ones so many for each of them, evenly chosen.
  private func replaying(
    _ all: WindowedSeries, before first: Int, share: Double
  ) -> (WindowedSeries, old: Int) {
    let old = all.windows.filter { Int($0.inputRow) + steps < first }
    let new = all.windows.count - old.count
    let most = min(old.count, Int((Double(new) * share).rounded()))
    guard most < old.count else { return (all, old.count) }
    let chosen = Set((0..<most).map { old[($0 * 2 + 1) * old.count / (2 * most)].inputRow })
    return (
      all.filter { Int($0.inputRow) + steps >= first || chosen.contains($0.inputRow) }, most
    )
  }

  /// The same forecaster with other networks of the same shape.
  private func with(networks: [Network]) -> Forecaster {
    Forecaster(
      network: networks[0], scaler: scaler, coding: coding, columns: columns, steps: steps,
      horizon: horizon, residuals: residuals, calibrations: calibrations, origin: origin,
      recipe: recipe, limits: limits, others: Array(networks.dropFirst()), panel: panel,
      bands: bands)
  }
}

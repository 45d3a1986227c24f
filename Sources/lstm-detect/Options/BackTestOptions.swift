import AnomalyDetection
import ArgumentParser
import LSTMCompute
import ResultText
import TimeSeries

/// Whether forecasts are tested after several cut-offs.
struct BackTestOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Also test the forecasts after so many cut-offs: the last half of the rows is cut into folds of "
        + "equal width, and each is forecast by a model fitted to all rows before it, with these "
        + "options. Takes up to so many times as long as a fit; the model that is written is that of "
        + "--train-until.",
      valueName: "number"))
  var folds: Int?

  func validate() throws {
    if let folds, !(2...1000).contains(folds) {
      throw ValidationError("--folds must be 2 to 1,000.")
    }
  }

  /// Throws where other options cannot be those of each fold.
  func check(_ split: SplitOptions, _ fineTuning: FineTuningOptions) throws {
    guard folds != nil else { return }
    if case .time = split.validation {
      throw ValidationError(
        "--folds needs --validation as a share: a time would not lie within each fold.")
    }
    if fineTuning.initial != nil {
      throw ValidationError(
        "--folds and --initial cannot be given together: the initial model may have been fitted to the "
          + "rows of the folds.")
    }
  }

  func record() -> [(name: String, value: JSONValue)] { [("folds", .optional(folds))] }

  /// Fits a model to the rows before each cut-off and compares its forecasts with the rows after it.
  ///
  /// - Parameters:
  ///   - result: The fit, with the folds.
  ///   - season: The number of rows after which the series repeats itself, where it is told.
  ///   - console: Where each fold is told.
  /// - Returns: `nil` where there are no folds, or the run was stopped before all of them were done.
  /// - Throws: An error of the data or the device.
  func backTest(
    _ result: FittingResult, season: Int?, _ console: Console
  ) throws -> BackTest? {
    guard !result.data.folds.isEmpty, result.training.history.end != .cancelled else { return nil }
    let clock = ContinuousClock()
    var folds: [BackTest.Fold] = []
    for (index, (series, split)) in result.data.folds.enumerated() {
      let place = "\(index + 1) of \(result.data.folds.count)"
      let start = clock.now
      // A line for each epoch of each fold would hide all else.
      let display =
        console.isQuiet || !Terminal.isScreen(.error)
        ? nil : ProgressDisplay(after: "fold \(place), ")
      defer { display?.finish() }
      let fold: BackTest.Fold
      do {
        fold = try BackTest.Fold(
          of: series, split: split, options: result.options, season: season, on: result.backend,
          progress: { display?.show($0, seconds: (clock.now - start).inSeconds) },
          isCancelled: { Interrupt.isRequested })
      } catch {
        if error is GroupError { throw error }
        if Processes.agree(Interrupt.isRequested) { return nil }
        throw CommandError(description: "fold \(place): \(ErrorText.line(error))")
      }
      guard !Processes.agree(Interrupt.isRequested) else { return nil }
      display?.finish()
      console.line(
        "fold      \(place): \(series.time.label(at: split.test.lowerBound)) to "
          + "\(series.time.label(at: split.test.upperBound - 1)) after "
          + "\(Findings.count(split.fit.count, "row")) "
          + "(\(Numbers.duration((clock.now - start).inSeconds)))")
      folds.append(fold)
    }
    return BackTest(folds)
  }
}

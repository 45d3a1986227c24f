import AnomalyDetection
import ArgumentParser
import LSTMCompute
import ResultText
import TimeSeries

extension FittingCommand {
  /// Throws where options do not go together, before any file is read.
  func validateFitting() throws {
    if !reading.series.isEmpty { try validateSeries() }
    try training.check(hasValidation: !split.validation.isNone)
    try fineTuning.check(
      try fittingOptions(steps: 1).specification(
        features: 1, targets: max(1, columns.target.names.count)))
    if network.members > 1 {
      let unfit = [
        ("--initial", fineTuning.initial != nil, "each network begins with weights of its own"),
        ("--checkpoint", checkpoints.checkpoint != nil, "a checkpoint is of one network"),
        ("--resume", checkpoints.resume != nil, "a checkpoint is of one network"),
      ]
      for (option, isGiven, reason) in unfit where isGiven {
        throw ValidationError(
          "\(option) and --members \(network.members) cannot be given together: \(reason).")
      }
    }
    if fineTuning.initial != nil {
      let unused = [
        ("--initializer", training.initializer != nil),
        ("--forget-bias", training.forgetBias != nil),
      ]
      for (option, isGiven) in unused where isGiven {
        throw ValidationError(
          "\(option) and --initial cannot be given together: the weights are the model's.")
      }
    }
    if training.forgetBias != nil, layers.bias == .none || layers.coupleGates {
      throw ValidationError(
        "--forget-bias needs forget gates with a bias, which there are none of with "
          + (layers.coupleGates ? "--couple-gates." : "--bias none."))
    }
  }

  /// Throws where options do not go together with several series.
  private func validateSeries() throws {
    let unfit = [
      ("--transform log", forecasting.transform == .log, "the series have scales instead"),
      ("--floor", forecasting.floors != nil, "what is learnt is in units of each series' scale"),
      (
        "--ceiling", forecasting.ceilings != nil, "what is learnt is in units of each series' scale"
      ),
      ("--folds", folds != nil, "a back-test is of one series; --where takes one of the file"),
    ]
    for (option, isGiven, reason) in unfit where isGiven {
      throw ValidationError("\(option) and --series cannot be given together: \(reason).")
    }
    let others = [
      ("--target", columns.target), ("--features", columns.features),
      ("--known", forecasting.known),
    ]
    for (option, lists) in others {
      guard let name = lists.names.first(where: reading.series.names.contains) else { continue }
      throw ValidationError(
        "--series and \(option) both name '\(name)': a column that tells series apart is no other.")
    }
  }

  /// What is fitted.
  ///
  /// - Parameters:
  ///   - steps: The number of rows in a window.
  ///   - horizon: The number of rows that are forecast; that of the option where it is `nil`.
  /// - Returns: The options for the forecaster.
  /// - Throws: A usage error that names the option by which the network becomes none.
  func fittingOptions(steps: Int, horizon: Int? = nil) throws -> FittingOptions {
    var options = FittingOptions(steps: steps)
    options.horizon = horizon ?? network.horizonGiven ?? 1
    options.scaler = network.scaler
    options.members = network.members
    options.training = training.configuration
    if training.loss == nil {
      if forecasting.plain {
        options.training.loss = .mse
      } else {
        options.losses = TrainingOptions.candidates
      }
    }
    try forecasting.apply(to: &options)
    options.training.frozen = Set(fineTuning.freeze)
    let units = LayerOptions.Change("--units") {
      $0.layers = network.units.widths.map(LSTMLayer.init(hiddenSize:))
    }
    for change in [units] + layers.changes {
      change.apply(&options)
      do {
        // The number of features is not known before the file is read, and no option limits it.
        _ = try options.specification(features: 1, targets: max(1, columns.target.names.count))
      } catch {
        throw ValidationError("\(change.option): \(error).")
      }
    }
    return options
  }

  /// Every option that the model depends on, as it was used.
  func fittingRecord(
    defaultTrainUntil: String, window: Int, horizon: Int
  ) -> [(name: String, value: JSONValue)] {
    let isDrawn = fineTuning.initial == nil
    return reading.record() + columns.record() + split.record(defaultTrainUntil: defaultTrainUntil)
      + network.record(window: window, horizon: horizon) + forecasting.record() + layers.record()
      + training.record().map { ($0.name, $0.name == "initialiser" && !isDrawn ? .null : $0.value) }
      + fineTuning.record()
  }
}

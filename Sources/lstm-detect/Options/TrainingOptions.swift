import AnomalyDetection
import ArgumentParser
import LSTMCompute
import ResultText

/// How the network is fitted.
struct TrainingOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "The largest number of passes over the training rows.")
  var epochs = 100

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The number of windows that run side by side, for each change of the weights.",
      valueName: "windows"))
  var batch = 32

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Change the weights only after so many batches, by the mean of all their windows: as a "
        + "larger batch, but in the memory of one.",
      valueName: "batches"))
  var accumulate = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The step size of the optimizer.", valueName: "rate"))
  var learningRate = 0.001

  @Option(
    help: ArgumentHelp(
      "How the step size changes: constant, step:N:F (times F every N epochs), cosine or cosine:W "
        + "(down to nothing over all --epochs, after W epochs of warm-up), plateau:P:F (times F "
        + "when the validation loss has not become better for more than P epochs).",
      valueName: "rule"))
  var schedule = LearningRateSchedule.constant

  @Option(
    help: ArgumentHelp(
      "adam, adamw, rmsprop, sgd, or with a momentum M sgd:M or nesterov:M.",
      valueName: "optimizer"))
  var optimizer = Optimizer.adam()

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Draw the weights to zero: as an L2 penalty, with adamw by a share of each weight in each "
        + "step. (default: 0.01 with adamw, else 0)",
      valueName: "decay"))
  var weightDecay: Double?

  @Option(
    help: ArgumentHelp(
      "What is minimized, on scaled values: mse, mae, huber, quantile:Q,Q,... (several quantiles "
        + "between 0 and 1, such as quantile:0.1,0.5,0.9; 0.5, the median, is the forecast) or "
        + "gaussian (the forecast and its standard deviation). (default: huber or mae, whichever is "
        + "better on the rows held out)",
      valueName: "loss"))
  var loss: Loss?

  /// The losses among which is chosen where none is given.
  static let candidates = [Loss.huber, .mae]

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Scale each gradient down to this norm; 0 leaves it as it is.", valueName: "norm"))
  var clipNorm = 1.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Cut each element of the gradient to at most this, after --clip-norm; 0 leaves it as it is.",
      valueName: "value"))
  var clipValue = 0.0

  @Option(
    name: .customLong("patience"), parsing: .unconditional,
    help: ArgumentHelp(
      "Stop after so many epochs without a better validation loss; 0 never stops early. The "
        + "weights of the best epoch are kept in any case. (default: 10)",
      valueName: "epochs"))
  var patienceGiven: Int?

  @Option(
    name: .customLong("initializer"),
    help: ArgumentHelp(
      "How the initial weights are drawn: pytorch (uniform), glorot (as Keras: Glorot uniform and "
        + "orthogonal) or orthogonal. (default: pytorch)",
      valueName: "rule"))
  var initializerGiven: Initializer?

  @Option(name: .customLong("initialiser"), help: .private)
  var initializerGivenByOldName: Initializer?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The initial bias of the forget gates. (default: the initializer's own)",
      valueName: "bias"))
  var forgetBias: Double?

  // Whatever follows is the value, so that -1 is called a wrong number and not an option.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Decides the initial weights and the order of the windows; a whole number, 0 or more.",
      valueName: "number"))
  var seed: UInt64 = 0

  var patience: Int { patienceGiven ?? 10 }
  var initializer: Initializer? { initializerGiven ?? initializerGivenByOldName }

  func validate() throws {
    try Check.atLeastOne(epochs, "--epochs")
    try Check.atLeastOne(batch, "--batch")
    try Check.atLeastOne(accumulate, "--accumulate")
    guard learningRate > 0, learningRate.isFinite else {
      throw ValidationError("--learning-rate must be a number above 0.")
    }
    do {
      try loss?.checkForecasting()
    } catch {
      throw ValidationError("--loss: \(error).")
    }
    guard clipNorm >= 0, clipNorm.isFinite else {
      throw ValidationError("--clip-norm must be 0 or more.")
    }
    guard clipValue >= 0, clipValue.isFinite else {
      throw ValidationError("--clip-value must be 0 or more.")
    }
    if let weightDecay, !(weightDecay >= 0 && weightDecay.isFinite) {
      throw ValidationError("--weight-decay must be 0 or more.")
    }
    if case .cosine(let warmUp) = schedule, warmUp >= epochs {
      throw ValidationError("--schedule: the warm-up must be shorter than --epochs.")
    }
    if let forgetBias, !forgetBias.isFinite {
      throw ValidationError("--forget-bias must be a number.")
    }
    guard patience >= 0 else { throw ValidationError("--patience must be 0 or more.") }
    guard initializerGiven == nil || initializerGivenByOldName == nil else {
      throw ValidationError("--initialiser is the old name of --initializer: give one of them.")
    }
  }

  /// The trainer's configuration for these options.
  var configuration: TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.epochs = epochs
    configuration.batchSize = batch
    configuration.accumulatedBatches = accumulate
    configuration.learningRate = learningRate
    configuration.schedule = schedule
    configuration.optimizer = optimizer
    if let weightDecay { configuration.optimizer.weightDecay = weightDecay }
    configuration.loss = loss ?? Self.candidates[0]
    configuration.maximumGradientNorm = clipNorm > 0 ? clipNorm : nil
    configuration.maximumGradientValue = clipValue > 0 ? clipValue : nil
    configuration.patience = patience > 0 ? patience : nil
    configuration.initializer = initializer ?? .pytorch
    configuration.forgetBias = forgetBias
    configuration.seed = seed
    return configuration
  }
}

extension TrainingOptions {
  /// Throws where the training looks at rows held out and there are none.
  func check(hasValidation: Bool) throws {
    guard !schedule.needsValidation || hasValidation else {
      throw ValidationError(
        "--schedule \(schedule.defaultValueDescription) needs rows that are held out: give "
          + "--validation above 0.")
    }
    guard hasValidation || (patienceGiven ?? 0) == 0 else {
      throw ValidationError(
        "--patience looks at the loss of rows that are held out, which there are none of with "
          + "--validation 0.")
    }
  }
}

/// Checks of single values that many options share.
enum Check {
  /// More rows than this no file has.
  static let largestSize = 1_000_000_000

  /// A number of rows.
  static func size(_ value: Int, _ option: String) throws {
    guard (1...largestSize).contains(value) else {
      throw ValidationError("\(option) must be 1 to \(Numbers.readable(largestSize)).")
    }
  }

  /// A path that was given.
  static func path(_ path: String?, _ option: String) throws {
    guard path != "" else { throw ValidationError("\(option): the path is empty.") }
  }

  static func atLeastOne(_ value: Int, _ option: String) throws {
    guard value >= 1 else { throw ValidationError("\(option) must be 1 or more.") }
  }
}

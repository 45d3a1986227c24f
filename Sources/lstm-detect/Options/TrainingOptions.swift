import ArgumentParser
import LSTMCompute

/// How the network is fitted.
struct TrainingOptions: ParsableArguments {
  @Option(help: "The largest number of passes over the training rows.")
  var epochs = 100

  @Option(
    help: ArgumentHelp(
      "The number of windows for each change of the weights.", valueName: "windows"))
  var batch = 32

  @Option(help: ArgumentHelp("The step size of the optimizer.", valueName: "rate"))
  var learningRate = 0.001

  @Option(
    help: ArgumentHelp(
      "adam, sgd, or sgd:M with momentum M.", valueName: "optimizer"))
  var optimizer = Optimizer.adam()

  @Option(help: "What is minimised, on scaled values.")
  var loss = Loss.mse

  @Option(
    help: ArgumentHelp(
      "Scale each gradient down to this norm; 0 leaves it as it is.", valueName: "norm"))
  var clipNorm = 1.0

  @Option(
    help: ArgumentHelp(
      "Stop after so many epochs without a better validation loss; 0 never stops early. The "
        + "weights of the best epoch are kept in any case.",
      valueName: "epochs"))
  var patience = 10

  // Whatever follows is the value, so that -1 is called a wrong number and not an option.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Decides the initial weights and the order of the windows; a whole number, 0 or more.",
      valueName: "number"))
  var seed: UInt64 = 0

  func validate() throws {
    try Check.atLeastOne(epochs, "--epochs")
    try Check.atLeastOne(batch, "--batch")
    guard learningRate > 0, learningRate.isFinite else {
      throw ValidationError("--learning-rate must be a number above 0.")
    }
    guard clipNorm >= 0, clipNorm.isFinite else {
      throw ValidationError("--clip-norm must be 0 or more.")
    }
    guard patience >= 0 else { throw ValidationError("--patience must be 0 or more.") }
  }

  /// The trainer's configuration for these options.
  var configuration: TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.epochs = epochs
    configuration.batchSize = batch
    configuration.learningRate = learningRate
    configuration.optimizer = optimizer
    configuration.loss = loss
    configuration.maximumGradientNorm = clipNorm > 0 ? clipNorm : nil
    configuration.patience = patience > 0 ? patience : nil
    configuration.seed = seed
    return configuration
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

  static func atLeastOne(_ value: Int, _ option: String) throws {
    guard value >= 1 else { throw ValidationError("\(option) must be 1 or more.") }
  }
}

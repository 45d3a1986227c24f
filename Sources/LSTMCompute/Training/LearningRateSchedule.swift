internal import RealModule

/// How the learning rate changes from epoch to epoch.
///
/// Within an epoch it stays. The rules are those of `torch.optim.lr_scheduler`, stepped once in each epoch.
public enum LearningRateSchedule: Hashable, Sendable, Codable {
  /// Always the configuration's rate.
  case constant
  /// Times `factor` after every `epochs` epochs, as StepLR.
  case step(epochs: Int, factor: Double)
  /// In `warmUp` epochs up to the configuration's rate, then down to nothing along half a cosine.
  ///
  /// Of E planned epochs, those numbered e = 0 ..< warmUp have (e + 1) / (warmUp + 1) of the rate,
  /// the others (1 + cos(π (e - warmUp) / (E - warmUp))) / 2 of it, as LinearLR followed by
  /// CosineAnnealingLR. The last epoch still learns a little.
  case cosine(warmUp: Int = 0)
  /// Times `factor` when the validation loss has not become better for more than `patience` epochs,
  /// as ReduceLROnPlateau: better is below the best by more than a ten-thousandth of it.
  case plateau(patience: Int, factor: Double)

  /// Throws where a number makes no sense for this many planned epochs.
  func check(epochs planned: Int) throws(LSTMError) {
    func checkFactor(_ factor: Double) throws(LSTMError) {
      guard factor > 0, factor < 1 else {
        throw .invalidConfiguration(
          "the schedule's factor is \(factor); it must lie between 0 and 1")
      }
    }
    switch self {
    case .constant: break
    case .step(let epochs, let factor):
      guard epochs >= 1 else {
        throw .invalidConfiguration(
          "the schedule steps every \(epochs) epochs; it must be 1 or more")
      }
      try checkFactor(factor)
    case .cosine(let warmUp):
      guard warmUp >= 0, warmUp < planned else {
        throw .invalidConfiguration(
          "the warm-up takes \(warmUp) epochs; it must be 0 or more and below the \(planned) epochs"
        )
      }
    case .plateau(let patience, let factor):
      guard patience >= 0 else {
        throw .invalidConfiguration("the schedule's patience is \(patience); it must be 0 or more")
      }
      try checkFactor(factor)
    }
  }

  /// Whether the rule looks at validation losses.
  public var needsValidation: Bool {
    if case .plateau = self { return true }
    return false
  }
}

/// The learning rates of a training, epoch by epoch.
package struct LearningRates {
  private let schedule: LearningRateSchedule
  private let initial: Double
  private let epochs: Int
  private var epoch = 0
  private var reductions = 1.0
  private var best = Double.infinity
  private var epochsWithoutBetter = 0

  /// The rates of a training of `epochs` epochs that starts from a rate.
  package init(_ schedule: LearningRateSchedule, initial: Double, epochs: Int) {
    (self.schedule, self.initial, self.epochs) = (schedule, initial, epochs)
  }

  /// The rate of the epoch that comes.
  package var current: Double {
    switch schedule {
    case .constant: initial
    case .step(let epochs, let factor): initial * .pow(factor, epoch / epochs)
    case .cosine(let warmUp) where epoch < warmUp:
      initial * Double(epoch + 1) / Double(warmUp + 1)
    case .cosine(let warmUp):
      initial * (1 + .cos(.pi * Double(epoch - warmUp) / Double(epochs - warmUp))) / 2
    case .plateau: initial * reductions
    }
  }

  /// Goes on to the next epoch.
  package mutating func endEpoch(validationLoss: Double?) {
    epoch += 1
    guard case .plateau(let patience, let factor) = schedule, let loss = validationLoss else {
      return
    }
    // Losses may be negative, as that of a density is.
    if loss < (best.isFinite ? best - 1e-4 * abs(best) : best) {
      (best, epochsWithoutBetter) = (loss, 0)
    } else {
      epochsWithoutBetter += 1
    }
    if epochsWithoutBetter > patience {
      reductions *= factor
      epochsWithoutBetter = 0
    }
  }
}

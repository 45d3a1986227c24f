internal import Dispatch

/// What changes while a network is fitted, apart from what the executor holds.
struct TrainingState {
  var history = TrainingHistory()
  /// The losses read so far of the epoch in work.
  var losses: [Float] = []
  /// How long the epoch in work had taken when the training was resumed.
  var secondsBefore = 0.0
  /// The parameters of the best epoch.
  var best: Parameters

  /// A training that begins.
  init(initial: Parameters) { best = initial }

  /// A training that goes on.
  init(_ checkpoint: Checkpoint) {
    history = checkpoint.history
    history.end = .completed
    losses = checkpoint.losses
    secondsBefore = checkpoint.seconds
    best = checkpoint.best
  }

  /// Goes on to the next epoch.
  mutating func endEpoch(_ epoch: TrainingHistory.Epoch) {
    history.epochs.append(epoch)
    losses = []
    secondsBefore = 0
  }

  /// The number of windows trained on so far, in all epochs together.
  func windowsDone(of windows: Int, _ executor: any Executor) -> Int {
    history.epochs.count * windows + min(windows, losses.count * executor.configuration.batchSize)
  }

  /// The loss of the best epoch, on the windows held out where there are any.
  var bestLoss: Float {
    guard let number = history.bestEpoch else { return .infinity }
    let epoch = history.epochs[number - 1]
    return epoch.validationLoss ?? epoch.trainingLoss
  }

  /// Why a training of this history ends; `nil` where it goes on.
  func end(of configuration: TrainingConfiguration) -> TrainingHistory.End? {
    let done = history.epochs.count
    if let patience = configuration.patience, done - (history.bestEpoch ?? 0) >= patience {
      return .stoppedEarly
    }
    return done >= configuration.epochs ? .completed : nil
  }
}

/// How long an epoch takes.
struct EpochClock {
  private let before: Double
  private let start = DispatchTime.now().uptimeNanoseconds

  /// A clock that starts now, of an epoch that took so many seconds before.
  init(after before: Double) { self.before = before }

  /// How long the epoch took so far.
  var seconds: Double { before + Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 }
}

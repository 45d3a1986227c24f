/// How far a training has come.
public struct TrainingProgress: Sendable {
  /// The number of the epoch in work, from 1.
  public private(set) var epoch = 0
  /// The largest number of epochs.
  public let epochs: Int
  /// The number of training windows in an epoch.
  public let windows: Int
  /// How many of them this epoch has handed to the device.
  public internal(set) var windowsDone = 0
  /// The last epoch that is complete.
  public private(set) var lastEpoch: TrainingHistory.Epoch?
  /// What the backend chose for these shapes.
  public let plan: String

  /// The number of windows, in all epochs together, that were done before the training was resumed.
  public let windowsBefore: Int

  init(epochs: Int, windows: Int, plan: String, windowsBefore: Int = 0) {
    self.windowsBefore = windowsBefore
    self.epochs = epochs
    self.windows = windows
    self.plan = plan
  }

  mutating func begin(epoch: Int) {
    self.epoch = epoch
    windowsDone = 0
  }

  mutating func end(_ epoch: TrainingHistory.Epoch) {
    lastEpoch = epoch
  }

  /// Whether the epoch in work is the one just completed.
  public var isAtEndOfEpoch: Bool { lastEpoch?.number == epoch }
}

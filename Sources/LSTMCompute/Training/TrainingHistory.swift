/// What happened in each epoch of a training.
public struct TrainingHistory: Equatable, Sendable, Codable {
  /// One pass over the training windows.
  public struct Epoch: Equatable, Sendable, Codable {
    /// The number of the epoch, from 1.
    public var number: Int
    /// The mean loss over the training windows, each taken as the parameters were at its batch.
    public var trainingLoss: Float
    /// The mean loss over the validation windows after the epoch.
    public var validationLoss: Float?
    /// The optimizer's step size in this epoch.
    public var learningRate: Double
    /// How long the epoch took.
    public var seconds: Double
  }

  /// Why a training ended.
  public enum End: Hashable, Sendable, Codable {
    /// All epochs were done.
    case completed
    /// The validation loss had not become better for as long as the patience allows.
    case stoppedEarly
    /// The caller asked for it.
    case cancelled
    /// The loss became NaN or infinite in this epoch.
    case diverged(epoch: Int)
    /// The device failed, for this reason, after an epoch whose parameters were kept.
    case deviceFailed(String)
  }

  /// The epochs in order, without one that was cancelled, diverged or failed.
  public var epochs: [Epoch] = []
  /// The number of the epoch whose parameters were kept; `nil` where none was finished.
  public var bestEpoch: Int?
  /// Why the training ended.
  public var end = End.completed

  /// A history of nothing.
  public init() {}
}

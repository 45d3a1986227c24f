/// How a network is fitted.
public struct TrainingConfiguration: Hashable, Sendable, Codable {
  /// The largest number of passes over the training windows.
  public var epochs = 50
  /// `B`, the number of windows for each change of the parameters.
  public var batchSize = 32
  /// The optimizer's step size.
  public var learningRate = 0.001
  /// The optimizer.
  public var optimizer = Optimizer.adam()
  /// What is minimised.
  public var loss = Loss.mse
  /// The gradient's norm is scaled down to this; `nil` leaves it as it is.
  public var maximumGradientNorm: Double? = 1
  /// Training stops after so many epochs without a better validation loss; `nil` never stops.
  public var patience: Int? = 10
  /// Decides the order of the windows in each epoch.
  public var seed: UInt64 = 0
  /// Whether the windows are shuffled before each epoch.
  public var shuffles = true

  /// The defaults above.
  public init() {}

  /// Throws where a value cannot be trained with.
  func check() throws(LSTMError) {
    guard epochs >= 1 else {
      throw .invalidConfiguration("the number of epochs is \(epochs); it must be 1 or more")
    }
    guard batchSize >= 1 else {
      throw .invalidConfiguration("the batch size is \(batchSize); it must be 1 or more")
    }
    guard learningRate > 0, learningRate.isFinite else {
      throw .invalidConfiguration("the learning rate is \(learningRate); it must be above 0")
    }
    try optimizer.check()
    if let norm = maximumGradientNorm, !(norm > 0) {
      throw .invalidConfiguration("the maximum gradient norm is \(norm); it must be above 0")
    }
    if let patience, patience < 1 {
      throw .invalidConfiguration("patience is \(patience); it must be 1 or more")
    }
  }
}

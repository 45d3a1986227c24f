/// How a network is fitted.
public struct TrainingConfiguration: Hashable, Sendable, Codable {
  /// The largest number of passes over the training windows.
  public var epochs: Int
  /// `B`, the number of windows for each change of the parameters.
  public var batchSize: Int
  /// The optimizer's step size.
  public var learningRate: Double
  /// The optimizer.
  public var optimizer: Optimizer
  /// What is minimised.
  public var loss: Loss
  /// The gradient's norm is scaled down to this; `nil` leaves it as it is.
  public var maximumGradientNorm: Double?
  /// The gradient's elements are cut to ± this, after the norm; `nil` leaves them as they are.
  public var maximumGradientValue: Double?
  /// Training stops after so many epochs without a better validation loss; `nil` never stops.
  public var patience: Int?
  /// Decides the order of the windows in each epoch.
  public var seed: UInt64
  /// Whether the windows are shuffled before each epoch.
  public var shuffles: Bool

  /// A configuration; what is not given has its default.
  public init(
    epochs: Int = 50, batchSize: Int = 32, learningRate: Double = 0.001,
    optimizer: Optimizer = .adam(), loss: Loss = .mse, maximumGradientNorm: Double? = 1,
    maximumGradientValue: Double? = nil, patience: Int? = 10, seed: UInt64 = 0, shuffles: Bool = true
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.optimizer = optimizer
    self.loss = loss
    self.maximumGradientNorm = maximumGradientNorm
    self.maximumGradientValue = maximumGradientValue
    self.patience = patience
    self.seed = seed
    self.shuffles = shuffles
  }

  /// How the gradient is kept small.
  public var clipping: GradientClipping {
    GradientClipping(maximumNorm: maximumGradientNorm, maximumValue: maximumGradientValue)
  }

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
    try clipping.check()
    if let patience, patience < 1 {
      throw .invalidConfiguration("patience is \(patience); it must be 1 or more")
    }
  }
}

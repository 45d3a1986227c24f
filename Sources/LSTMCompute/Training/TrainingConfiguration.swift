/// How a network is fitted.
public struct TrainingConfiguration: Hashable, Sendable, Codable {
  /// The largest number of passes over the training windows.
  public var epochs: Int
  /// `B`, the number of windows that run side by side.
  public var batchSize: Int
  /// The number of batches for each change of the parameters.
  ///
  /// The change goes by the mean over all their windows: as one batch as large as all of them, in
  /// the memory of one. At the end of an epoch it may be fewer.
  public var accumulatedBatches: Int
  /// The optimizer's step size, from which the schedule starts.
  public var learningRate: Double
  /// How the step size changes from epoch to epoch.
  public var schedule: LearningRateSchedule
  /// The optimizer.
  public var optimizer: Optimizer
  /// What is minimized.
  public var loss: Loss
  /// The gradient's norm is scaled down to this; `nil` leaves it as it is.
  public var maximumGradientNorm: Double?
  /// The gradient's elements are cut to ± this, after the norm; `nil` leaves them as they are.
  public var maximumGradientValue: Double?
  /// Training stops after so many epochs without a better validation loss; `nil` never stops.
  public var patience: Int?
  /// How the initial parameters are drawn where none are given.
  public var initializer: Initializer
  /// The forget gates' initial bias; `nil` leaves it to the initializer.
  public var forgetBias: Double?
  /// Decides the initial parameters and the order of the windows in each epoch.
  public var seed: UInt64
  /// What is not trained, for fine-tuning: names of tensors or, as `ParameterLayout.names(in:)`
  /// knows them, of layers.
  public var frozen: Set<String>
  /// Whether the windows are shuffled before each epoch.
  public var shuffles: Bool
  /// Whether each batch goes on from the states of the one before; not together with `shuffles`.
  ///
  /// This is truncated backpropagation through time over sequences longer than a window; see
  /// `WindowedSeries.lanes(of:rows:)`.
  public var isStateful: Bool

  /// The names in files.
  private enum CodingKeys: String, CodingKey {
    case epochs, batchSize, accumulatedBatches, learningRate, schedule, optimizer, loss
    case maximumGradientNorm, maximumGradientValue, patience
    // As the first version spelled it, so that its checkpoints and models stay readable.
    case initializer = "initialiser"
    case forgetBias, seed, frozen, shuffles, isStateful
  }

  /// A configuration; what is not given has its default.
  public init(
    epochs: Int = 50, batchSize: Int = 32, accumulatedBatches: Int = 1,
    learningRate: Double = 0.001,
    schedule: LearningRateSchedule = .constant,
    optimizer: Optimizer = .adam(), loss: Loss = .mse, maximumGradientNorm: Double? = 1,
    maximumGradientValue: Double? = nil, patience: Int? = 10,
    initializer: Initializer = .pytorch, forgetBias: Double? = nil, seed: UInt64 = 0,
    frozen: Set<String> = [], shuffles: Bool = true, isStateful: Bool = false
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.accumulatedBatches = accumulatedBatches
    self.learningRate = learningRate
    self.schedule = schedule
    self.optimizer = optimizer
    self.loss = loss
    self.maximumGradientNorm = maximumGradientNorm
    self.maximumGradientValue = maximumGradientValue
    self.patience = patience
    self.initializer = initializer
    self.forgetBias = forgetBias
    self.seed = seed
    self.frozen = frozen
    self.shuffles = shuffles
    self.isStateful = isStateful
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
    guard accumulatedBatches >= 1 else {
      throw .invalidConfiguration(
        "the number of accumulated batches is \(accumulatedBatches); it must be 1 or more")
    }
    guard learningRate > 0, learningRate.isFinite else {
      throw .invalidConfiguration("the learning rate is \(learningRate); it must be above 0")
    }
    guard !isStateful || !shuffles else {
      throw .invalidConfiguration(
        "stateful training takes the windows in their order: set shuffles to false")
    }
    try schedule.check(epochs: epochs)
    try optimizer.check()
    try loss.check()
    try clipping.check()
    if let forgetBias, !forgetBias.isFinite {
      throw .invalidConfiguration("the forget bias is \(forgetBias); it must be a finite number")
    }
    if let patience, patience < 1 {
      throw .invalidConfiguration("patience is \(patience); it must be 1 or more")
    }
  }
}

extension TrainingConfiguration {
  /// Reads a configuration.
  ///
  /// What a form written by an earlier version lacks has its default, which is what that version
  /// did.
  ///
  /// - Parameter decoder: Where it is read from.
  /// - Throws: Where a value is of another type or one is missing that always was there.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      epochs: try values.decode(Int.self, forKey: .epochs),
      batchSize: try values.decode(Int.self, forKey: .batchSize),
      accumulatedBatches: try values.decodeIfPresent(Int.self, forKey: .accumulatedBatches) ?? 1,
      learningRate: try values.decode(Double.self, forKey: .learningRate),
      schedule: try values.decodeIfPresent(LearningRateSchedule.self, forKey: .schedule)
        ?? .constant,
      optimizer: try values.decode(Optimizer.self, forKey: .optimizer),
      loss: try values.decode(Loss.self, forKey: .loss),
      maximumGradientNorm: try values.decodeIfPresent(Double.self, forKey: .maximumGradientNorm),
      maximumGradientValue: try values.decodeIfPresent(Double.self, forKey: .maximumGradientValue),
      patience: try values.decodeIfPresent(Int.self, forKey: .patience),
      initializer: try values.decodeIfPresent(Initializer.self, forKey: .initializer) ?? .pytorch,
      forgetBias: try values.decodeIfPresent(Double.self, forKey: .forgetBias),
      seed: try values.decode(UInt64.self, forKey: .seed),
      frozen: try values.decodeIfPresent(Set<String>.self, forKey: .frozen) ?? [],
      shuffles: try values.decode(Bool.self, forKey: .shuffles),
      isStateful: try values.decodeIfPresent(Bool.self, forKey: .isStateful) ?? false)
  }
}

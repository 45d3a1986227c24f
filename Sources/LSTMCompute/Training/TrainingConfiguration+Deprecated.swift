extension TrainingConfiguration {
  /// The name of earlier versions.
  @available(*, deprecated, renamed: "initializer")
  public var initialiser: Initializer {
    get { initializer }
    set { initializer = newValue }
  }

  /// The form of earlier versions.
  @available(*, deprecated, message: "'initialiser' is spelled 'initializer' now")
  public init(
    epochs: Int = 50, batchSize: Int = 32, accumulatedBatches: Int = 1,
    learningRate: Double = 0.001, schedule: LearningRateSchedule = .constant,
    optimizer: Optimizer = .adam(), loss: Loss = .mse, maximumGradientNorm: Double? = 1,
    maximumGradientValue: Double? = nil, patience: Int? = 10, initialiser: Initializer,
    forgetBias: Double? = nil, seed: UInt64 = 0, frozen: Set<String> = [], shuffles: Bool = true,
    isStateful: Bool = false
  ) {
    self.init(
      epochs: epochs, batchSize: batchSize, accumulatedBatches: accumulatedBatches,
      learningRate: learningRate, schedule: schedule, optimizer: optimizer, loss: loss,
      maximumGradientNorm: maximumGradientNorm, maximumGradientValue: maximumGradientValue,
      patience: patience, initializer: initialiser, forgetBias: forgetBias, seed: seed,
      frozen: frozen, shuffles: shuffles, isStateful: isStateful)
  }
}

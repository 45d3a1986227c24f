extension DeviceVerification {
  /// A network and how it is run.
  public struct Case: Hashable, Sendable, CustomStringConvertible {
    /// The network.
    public var specification: NetworkSpecification
    /// `T`.
    public var steps: Int
    /// `B`, of which the last batch has half.
    public var batchSize: Int
    /// The loss.
    public var loss: Loss
    /// The optimizer.
    public var optimizer: Optimizer

    /// A case from its parts.
    public init(
      _ specification: NetworkSpecification, steps: Int, batchSize: Int, loss: Loss,
      optimizer: Optimizer
    ) {
      self.specification = specification
      self.steps = steps
      self.batchSize = batchSize
      self.loss = loss
      self.optimizer = optimizer
    }

    /// Such as `5-65-65-3, 37 steps, batch 3, mse`.
    public var description: String {
      let widths =
        [specification.inputSize] + specification.layers.map(\.hiddenSize)
        + [specification.outputSize]
      let name =
        switch optimizer {
        case .sgd: "sgd"
        case .rmsprop: "rmsprop"
        case .adam: "adam"
        case .adamW: "adamw"
        }
      return widths.map(String.init).joined(separator: "-")
        + (specification.isPlain ? "" : " with options")
        + ", \(steps) steps, batch \(batchSize), \(loss), \(name)"
    }
  }
}

/// An executor of the reference, whose results are there in full precision.
protocol DoubleExecutor: Executor {
  /// `[B, S, O]`.
  func outputsInDouble() throws -> [Double]
  func finalStatesInDouble() throws -> [(hidden: [Double], cell: [Double])]
  func gradientsInDouble() throws -> [Double]
  func parametersInDouble() throws -> [Double]
  func takeLossesInDouble() throws -> [Double]
}

extension ReferenceExecutor<Double>: DoubleExecutor {
  func outputsInDouble() -> [Double] { outputValues }
  func finalStatesInDouble() -> [(hidden: [Double], cell: [Double])] { finalStateValues() }
  func gradientsInDouble() -> [Double] { gradientValues }
  func parametersInDouble() -> [Double] { parameterValues }
  func takeLossesInDouble() throws -> [Double] {
    let losses = lossValues
    _ = try takeLosses()
    return losses
  }
}

extension ComposedExecutor<ReferenceOperations<Double>>: DoubleExecutor {
  func outputsInDouble() throws -> [Double] { try outputValues() }
  func finalStatesInDouble() throws -> [(hidden: [Double], cell: [Double])] {
    try finalStateValues()
  }
  func gradientsInDouble() throws -> [Double] { try gradientValues() }
  func parametersInDouble() throws -> [Double] { try parameterValues() }
  func takeLossesInDouble() throws -> [Double] { operations.takeLosses() }
}

extension DeviceVerification.Case {
  /// The reference for the network.
  func reference(_ configuration: ExecutorConfiguration) throws -> any DoubleExecutor {
    specification.isPlain
      ? try ReferenceExecutor<Double>(for: specification, configuration: configuration)
      : try ComposedExecutor(
        for: specification, configuration: configuration,
        operations: ReferenceOperations<Double>(ParameterLayout(specification)))
  }
}

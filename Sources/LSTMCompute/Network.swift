/// A network with its parameters.
public struct Network: Equatable, Sendable {
  /// The shape of the network.
  public let specification: NetworkSpecification
  /// The parameters.
  public let parameters: Parameters

  /// A network from its parts.
  ///
  /// - Parameters:
  ///   - specification: The shape of the network.
  ///   - parameters: The parameters.
  /// - Throws: `LSTMError.shapeMismatch` where the parameters are another network's.
  public init(specification: NetworkSpecification, parameters: Parameters) throws(LSTMError) {
    guard parameters.layout == ParameterLayout(specification) else {
      throw .shapeMismatch("the parameters are those of another network")
    }
    self.specification = specification
    self.parameters = parameters
  }

  /// Runs the network over windows.
  ///
  /// - Parameters:
  ///   - series: The series and its windows.
  ///   - backend: What it runs on.
  ///   - batchSize: The number of windows that run side by side; more take more memory.
  /// - Returns: `[windows, horizon, targetSize, P]` with the `P` outputs for each target that the
  ///   loss it was fitted by takes, 1 for most.
  /// - Throws: `LSTMError` where the data do not fit the network or the device fails.
  public func predict(
    _ series: WindowedSeries, on backend: any Backend, batchSize: Int = 256
  ) throws -> [Float] {
    guard !series.windows.isEmpty else { return [] }
    return try backend.withReplacement { backend in
      let executor = try backend.makeExecutor(
        for: specification,
        configuration: ExecutorConfiguration(
          mode: .inference, batchSize: min(batchSize, series.windows.count), steps: series.steps,
          hasMissingRows: series.rowMask != nil))
      try executor.setParameters(parameters)
      try executor.bind(series)
      return try executor.predict()
    }
  }
}

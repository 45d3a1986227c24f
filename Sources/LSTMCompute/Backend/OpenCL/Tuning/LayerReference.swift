/// What training a layer on made-up windows must give, by plain loops in double precision.
struct LayerReference: Sendable {
  static let inputSize = 8

  let specification: NetworkSpecification
  let parameters: Parameters
  /// Windows that are all different.
  let series: WindowedSeries
  /// Of each window.
  let outputs: [Double]
  /// By the parameters, the mean over the windows.
  let gradients: [Double]

  /// Runs the loops, which takes a moment for a large layer.
  ///
  /// - Parameters:
  ///   - units: `H`.
  ///   - steps: `T`.
  ///   - windows: How many of them there are.
  /// - Throws: What the reference refuses.
  init(units: Int, steps: Int, windows: Int) throws {
    specification = try NetworkSpecification(
      inputSize: Self.inputSize, hiddenSizes: [units], outputSize: 1)
    var generator = PhiloxGenerator(seed: 6, stream: .data)
    let rows = windows + steps
    func values(_ count: Int) -> [Float] {
      (0..<count).map { _ in 4 * generator.nextUnitFloat() - 2 }
    }
    series = try WindowedSeries(
      inputs: values(rows * Self.inputSize), inputSize: Self.inputSize, targets: values(rows),
      targetSize: 1, steps: steps)
    parameters = Parameters(randomFor: specification, seed: 7)

    let reference = try ReferenceExecutor(
      for: specification,
      configuration: ExecutorConfiguration(mode: .training, batchSize: windows, steps: steps))
    try reference.setParameters(parameters)
    try reference.bind(series)
    try reference.forward(0..<windows)
    try reference.backward(.mse)
    outputs = try reference.outputValues()
    gradients = try reference.gradientValues()
  }
}

package import OpenCL

/// A layer and a batch of one class, trained by any plan.
package final class LayerTrial {
  /// A way to run the layer.
  package enum Candidate: Hashable, Sendable {
    case stepwise
    /// By the rule where there is no choice.
    case resident(ResidentChoice?)

    package var isResident: Bool { self != .stepwise }

    /// Such as `resident, 2 rows, 256 items`.
    package var description: String {
      switch self {
      case .stepwise: "stepwise"
      case .resident(nil): "resident by the rule"
      case .resident(let choice?): "resident, \(choice.description)"
      }
    }
  }

  private static let inputSize = 8
  /// Rows with windows of their own; the others repeat them.
  private static let largestDistinct = 4

  private let shape: TuningShapes.Layer
  private let specification: NetworkSpecification
  private let context: Context
  private let configuration: ExecutorConfiguration
  private let series: WindowedSeries
  private let parameters: Parameters
  private let expectedOutputs: [Double]
  private let expectedGradients: [Double]

  package init(_ shape: TuningShapes.Layer, in context: Context) throws {
    self.shape = shape
    self.context = context
    specification = try NetworkSpecification(
      inputSize: Self.inputSize, hiddenSizes: [shape.units], outputSize: 1)
    configuration = ExecutorConfiguration(
      mode: .training, batchSize: shape.batchSize, steps: shape.steps)
    let distinct = min(shape.batchSize, Self.largestDistinct)
    precondition(shape.batchSize % distinct == 0, "the mean must be that of the distinct windows")
    var generator = PhiloxGenerator(seed: 6, stream: .data)
    let rows = distinct + shape.steps
    func values(_ count: Int) -> [Float] {
      (0..<count).map { _ in 4 * generator.nextUnitFloat() - 2 }
    }
    series = try WindowedSeries(
      inputs: values(rows * Self.inputSize), inputSize: Self.inputSize, targets: values(rows),
      targetSize: 1, steps: shape.steps)
    parameters = Parameters(randomFor: specification, seed: 7)

    let reference = try ReferenceExecutor<Double>(
      for: specification,
      configuration: ExecutorConfiguration(
        mode: .training, batchSize: distinct, steps: shape.steps))
    try reference.setParameters(parameters)
    try reference.bind(series)
    try reference.forward(0..<distinct)
    try reference.backward(.mse)
    let outputs = reference.outputsInDouble()
    expectedOutputs = (0..<shape.batchSize).map { outputs[$0 % distinct] }
    expectedGradients = reference.gradientsInDouble()
  }

  /// Those that differ, the default of an untuned device first.
  package var candidates: [Candidate] {
    let limits = ResidentSizes.Limits(context.device)
    func sizes(_ choice: ResidentChoice?) -> ResidentSizes? {
      try? ResidentSizes(
        units: shape.units, inputSize: Self.inputSize, batchSize: shape.batchSize, limits: limits,
        choice: choice)
    }
    guard let rule = sizes(nil) else { return [.stepwise] }
    var seen: Set = [rule]
    let choices = shape.choices.filter { choice in
      // Where fewer rows would be taken it is another candidate.
      sizes(choice).map { $0.rows == choice.rows && seen.insert($0).inserted } ?? false
    }
    let residents = [Candidate.resident(nil)] + choices.map { .resident($0) }
    return context.device.isProcessor ? [.stepwise] + residents : residents + [.stepwise]
  }

  /// Forward and backward by a candidate, with products as a table has them.
  package func trial(
    _ candidate: Candidate, _ table: TuningTable
  ) throws -> Contest<Candidate>.Trial {
    let executor = try OpenCLExecutor(
      for: specification, configuration: configuration, context: context,
      tuning: DeviceTuning(table.choosing(candidate, for: shape)), profiles: true)
    try executor.setParameters(parameters)
    try executor.bind(series)
    let distinct = series.windows.count
    try executor.setWindows((0..<shape.batchSize).map { series.windows[$0 % distinct] })
    let batch = 0..<shape.batchSize
    try executor.forward(batch)
    try executor.backward(.mse)
    var forward = DeviceVerification.Worst()
    forward.compare(try executor.outputs(), expectedOutputs, "outputs")
    var backward = DeviceVerification.Worst()
    let gradients = try executor.gradients()
    for slice in gradients.layout.slices {
      backward.compare(gradients[slice], Array(expectedGradients[slice.range]), slice.name)
    }
    let errors = [
      forward.error / DeviceVerification.forwardTolerance,
      backward.error / DeviceVerification.gradientTolerance,
    ]
    return Contest.Trial(error: errors.contains(where: \.isNaN) ? .nan : max(errors[0], errors[1]))
    {
      _ = try executor.queue.takeKernelTime()
      try executor.forward(batch)
      try executor.backward(.mse)
      let seconds = try executor.queue.takeKernelTime()
      _ = try executor.takeLosses()
      return seconds
    }
  }
}

extension TuningTable {
  /// With one choice for layers of a class.
  func choosing(_ candidate: LayerTrial.Candidate, for shape: TuningShapes.Layer) -> TuningTable {
    var table = self
    let choice: ResidentChoice? = if case .resident(let choice) = candidate { choice } else { nil }
    table.layers = [
      Layer(
        units: shape.units, rows: shape.rows, plan: candidate.isResident ? .resident : .stepwise,
        resident: choice, measured: Measured(microseconds: 0, defaultMicroseconds: 0))
    ]
    return table
  }
}

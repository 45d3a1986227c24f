package import OpenCL

/// A layer and a batch of one class, trained by any plan.
package final class LayerTrial {
  /// A way to run the layer.
  package enum Candidate: Hashable, Sendable {
    case stepwise
    /// By the rule where there is no choice.
    case resident(ResidentChoice?)
    case cooperative

    package var isResident: Bool { if case .resident = self { true } else { false } }

    var plan: OpenCLPlanSelection {
      switch self {
      case .stepwise: .stepwise
      case .resident: .resident
      case .cooperative: .cooperative
      }
    }

    /// Such as `resident, 2 rows, 256 items`.
    package var description: String {
      switch self {
      case .stepwise: "stepwise"
      case .resident(nil): "resident by the rule"
      case .resident(let choice?): "resident, \(choice.description)"
      case .cooperative: "cooperative"
      }
    }
  }

  /// Rows with windows of their own; the others repeat them.
  private static let largestDistinct = 4

  private let shape: TuningShapes.Layer
  private let context: Context
  private let configuration: ExecutorConfiguration
  private let reference: LayerReference

  /// A layer with its batch, and what must come out.
  ///
  /// - Parameters:
  ///   - shape: The layer.
  ///   - context: The device.
  ///   - reference: What must come out, where it is known; of as many steps and units.
  /// - Throws: What the reference refuses.
  package init(
    _ shape: TuningShapes.Layer, in context: Context, reference: LayerReference? = nil
  ) throws {
    self.shape = shape
    self.context = context
    configuration = ExecutorConfiguration(
      mode: .training, batchSize: shape.batchSize, steps: shape.steps)
    self.reference =
      try reference
      ?? LayerReference(
        units: shape.units, steps: shape.steps,
        windows: min(shape.batchSize, Self.largestDistinct))
    precondition(
      shape.batchSize % self.reference.series.windows.count == 0,
      "the mean must be that of the distinct windows")
  }

  /// Those that differ, the default of an untuned device first.
  package var candidates: [Candidate] {
    let limits = ResidentSizes.Limits(context.device)
    guard shape.units <= ResidentSizes.largestUnits else {
      let sizes = try? CooperativeSizes(
        units: shape.units, batchSize: shape.batchSize, limits: limits)
      let isChosen = sizes.map { $0.objection(batchSize: shape.batchSize) == nil } ?? false
      return isChosen ? [.cooperative, .stepwise] : [.stepwise, .cooperative]
    }
    func sizes(_ choice: ResidentChoice?) -> ResidentSizes? {
      try? ResidentSizes(
        units: shape.units, inputSize: LayerReference.inputSize, batchSize: shape.batchSize,
        limits: limits, choice: choice)
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
  ///
  /// - Parameters:
  ///   - candidate: How the layer is run.
  ///   - table: For the products.
  ///   - polls: How often a cooperative work-group looks for the others, where that is not as ever.
  /// - Returns: The trial, which throws where it is run and work-groups do not run side by side.
  /// - Throws: What the device refuses, and where work-groups do not run side by side.
  package func trial(
    _ candidate: Candidate, _ table: TuningTable, polls: Int? = nil
  ) throws -> Contest<Candidate>.Trial {
    let operations = try OpenCLOperations(
      ParameterLayout(reference.specification), context: context, selection: candidate.plan,
      tuning: DeviceTuning(table.choosing(candidate, for: shape)), profiles: true)
    let executor = try NetworkExecutor(
      for: reference.specification, configuration: configuration, takesSequences: false,
      operations: operations)
    if let polls { operations.barrier?.polls = polls }
    try executor.setParameters(reference.parameters)
    try executor.bind(reference.series)
    let windows = reference.series.windows
    try executor.setWindows((0..<shape.batchSize).map { windows[$0 % windows.count] })
    let batch = 0..<shape.batchSize
    try executor.forward(batch)
    try executor.backward(.mse)
    let error = try error(of: executor)
    try operations.checkSideBySide()
    return Contest.Trial(error: error) {
      _ = try operations.queue.takeKernelTime()
      try executor.forward(batch)
      try executor.backward(.mse)
      let seconds = try operations.queue.takeKernelTime()
      _ = try executor.takeLosses()
      // Else what goes on step by step would be timed in its place.
      try operations.checkSideBySide()
      return seconds
    }
  }

  /// The largest error of what the last passes left, as a share of what is tolerated.
  private func error(of executor: some Executor) throws -> Double {
    var forward = DeviceVerification.Worst()
    let expected = (0..<shape.batchSize).map {
      reference.outputs[$0 % reference.series.windows.count]
    }
    forward.compare(try executor.outputs(), expected, "outputs")
    var backward = DeviceVerification.Worst()
    let gradients = try executor.gradients()
    for slice in gradients.layout.slices {
      backward.compare(gradients[slice], Array(reference.gradients[slice.range]), slice.name)
    }
    let errors = [
      forward.error / DeviceVerification.forwardTolerance,
      backward.error / DeviceVerification.gradientTolerance,
    ]
    return errors.contains(where: \.isNaN) ? .nan : max(errors[0], errors[1])
  }
}

extension OpenCLOperations {
  /// Throws where a launch was left to one of its work-groups: right, but no longer what is timed.
  fileprivate func checkSideBySide() throws(LSTMError) {
    guard let barrier else { return }
    let times = try deviceCall { () throws(OpenCLError) in try barrier.timesGivenUp(on: queue) }
    guard times == 0 else {
      throw .deviceFailure("it gave up, as work-groups do not run side by side")
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
        units: shape.units, rows: shape.rows, plan: candidate.plan, resident: choice,
        measured: Measured(microseconds: 0, defaultMicroseconds: 0))
    ]
    return table
  }
}

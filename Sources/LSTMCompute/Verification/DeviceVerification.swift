/// Proves that a backend computes what the reference computes in double precision.
///
/// For each of a list of networks: the outputs and final states, every gradient by name, the losses
/// over some steps of an optimizer with a last batch that is shorter than the others, and the
/// parameters after them. Errors are relative L2 errors, ‖actual - expected‖ / ‖expected‖.
public enum DeviceVerification {
  /// The most that outputs and states may be off in float32.
  public static let forwardTolerance = 2e-6
  /// The most that a gradient may be off in float32.
  public static let gradientTolerance = 2e-5
  /// The most that the losses may be off in float32.
  public static let lossTolerance = 1e-5

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

  /// The most that results may be off.
  public struct Tolerances: Hashable, Sendable {
    /// Outputs, predictions and states.
    public let forward: Double
    /// Gradients by the parameters.
    public let gradient: Double
    /// Losses and parameters over some steps.
    public let training: Double

    /// The tolerances for a network in a precision.
    ///
    /// In float32 they are fixed. In the others they are multiples of `Precision.unitRoundoff`, because
    /// all errors are proportional to it: gates keep roundings from adding up over the steps, so that
    /// outputs are off by about one of it and gradients by two or three, and losses hardly at all. Each
    /// tolerance is about three times the largest error that was measured. A normalization makes
    /// roundings larger where it divides by a small deviation.
    public init(for specification: NetworkSpecification, in precision: Precision) {
      guard precision != .float32 else {
        (forward, gradient, training) = (forwardTolerance, gradientTolerance, lossTolerance)
        return
      }
      let isNormalized = specification.layers.contains(where: \.normalizesGates)
      let unit = precision.unitRoundoff * (isNormalized ? 4 : 1)
      (forward, gradient, training) = (4 * unit, 8 * unit, unit / 4)
    }
  }

  /// An error and what had it.
  public struct Worst: Hashable, Sendable {
    /// The relative L2 error; NaN where a value was.
    public internal(set) var error = 0.0
    /// The tensor.
    public internal(set) var name = "-"

    mutating func compare(_ actual: some Collection<Float>, _ expected: [Double], _ name: String) {
      var difference = actual.count == expected.count ? 0.0 : .infinity
      var size = 0.0
      for (actual, expected) in zip(actual, expected) {
        difference += (Double(actual) - expected) * (Double(actual) - expected)
        size += expected * expected
      }
      let error = (size == 0 ? difference : difference / size).squareRoot()
      // Written so that NaN counts as the worst, and stays it.
      if !(error <= self.error), !self.error.isNaN { (self.error, self.name) = (error, name) }
    }
  }

  /// What was found for one case.
  public struct Result: Hashable, Sendable, CustomStringConvertible {
    /// The case.
    public let verified: Case
    /// The plan by which it was run; none where the backend has only one way.
    public let plan: String?
    /// The precision in which it was run.
    public let precision: Precision
    /// Outputs, predictions and states.
    public let forward: Worst
    /// Gradients by the parameters.
    public let gradient: Worst
    /// Losses and parameters over some steps.
    public let training: Worst

    /// The most that it may be off.
    public var tolerances: Tolerances { Tolerances(for: verified.specification, in: precision) }

    /// Whether all errors are within their tolerances.
    public var passed: Bool {
      forward.error <= tolerances.forward && gradient.error <= tolerances.gradient
        && training.error <= tolerances.training
    }

    /// One line for a table.
    public var description: String {
      "\(passed ? "ok  " : "FAIL") \(plan.map { "\($0): " } ?? "")"
        + (precision == .float32 ? "" : "\(precision.rawValue): ") + "\(verified): "
        + "forward \(rounded(forward)), "
        + "gradients \(rounded(gradient)), training \(rounded(training))"
    }

    /// The error in two digits, which tell all there is to tell.
    private func rounded(_ worst: Worst) -> String {
      guard worst.error.isFinite, worst.error > 0 else { return "\(worst.error) (\(worst.name))" }
      var exponent = 0
      var mantissa = worst.error
      while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
      mantissa = (mantissa * 10).rounded(.up) / 10
      while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
      return "\(mantissa)e\(exponent) (\(worst.name))"
    }
  }

  /// Runs all cases on a backend, by each of its plans.
  ///
  /// - Parameters:
  ///   - backend: What is verified.
  ///   - cases: The cases; by default some that reach every kernel at odd and even sizes, and a few
  ///     of them where the backend has another precision than float32.
  ///   - report: Called after each case.
  /// - Returns: A result for each plan and case, plan by plan.
  /// - Throws: What the backend throws, such as a plan that cannot run a case. Of the cases that there
  ///   are by default, a plan is spared those that it does not take.
  public static func run(
    on backend: any Backend, cases: [Case]? = nil, report: (Result) -> Void = { _ in }
  ) throws -> [Result] {
    let isDefault = cases == nil
    let precision = (backend as? OpenCLBackend)?.precision ?? .float32
    let cases = try cases ?? (precision == .float32 ? standardCases() : roundedCases())
    let forced = backend.forcedPlans
    func verifyAll(
      _ cases: [Case], on backend: any Backend, plan: String?
    ) throws -> [Result] {
      try cases.map { verified in
        let result = try verify(verified, on: backend, plan: plan)
        report(result)
        return result
      }
    }
    if forced.isEmpty { return try verifyAll(cases, on: backend, plan: nil) }
    func suits(_ verified: Case, _ plan: String) -> Bool {
      !isDefault
        || verified.specification.layers.allSatisfy {
          OpenCLPlanSelection(rawValue: plan)?.takes($0) ?? true
        }
    }
    return try forced.flatMap { plan in
      try verifyAll(
        cases.filter { suits($0, plan.name) }, on: plan.backend, plan: plan.name)
    }
  }

  /// Cases around the sizes at which tiles, panels and work-groups end.
  ///
  /// - Throws: Nothing: all of them are networks.
  public static func standardCases() throws(LSTMError) -> [Case] {
    let shapes: [(Int, [Int], Int, Int, Int, Loss, Optimizer)] = [
      (1, [1], 1, 1, 1, .mse, .adam()),
      (3, [7], 2, 5, 3, .mae, .adam()),
      (5, [16], 1, 12, 16, .huber, .sgd(momentum: 0.9)),
      (8, [33, 17], 3, 9, 6, .mse, .adam()),
      (2, [65], 4, 37, 2, .mse, .sgd()),
      (17, [64, 32], 1, 20, 33, .huber, .adam()),
      (1, [31, 9, 40], 24, 6, 18, .mse, .adam()),
      (70, [128], 5, 8, 70, .mse, .sgd(momentum: 0.5)),
      // More rows than even a large device has places for.
      (3, [12], 1, 3, 600, .mse, .adam()),
      (2, [18], 2, 2, 1400, .mse, .adam()),
      (4, [24], 2, 7, 10, .huber, .rmsprop(momentum: 0.5, weightDecay: 0.01)),
      (6, [40], 1, 6, 9, .mse, .adamW()),
      (3, [11], 6, 7, 9, .quantile([0.1, 0.5, 0.9]), .adam()),
      (2, [20], 4, 6, 33, .gaussian, .adam()),
      // Larger than the resident plan takes.
      (3, [129], 2, 5, 7, .mse, .sgd(momentum: 0.9)),
      (5, [300, 260], 1, 4, 3, .mse, .sgd()),
    ]
    return try shapes.map { shape throws(LSTMError) in
      let (inputs, hidden, outputs, steps, batch, loss, optimizer) = shape
      return Case(
        try NetworkSpecification(inputSize: inputs, hiddenSizes: hidden, outputSize: outputs),
        steps: steps, batchSize: batch, loss: loss, optimizer: optimizer)
    } + casesWithOptions()
  }

  /// Cases for precisions other than float32: sizes of whole tiles and of parts of them.
  ///
  /// All take steps of plain descent, and none has a clip: Adam divides what is small by what is small,
  /// so that a rounding can turn a step around, and near a clip one can open or close the way of a
  /// gradient. That says nothing of the device.
  ///
  /// - Throws: Nothing: all of them are networks.
  public static func roundedCases() throws(LSTMError) -> [Case] {
    let shapes: [(Int, [Int], Int, Int, Int, Loss)] = [
      (3, [7], 2, 5, 3, .mse),
      (8, [33, 17], 3, 9, 6, .mse),
      (17, [64, 32], 1, 20, 33, .huber),
      (70, [128], 5, 8, 70, .mse),
      // Large enough to be shared among compute units in other ways than those.
      (9, [200], 2, 4, 130, .mse),
    ]
    let plain = try shapes.map { shape throws(LSTMError) in
      let (inputs, hidden, outputs, steps, batch, loss) = shape
      return Case(
        try NetworkSpecification(inputSize: inputs, hiddenSizes: hidden, outputSize: outputs),
        steps: steps, batchSize: batch, loss: loss, optimizer: .sgd())
    }
    return plain
      + (try casesWithOptions(clips: false)).map {
        var verified = $0
        verified.optimizer = .sgd()
        return verified
      }
  }

  /// Networks that reach every operation which plain ones do without.
  private static func casesWithOptions(clips: Bool = true) throws(LSTMError) -> [Case] {
    func layer(_ units: Int, _ change: (inout LSTMLayer) -> Void) -> LSTMLayer {
      var layer = LSTMLayer(hiddenSize: units)
      change(&layer)
      return layer
    }
    let normalized = layer(21) {
      $0.direction = .bidirectional
      $0.normalizesGates = true
      $0.hasPeepholes = true
      $0.dropout = 0.3
      $0.zoneoutHidden = 0.1
      $0.zoneoutCell = 0.2
    }
    let projected = layer(34) {
      $0.direction = .bidirectionalSum
      $0.projectionSize = 13
      ($0.projectionClip, $0.cellClip) = clips ? (0.2, 0.3) : (nil, nil)
      $0.recurrentDropout = 0.25
      $0.bias = .one
    }
    let various = layer(19) {
      $0.direction = .bidirectional
      $0.hasPeepholes = true
      $0.recurrentDropout = 0.25
      ($0.zoneoutHidden, $0.zoneoutCell) = (0.1, 0.2)
      ($0.gateClip, $0.cellClip) = clips ? (0.6, 0.4) : (nil, nil)
      $0.bias = .one
    }
    let coupled = layer(17) {
      $0.couplesGates = true
      $0.gateClip = clips ? 0.5 : nil
    }
    return [
      Case(
        try NetworkSpecification(
          inputSize: 3, layers: [normalized, projected], head: .everyStep, outputSize: 2),
        steps: 7, batchSize: 9, loss: .mse, optimizer: .adam()),
      Case(
        try NetworkSpecification(
          inputSize: 5, layers: [layer(40) { $0.direction = .reverse }, projected],
          head: .lastStep, outputSize: 3),
        steps: 6, batchSize: 5, loss: .huber, optimizer: .sgd(momentum: 0.5)),
      Case(
        try NetworkSpecification(
          inputSize: 4, layers: [coupled, coupled], head: .everyStep, outputSize: 2,
          decoderSteps: 4),
        steps: 5, batchSize: 6, loss: .gaussian, optimizer: .adam()),
      Case(
        try NetworkSpecification(
          inputSize: 3, layers: [various, various], head: .everyStep, outputSize: 2),
        steps: 5, batchSize: 6, loss: .mse, optimizer: .sgd()),
    ]
  }

  private static func verify(
    _ verified: Case, on backend: any Backend, plan: String?
  ) throws -> Result {
    let configuration = ExecutorConfiguration(
      mode: .training, batchSize: verified.batchSize, steps: verified.steps)
    let reference = try ReferenceExecutor(
      for: verified.specification, configuration: configuration)
    let executor = try backend.makeExecutor(
      for: verified.specification, configuration: configuration)
    let series = try Self.series(for: verified)
    let parameters = Parameters(randomFor: verified.specification, seed: 1)
    for executor in [reference as any Executor, executor] {
      try executor.setParameters(parameters)
      try executor.bind(series)
    }

    var forward = Worst()
    var gradient = Worst()
    var training = Worst()
    let batches = reference.batches(of: series.windows.count)
    for (number, batch) in (batches + batches).enumerated() {
      for executor in [reference as any Executor, executor] {
        try executor.forward(batch)
        try executor.backward(verified.loss)
      }
      // Before the first step both have the same parameters; after it their errors add up.
      if number == 0 {
        try compareForward(executor, reference, &forward)
        try compareGradients(executor, reference, &gradient)
      }
      for executor in [reference as any Executor, executor] {
        try executor.step(verified.optimizer, learningRate: 0.01, maximumGradientNorm: 0.5)
      }
    }
    training.compare(try executor.takeLosses(), try reference.takeLossValues(), "losses")
    training.compare(
      try executor.parameters().values, try reference.parameterValues(), "parameters")
    try comparePredictions(of: verified, on: backend, executor, series, &forward)
    return Result(
      verified: verified, plan: plan,
      precision: (backend as? OpenCLBackend)?.precision ?? .float32, forward: forward,
      gradient: gradient, training: training)
  }

  private static func compareForward(
    _ executor: any Executor, _ reference: ReferenceExecutor, _ worst: inout Worst
  ) throws {
    worst.compare(try executor.outputs(), try reference.outputValues(), "outputs")
    for (layer, states) in zip(
      try executor.finalStates(), try reference.finalStateValues()
    ).enumerated() {
      worst.compare(states.0.hidden, states.1.hidden, "hidden state of layer \(layer)")
      worst.compare(states.0.cell, states.1.cell, "cell state of layer \(layer)")
    }
  }

  private static func compareGradients(
    _ executor: any Executor, _ reference: ReferenceExecutor, _ worst: inout Worst
  ) throws {
    let gradients = try executor.gradients()
    let expected = try reference.gradientValues()
    for slice in gradients.layout.slices {
      worst.compare(gradients[slice], Array(expected[slice.range]), slice.name)
    }
  }

  /// The predictions of an executor made for inference, by the parameters that were trained.
  private static func comparePredictions(
    of verified: Case, on backend: any Backend, _ trained: any Executor, _ series: WindowedSeries,
    _ worst: inout Worst
  ) throws {
    let configuration = ExecutorConfiguration(
      mode: .inference, batchSize: verified.batchSize, steps: verified.steps)
    let reference = try ReferenceExecutor(
      for: verified.specification, configuration: configuration)
    let executor = try backend.makeExecutor(
      for: verified.specification, configuration: configuration)
    let parameters = try trained.parameters()
    for executor in [reference as any Executor, executor] {
      try executor.setParameters(parameters)
      try executor.bind(series)
    }
    var expected: [Double] = []
    for batch in reference.batches(of: series.windows.count) {
      try reference.forward(batch)
      expected += try reference.outputValues()
    }
    worst.compare(try executor.predict(), expected, "predictions")
  }

  /// Two whole batches and a half.
  ///
  /// Losses with several outputs for each target see weights, of which every fourth is 0 and its
  /// target no number.
  private static func series(for verified: Case) throws(LSTMError) -> WindowedSeries {
    let windows = 2 * verified.batchSize + (verified.batchSize + 1) / 2
    let horizon = verified.specification.decoderSteps ?? 1
    let rows = windows + verified.steps + horizon - 1
    var generator = PhiloxGenerator(seed: 2, stream: .data)
    func values(_ count: Int) -> [Float] {
      (0..<count).map { _ in 4 * generator.nextUnitFloat() - 2 }
    }
    let targetSize = verified.specification.outputSize / verified.loss.outputsPerTarget
    let inputs = values(rows * verified.specification.inputSize)
    var targets = values(rows * targetSize)
    var weights: [Float]?
    if verified.loss.outputsPerTarget > 1 {
      for index in stride(from: 0, to: targets.count, by: 4) { targets[index] = .nan }
      weights = targets.indices.map { Float($0 % 4) / 2 }
    }
    return try WindowedSeries(
      inputs: inputs, inputSize: verified.specification.inputSize, targets: targets,
      targetSize: targetSize, steps: verified.steps, horizon: horizon, targetWeights: weights)
  }
}

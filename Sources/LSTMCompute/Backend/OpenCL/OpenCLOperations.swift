internal import OpenCL

/// The operations of networks on an OpenCL device.
///
/// Everything is put into one in-order queue; nothing is read back before a call that returns it.
final class OpenCLOperations: DeviceOperations {
  typealias Scalar = Float
  typealias Memory = Buffer<Float>
  typealias Weights = StoredWeights

  /// So many launches make a piece of work for the pacer.
  private static let launchesAtOnce = 1024

  let parameters: Buffer<Float>
  let queue: CommandQueue
  let kernels: OperationKernels
  let precision: Precision
  /// Whether products of rounded operands are computed in the precision, and not in float32.
  let usesTensorCores: Bool
  let losses: LossSlots
  /// The current windows.
  var windows: Buffer<Window>
  private let library: KernelLibrary
  private let training: ParameterTraining?
  /// Memory that is free again after a launch; each grows to what the largest one needs.
  private var scratch: [Int: Buffer<Float>] = [:]
  /// How layers are run.
  let selection: OpenCLPlanSelection
  let wavefrontSelection: WavefrontSelection
  /// The memory of the passes, where it is not chosen here.
  let sizes: PassSizes?
  /// What the layers of each stack have in common, by the first of them.
  var stacks: [ObjectIdentifier: OpenCLStack] = [:]
  /// Into how many slices the gradients of whole layers are cut.
  var sliceCount: Int?
  var slicedGradients: GradientSlices?
  /// The steps of a whole pass, of which inference may have some in memory at a time.
  var wholeSteps = 0
  private var pacer = SubmissionPacer()
  private var pacedLaunches = 0

  /// Operations on parameters, which are zeros.
  ///
  /// - Parameters:
  ///   - layout: Of the parameters.
  ///   - context: Whose device computes.
  ///   - mode: Without training, there is no gradient.
  ///   - precision: How weights and outputs are stored and multiplied.
  ///   - instructions: Who multiplies in that precision; where none are given, tensor cores if there
  ///     are some.
  ///   - selection: How layers are run.
  ///   - sizes: The memory of the passes, where it is not to be chosen here.
  ///   - wavefront: Whether layers run side by side.
  ///   - tuning: The sizes of products and work-groups.
  ///   - profiles: Whether the queue can tell how long kernels took.
  /// - Throws: What the device refuses, and `LSTMError.invalidConfiguration` where the precision needs
  ///   tensor cores that there are not.
  init(
    _ layout: ParameterLayout, context: Context, mode: ExecutorConfiguration.Mode = .training,
    precision: Precision = .float32, instructions: TensorProduct.Instructions? = nil,
    selection: OpenCLPlanSelection = .auto, sizes: PassSizes? = nil,
    wavefront: WavefrontSelection = .auto, tuning: DeviceTuning = .standard,
    profiles: Bool = false
  ) throws(LSTMError) {
    self.precision = precision
    self.selection = selection
    self.sizes = sizes
    wavefrontSelection = wavefront
    let instructions = try TensorCores.instructions(
      for: precision, in: context, given: instructions)
    usesTensorCores = instructions != nil
    (queue, library, parameters, windows, losses, training) =
      try deviceCall { () throws(OpenCLError) in
        let queue = try CommandQueue(context, profiles: profiles)
        let library = KernelLibrary(context, tuning: tuning)
        let parameters = try Buffer<Float>(count: layout.count, in: context)
        try queue.fill(parameters, with: 0)
        let training =
          mode == .inference ? nil : try ParameterTraining(layout, library, on: queue)
        return (
          queue, library, parameters, try Buffer(count: 1, in: context),
          try LossSlots(context), training
        )
      }
    kernels = OperationKernels(library, instructions)
  }

  /// Such as `float32, a launch for each`.
  var description: String {
    let arithmetic =
      switch precision {
      case .float32: "float32"
      case .tf32: "products in tf32 on tensor cores, all else in float32"
      case .float16, .bf16:
        "weights and outputs in \(precision.rawValue), "
          + (usesTensorCores ? "products on tensor cores, " : "") + "all else in float32"
      }
    // A plain layer's step is a product and a cell.
    let launches =
      if let refusal = kernels.stepRefusal {
        "a launch for each (the device refuses the kernels of whole steps, \(refusal))"
      } else if usesTensorCores {
        "a launch for each or a plain step"
      } else {
        "a launch for each"
      }
    return arithmetic + ", \(launches), " + kernels.library.tuning.description
  }

  /// Puts something into the queue; now and then waits for what was put there long ago.
  func enqueue(_ body: () throws(OpenCLError) -> Void) throws(LSTMError) {
    try deviceCall { () throws(OpenCLError) in
      try body()
      if queue.launchCount - pacedLaunches >= Self.launchesAtOnce {
        pacedLaunches = queue.launchCount
        try pacer.batchEnded(on: queue)
      }
    }
  }

  /// Notes that a batch begins, and waits for an earlier one.
  func paceBatch() throws(OpenCLError) {
    pacedLaunches = queue.launchCount
    try pacer.batchEnded(on: queue)
  }

  /// Scratch for the parts of a sum.
  func partialSums(_ count: Int) throws(OpenCLError) -> Buffer<Float> {
    try scratch(0, count)
  }

  /// One of several pieces of scratch.
  func scratch(_ number: Int, _ count: Int) throws(OpenCLError) -> Buffer<Float> {
    if let buffer = scratch[number], buffer.count >= count { return buffer }
    // A step in one slice asks for none, but kernels take a buffer all the same.
    let buffer = try Buffer<Float>(count: max(count, 1), in: queue.context)
    scratch[number] = buffer
    return buffer
  }

  // MARK: - Memory

  func memory(_ count: Int) throws -> Buffer<Float> {
    try deviceCall { () throws(OpenCLError) in
      let memory = try Buffer<Float>(count: count, in: queue.context)
      try queue.fill(memory, with: 0)
      return memory
    }
  }

  func write(_ values: [Float], to memory: Buffer<Float>, at offset: Int) throws {
    try enqueue { () throws(OpenCLError) in try queue.write(values, to: memory, at: offset) }
  }

  func write(floats values: [Float], to memory: Buffer<Float>, at offset: Int) throws {
    try write(values, to: memory, at: offset)
  }

  func readFloats(_ memory: Buffer<Float>, _ range: Range<Int>) throws -> [Float] {
    try read(memory, range)
  }

  func read(_ memory: Buffer<Float>, _ range: Range<Int>) throws -> [Float] {
    try deviceCall { () throws(OpenCLError) in try queue.read(memory, range) }
  }

  func fill(_ memory: Buffer<Float>, _ range: Range<Int>, with value: Float) throws {
    try enqueue { () throws(OpenCLError) in try queue.fill(memory, range, with: value) }
  }

  func copy(
    _ source: Buffer<Float>, _ range: Range<Int>, to target: Buffer<Float>, at offset: Int
  ) throws {
    try enqueue { () throws(OpenCLError) in
      try queue.copy(source, range, to: target, at: offset)
    }
  }

  // MARK: - Parameters

  var gradient: Buffer<Float> { trained.gradient }

  private var trained: ParameterTraining {
    guard let training else { preconditionFailure("the operations were made for inference") }
    return training
  }

  func accumulateGradient(weight: Double) throws {
    try enqueue { () throws(OpenCLError) in try trained.accumulate(weight: weight, on: queue) }
  }

  func step(
    _ optimizer: Optimizer, ranges: [Range<Int>], learningRate: Double, clipping: GradientClipping
  ) throws {
    try enqueue { () throws(OpenCLError) in
      try trained.step(
        optimizer, on: queue, parameters: parameters, ranges: ranges, learningRate: learningRate,
        clipping: clipping)
    }
  }

  func optimizerMoments() throws -> (first: [Float], second: [Float], stepCount: Int) {
    try deviceCall { () throws(OpenCLError) in try trained.moments(on: queue) }
  }

  func setOptimizerMoments(first: [Float], second: [Float], stepCount: Int) throws {
    try deviceCall { () throws(OpenCLError) in
      try trained.setMoments(first: first, second: second, stepCount: stepCount, on: queue)
    }
  }

  func weights(_ slice: ParameterSlice) throws -> StoredWeights {
    try deviceCall { () throws(OpenCLError) in
      try StoredWeights(slice, of: parameters, precision, in: queue.context)
    }
  }

  func load(_ weights: StoredWeights) throws {
    guard case .bits(let bits, let precision) = weights.storage else { return }
    try enqueue { () throws(OpenCLError) in
      try kernels.narrow(precision)(
        on: queue, parameters, at: weights.slice.offset, into: bits)
    }
  }
}

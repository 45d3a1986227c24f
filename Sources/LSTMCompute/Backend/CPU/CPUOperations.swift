internal import CSIMD

/// The operations in vector instructions, on all threads: those within `split` on the rows of the
/// calling thread, the others split inside.
final class CPUOperations: DeviceOperations {
  typealias Scalar = Float
  typealias Memory = AlignedBuffer

  var description: String {
    "composed operations, float32, \(instructions.name), \(team.threads) threads"
  }
  let parameters: AlignedBuffer
  let gradient: AlignedBuffer

  let instructions: InstructionSet
  let team: ThreadTeam
  let trains: Bool
  /// One for each thread: what `weightGradient` packs.
  let scratch: [AlignedBuffer]
  var windows: [Window] = []
  var losses: [Float] = []
  /// Whether the caller's threads are at work, so that operations keep to their own one.
  private(set) var isSplit = false
  private var memoryBudget = MemoryBudget()
  private let optimizer: CPUOptimizer
  /// What was accumulated since the last step.
  private var gradientSum: AlignedBuffer?
  private var hasSum = false

  /// Operations on a network's parameters.
  ///
  /// - Parameters:
  ///   - layout: The parameters.
  ///   - instructions: What the processor must have.
  ///   - team: The threads.
  ///   - trains: Whether there are gradients and steps; without, weights are packed for `product`
  ///     only.
  /// - Throws: `LSTMError.deviceUnavailable` where the memory does not suffice.
  init(
    _ layout: ParameterLayout, instructions: InstructionSet, team: ThreadTeam, trains: Bool
  ) throws(LSTMError) {
    self.instructions = instructions
    self.team = team
    self.trains = trains
    let trained = trains ? layout.count : 0
    parameters = try memoryBudget.buffer(layout.count)
    gradient = try memoryBudget.buffer(trained)
    optimizer = try CPUOptimizer(
      count: trained, instructions: instructions, team: team, memory: &memoryBudget)
    var scratch: [AlignedBuffer] = []
    for _ in 0..<(trains ? team.threads : 0) {
      scratch.append(try memoryBudget.buffer(instructions.outerProductScratch))
    }
    self.scratch = scratch
  }

  /// The same with a team of so many threads, which work together from so many operations on.
  ///
  /// - Throws: `LSTMError.deviceUnavailable` where the memory does not suffice.
  convenience init(
    _ layout: ParameterLayout, instructions: InstructionSet, threads: Int,
    worthwhileOperations: Int? = nil, trains: Bool = true
  ) throws(LSTMError) {
    var team = ThreadTeam(threads: threads)
    if let worthwhileOperations { team.worthwhileOperations = worthwhileOperations }
    try self.init(layout, instructions: instructions, team: team, trains: trains)
  }

  // MARK: - Threads

  func split(
    _ rows: Int, operations: Int, _ body: (Range<Int>) throws -> Void
  ) throws {
    let parts = team.parts(of: rows, operations: operations)
    // A single part leaves the threads to the operations in it: a large network with one row.
    guard parts > 1, !isSplit else { return try body(0..<rows) }
    isSplit = true
    defer { isSplit = false }
    try withUnsafeTemporaryAllocation(of: (any Error)?.self, capacity: parts) { errors in
      errors.initialize(repeating: nil)
      defer { errors.deinitialize() }
      team.split(rows, parts: parts) { part, range in
        do { try body(range) } catch { errors[part] = error }
      }
      if case let error?? = errors.first(where: { $0 != nil }) { throw error }
    }
  }

  /// Calls `body` with disjoint ranges of so many items, at the same time where that pays and the
  /// threads are free.
  func parallel(_ count: Int, operations: Int, _ body: (Range<Int>) -> Void) {
    if isSplit {
      body(0..<count)
    } else {
      team.split(count, operations: operations, body)
    }
  }

  // MARK: - Memory

  func memory(_ count: Int) throws -> AlignedBuffer { try memoryBudget.buffer(count) }

  /// A buffer of zeros with these dimensions.
  func buffer(_ sizes: Int...) throws(LSTMError) -> AlignedBuffer {
    try memoryBudget.buffer(sizes)
  }

  func write(_ values: [Float], to memory: AlignedBuffer, at offset: Int) {
    memory.check(offset..<offset + values.count)
    values.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      (memory.start + offset).update(from: base, count: source.count)
    }
  }

  func write(floats values: [Float], to memory: AlignedBuffer, at offset: Int) {
    write(values, to: memory, at: offset)
  }

  func readFloats(_ memory: AlignedBuffer, _ range: Range<Int>) -> [Float] {
    read(memory, range)
  }

  func read(_ memory: AlignedBuffer, _ range: Range<Int>) -> [Float] {
    memory.check(range)
    return memory.array(range)
  }

  func fill(_ memory: AlignedBuffer, _ range: Range<Int>, with value: Float) {
    memory.check(range)
    parallel(range.count, operations: range.count) { part in
      (memory.start + range.lowerBound + part.lowerBound).update(
        repeating: value, count: part.count)
    }
  }

  func copy(
    _ source: AlignedBuffer, _ range: Range<Int>, to target: AlignedBuffer, at offset: Int
  ) {
    source.check(range)
    target.check(offset..<offset + range.count)
    parallel(range.count, operations: range.count) { part in
      (target.start + offset + part.lowerBound).update(
        from: source.start + range.lowerBound + part.lowerBound, count: part.count)
    }
  }

  // MARK: - Parameters

  func accumulateGradient(weight: Double) throws {
    let sum = try gradientSum ?? memory(gradient.count)
    gradientSum = sum
    let keeps = hasSum
    parallel(gradient.count, operations: 2 * gradient.count) { part in
      instructions.accumulate(
        gradient.start + part.lowerBound, weight: Float(weight), count: part.count, keeps: keeps,
        into: sum.start + part.lowerBound)
    }
    hasSum = true
  }

  func step(
    _ optimizer: Optimizer, ranges: [Range<Int>], learningRate: Double, clipping: GradientClipping
  ) {
    precondition(trains, "the operations were made for inference")
    let gradient = hasSum ? gradientSum ?? gradient : gradient
    hasSum = false
    self.optimizer.step(
      optimizer, parameters: parameters, gradient: gradient, ranges: ranges,
      learningRate: learningRate, clipping: clipping)
  }

  func optimizerMoments() -> (first: [Float], second: [Float], stepCount: Int) {
    (
      optimizer.first.array(0..<parameters.count), optimizer.second.array(0..<parameters.count),
      optimizer.steps
    )
  }

  func setOptimizerMoments(first: [Float], second: [Float], stepCount: Int) {
    optimizer.first.replace(with: first)
    optimizer.second.replace(with: second)
    optimizer.steps = stepCount
    hasSum = false
  }
}

extension AlignedBuffer {
  /// Stops a program that would go beyond the buffer.
  func check(_ range: Range<Int>) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count) elements")
  }
}

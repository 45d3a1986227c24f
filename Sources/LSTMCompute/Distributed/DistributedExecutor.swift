/// The share of an executor that one of several processes runs.
///
/// Every call is made by all ranks. Those that need numbers of the others exchange them: `backward` the
/// gradients, `takeLosses` the losses, `outputs`, `finalStates` and `predict` their results. `bind` and
/// `parameters` compare what must be the same.
final class DistributedExecutor: Executor {
  private let local: any ShareExecutor
  private let group: ProcessGroup
  let configuration: ExecutorConfiguration
  private var windows: [Window] = []
  /// Whether this rank had no rows of the last batch.
  private var isIdle = false
  /// For each loss that was noted since the last `takeLosses`, whether this rank has a part of it.
  private var noted: [Bool] = []

  init(_ local: any ShareExecutor, of configuration: ExecutorConfiguration, group: ProcessGroup) {
    self.local = local
    self.configuration = configuration
    self.group = group
  }

  var specification: NetworkSpecification { local.specification }
  var plan: String {
    group.count == 1 ? local.plan : "\(local.plan); rows shared by \(group.count) processes"
  }
  var batchNumber: UInt32 {
    get { local.batchNumber }
    set { local.batchNumber = newValue }
  }

  /// Does some work, and tells the others where it fails.
  private func sharing<Result>(_ work: () throws -> Result) throws -> Result {
    do { return try work() } catch { throw group.failure(error) }
  }

  // MARK: - Parameters

  func setParameters(_ parameters: Parameters) throws {
    try sharing { try local.setParameters(parameters) }
  }

  /// The parameters, which are the same in all ranks; devices of different kinds might not compute the
  /// same steps of the same gradients.
  func parameters() throws -> Parameters {
    try sharing {
      let parameters = try local.parameters()
      try parameters.values.withUnsafeBytes { try group.checkSame($0, "the weights") }
      return parameters
    }
  }

  func gradients() throws -> Parameters { try sharing { try local.gradients() } }

  func freeze(_ names: Set<String>) throws { try sharing { try local.freeze(names) } }

  func accumulateGradient(weight: Double) throws {
    try sharing { try local.accumulateGradient(weight: weight) }
  }

  func step(
    _ optimizer: Optimizer, learningRate: Double, clipping: GradientClipping
  ) throws {
    try sharing { try local.step(optimizer, learningRate: learningRate, clipping: clipping) }
  }

  func optimizerState() throws -> OptimizerState { try sharing { try local.optimizerState() } }

  func setOptimizerState(_ state: OptimizerState) throws {
    try sharing { try local.setOptimizerState(state) }
  }

  // MARK: - Batches

  func bind(_ series: WindowedSeries) throws {
    try sharing {
      try group.checkSame(series.checksum, "the data")
      try local.bind(series)
      windows = series.windows
    }
  }

  func setWindows(_ windows: [Window]) throws {
    try sharing {
      try local.setWindows(windows)
      self.windows = windows
    }
  }

  func enter(_ phase: ExecutorPhase) throws { try sharing { try local.enter(phase) } }

  func resetStates() { local.resetStates() }

  func forward(_ range: Range<Int>) throws {
    try sharing {
      try checkBatch(range, of: windows)
      let share = BatchShare.rows(of: range, rank: group.rank, ranks: group.count)
      isIdle = share.isEmpty
      if !isIdle { try local.forward(share, of: range) }
    }
  }

  func accumulateLoss(_ loss: Loss) throws {
    try sharing {
      if !isIdle { try local.accumulateLoss(loss) }
      noted.append(!isIdle)
    }
  }

  func backward(_ loss: Loss) throws {
    try sharing {
      if !isIdle { try local.backward(loss) }
      noted.append(!isIdle)
      try local.sumGradients(over: group, isIdle: isIdle)
    }
  }

  /// Each rank has noted its rows' part of the mean over the batch.
  func takeLosses() throws -> [Float] {
    try sharing {
      var own = try local.takeLosses()[...]
      var losses = noted.map { $0 ? own.popFirst() ?? 0 : 0 }
      noted = []
      try group.sum(&losses)
      return losses
    }
  }

  // MARK: - Results

  func outputs() throws -> [Float] {
    try sharing { try joined(isIdle ? [] : local.outputs()) }
  }

  func finalStates() throws -> [LayerState] {
    try sharing {
      let own = isIdle ? [] : try local.finalStates()
      // Of as many layers and directions as the first rank has, which is never without rows alone.
      let counts = try group.gather(all: [Int64(own.count)], zero: 0)
      return try (0..<Int(counts.joined().max() ?? 0)).map { index in
        LayerState(
          hidden: try joined(isIdle ? [] : own[index].hidden),
          cell: try joined(isIdle ? [] : own[index].cell))
      }
    }
  }

  /// Every rank runs whole batches, as one process would run them.
  func predict() throws -> [Float] {
    try sharing {
      let size = local.configuration.batchSize
      let batches = BatchShare.rows(
        of: 0..<(windows.count + size - 1) / size, rank: group.rank, ranks: group.count)
      let all = windows
      let own = batches.lowerBound * size..<min(batches.upperBound * size, all.count)
      var outputs: [Float] = []
      if !batches.isEmpty {
        try local.setWindows(Array(all[own]))
        outputs = try local.predict()
        try local.setWindows(all)
      }
      return try joined(outputs)
    }
  }

  private func joined(_ values: [Float]) throws -> [Float] {
    Array(try group.gather(all: values, zero: 0).joined())
  }
}

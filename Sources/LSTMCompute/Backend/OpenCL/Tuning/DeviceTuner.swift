internal import OpenCL

/// Measures which sizes and plans are fastest on a device, and keeps them for the next process.
package struct DeviceTuner {
  /// What was found for one choice.
  package struct Finding: Hashable, Sendable {
    /// Such as `product, transposedB, tall`.
    package var subject: String
    /// What is taken now.
    package var choice: String
    /// What is taken without a table.
    package var standard: String
    package var measured: TuningTable.Measured
    /// Candidates that are out, and why.
    package var rejections: [String]

    /// How many times as fast as the default.
    package var gain: Double { measured.defaultMicroseconds / measured.microseconds }
  }

  /// What a run left.
  package struct Result: Sendable {
    package var findings: [Finding] = []
    package var table: TuningTable
    /// Whether there was time for all; what was not reached keeps its default.
    package var isComplete = true
    /// Choices for which no candidate was right, and why.
    package var failures: [String] = []

    init(table: TuningTable) {
      self.table = table
    }
  }

  let context: Context
  private let shapes: TuningShapes
  private let cache: CacheFolder

  /// A tuner for a device.
  ///
  /// - Parameters:
  ///   - context: The device's.
  ///   - shapes: What is measured; what suits the device where none are given.
  ///   - cache: Where the table goes.
  init(
    _ context: Context, shapes: TuningShapes? = nil, cache: CacheFolder = .standard
  ) {
    self.context = context
    self.shapes = shapes ?? TuningShapes(for: context.device)
    self.cache = cache
  }

  /// A tuner for a device of `OpenCLDevice.all()`.
  ///
  /// - Throws: `LSTMError.deviceUnavailable` where networks cannot be run on it.
  package init(deviceIndex: Int) throws(LSTMError) {
    // It knows what a device must have.
    _ = try OpenCLBackend(deviceIndex: deviceIndex)
    self.init(
      try deviceCall { () throws(OpenCLError) in
        try Context.shared(for: Device.all()[deviceIndex])
      })
  }

  /// Whether fewer and smaller sizes are measured than on a GPU.
  package var isReduced: Bool { shapes.isReduced }

  /// Where the table will be.
  ///
  /// - Throws: `LSTMError.fileSystem` where none can be written.
  package func place() throws(LSTMError) -> String {
    try DeviceTuning.place(for: context.device.identity, in: cache)
  }

  /// Measures, and writes nothing.
  ///
  /// - Parameters:
  ///   - limit: After it no further candidate is tried.
  ///   - report: Called with each finding.
  /// - Returns: The findings and the table.
  /// - Throws: What the device refuses apart from single candidates.
  package func measure(
    limit: Duration, report: (Finding) -> Void = { _ in }
  ) throws -> Result {
    var result = Result(table: TuningTable(device: context.device.identity))
    let deadline = ContinuousClock.now + limit
    for (kind, size) in shapes.products {
      guard ContinuousClock.now < deadline else { break }
      try tune(kind, size, &result, deadline, report)
    }
    for shape in shapes.layers {
      guard ContinuousClock.now < deadline else { break }
      try tune(shape, &result, deadline, report)
    }
    if !shapes.largeLayers.isEmpty, try runsSideBySide {
      for shape in shapes.largeLayers {
        guard ContinuousClock.now < deadline else { break }
        try tune(shape, &result, deadline, report)
      }
    }
    result.isComplete = ContinuousClock.now < deadline
    return result
  }

  /// Writes a table where the next process finds it.
  ///
  /// - Returns: The path.
  /// - Throws: `LSTMError.fileSystem` where that is not possible.
  package func store(_ table: TuningTable) throws(LSTMError) -> String {
    try DeviceTuning.store(table, in: cache)
  }

  private func tune(
    _ kind: MatrixProduct.Kind, _ size: ProductSize, _ result: inout Result,
    _ deadline: ContinuousClock.Instant, _ report: (Finding) -> Void
  ) throws {
    let queue = try CommandQueue(context, profiles: true)
    let measured = try ProductTrial(kind, size, on: queue)
    // Ends of tiles are where a product goes wrong first.
    let odd = try ProductTrial(kind, ProductSize(m: 67, n: 133, k: 35), on: queue)
    let contest = Contest(shapes.tiles, name: \.description, deadline: deadline) { tiles in
      let trial = try measured.trial(tiles)
      let check = try odd.trial(tiles)
      return check.error <= 1 ? trial : check
    }
    let shape = ProductShape(size)
    let subject = "product, \(kind.rawValue), \(shape.rawValue)"
    guard let finding = finding(subject, contest, contest.winner, &result, name: \.description),
      let winner = contest.winner
    else { return }
    result.table.products.append(
      TuningTable.Product(
        kind: kind, shape: shape, tiles: winner.candidate, measured: finding.measured))
    report(finding)
  }

  private func tune(
    _ shape: TuningShapes.Layer, _ result: inout Result, _ deadline: ContinuousClock.Instant,
    _ report: (Finding) -> Void
  ) throws {
    let layer = try LayerTrial(shape, in: context)
    let table = result.table
    let contest = Contest(layer.candidates, name: \.description, deadline: deadline) {
      try layer.trial($0, table)
    }
    let subject = "layer of \(shape.units) units, \(shape.rows.rawValue) rows"
    // Half a contest says nothing of the plan.
    guard contest.isComplete,
      let finding = finding(subject, contest, contest.winner, &result, name: \.description),
      let winner = contest.winner
    else { return }
    let resident: ResidentChoice? =
      if case .resident(let choice)? = contest.best(where: \.isResident)?.candidate {
        choice
      } else {
        nil
      }
    result.table.layers.append(
      TuningTable.Layer(
        units: shape.units, rows: shape.rows,
        plan: winner.candidate.isResident ? .resident : .stepwise, resident: resident,
        measured: finding.measured))
    report(finding)
  }

  /// What there is to say of a contest; `nil` where it had no winner.
  func finding<Candidate>(
    _ subject: String, _ contest: Contest<Candidate>, _ winner: Contest<Candidate>.Entrant?,
    _ result: inout Result, name: (Candidate) -> String
  ) -> Finding? {
    guard let winner, let standard = contest.standard ?? contest.winner else {
      if !contest.rejections.isEmpty {
        result.failures.append("\(subject): \(contest.rejections.joined(separator: "; "))")
      }
      return nil
    }
    let finding = Finding(
      subject: subject, choice: name(winner.candidate), standard: name(standard.candidate),
      measured: TuningTable.Measured(
        microseconds: winner.seconds * 1e6, defaultMicroseconds: standard.seconds * 1e6),
      rejections: contest.rejections)
    result.findings.append(finding)
    return finding
  }
}

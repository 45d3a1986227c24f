package import OpenCL

/// How the time steps of one layer are run.
package enum LayerLoop: Hashable, Sendable {
  /// A launch for each step.
  case stepwise
  /// One launch for all steps, whose work-groups share the rows.
  case resident(ResidentSizes)
  /// One launch for all steps, whose work-groups share the units.
  case cooperative(CooperativeSizes)

  /// Whether W x + b is there before the steps begin.
  var projectsBefore: Bool {
    switch self {
    case .stepwise, .cooperative: true
    case .resident(let sizes): sizes.inputs == 0
    }
  }

  var isResident: Bool { if case .resident = self { true } else { false } }
  var isCooperative: Bool { if case .cooperative = self { true } else { false } }
}

/// How the time steps of each layer are run, and why.
package struct LayerLoops: Hashable, Sendable {
  package var loops: [LayerLoop]
  private var reason: String

  private static let allFit = "every layer fits"

  /// Chooses for a device, as a user wants it; where nothing is forced, also by what its compiler makes
  /// of the kernels.
  ///
  /// - Throws: `LSTMError.invalidConfiguration`, with the limit, where resident or cooperative was
  ///   asked for and a layer does not fit; what the device refuses when it is tried.
  package init(
    _ selection: OpenCLPlanSelection, for specification: NetworkSpecification, batchSize: Int,
    isTraining: Bool, context: Context, tuning: DeviceTuning = .standard
  ) throws(LSTMError) {
    let device = context.device
    // Trying takes a moment, and tells nothing where every layer is small.
    let isLarge = specification.layers.contains { $0.hiddenSize > ResidentSizes.largestUnits }
    let findings: GridBarrierProbe.Findings? =
      selection == .auto && isLarge
      ? try deviceCall { () throws(OpenCLError) in try GridBarrierProbe.findings(context) } : nil
    try self.init(
      selection, for: specification, batchSize: batchSize,
      limits: ResidentSizes.Limits(device), isProcessor: device.isProcessor,
      runsSideBySide: findings?.runsSideBySide ?? false, tuning: tuning.table)
    guard selection == .auto else { return }
    let library = KernelLibrary(context, tuning: tuning)
    try deviceCall { () throws(OpenCLError) in
      try goStepwiseWhereRefused { loop throws(OpenCLError) in
        try loop.makeKernels(of: library, isTraining: isTraining)
      }
    }
  }

  /// Takes the stepwise plan, which asks for least, for layers whose kernels the device does not take.
  ///
  /// - Parameter makeKernels: Makes those of a layer's time steps.
  /// - Throws: What is no refusal of a kernel.
  package mutating func goStepwiseWhereRefused(
    _ makeKernels: (LayerLoop) throws(OpenCLError) -> Void
  ) throws(OpenCLError) {
    var refusals: [String] = []
    for index in loops.indices where loops[index] != .stepwise {
      do {
        try makeKernels(loops[index])
      } catch {
        guard error.refusesKernel else { throw error }
        loops[index] = .stepwise
        // A build log has many lines; a plan that is forced shows all of them.
        let line = error.description.prefix { !$0.isNewline }
        refusals.append("layer \(index + 1): the device refuses its kernels, \(line)")
      }
    }
    guard !refusals.isEmpty else { return }
    reason = ((reason == Self.allFit ? [] : [reason]) + refusals).joined(separator: "; ")
  }

  package init(
    _ selection: OpenCLPlanSelection, for specification: NetworkSpecification, batchSize: Int,
    limits: ResidentSizes.Limits, isProcessor: Bool, runsSideBySide: Bool = false,
    tuning: TuningTable? = nil
  ) throws(LSTMError) {
    loops = Array(repeating: .stepwise, count: specification.layers.count)
    if selection == .stepwise {
      reason = "as asked"
      return
    }
    let measured = specification.layers.map { layer in
      tuning?.layer(
        units: layer.hiddenSize, batchSize: batchSize, computeUnits: limits.computeUnits)
    }
    if selection == .auto, isProcessor, measured.allSatisfy({ $0 == nil }) {
      reason = "the device is the processor itself, where the items of a work-group take turns"
      return
    }
    var refusals: [String] = []
    for (index, layer) in specification.layers.enumerated() {
      let cooperative = Result { () throws(LSTMError) in
        try CooperativeSizes(
          units: layer.hiddenSize, batchSize: batchSize, limits: limits, isProcessor: isProcessor)
      }
      if selection == .cooperative {
        loops[index] = .cooperative(try cooperative.get())
        continue
      }
      if selection == .auto {
        if let plan = measured[index]?.plan, plan != .resident { continue }
        // What was not measured there is by the rule.
        if isProcessor, measured[index] == nil { continue }
      }
      do {
        loops[index] = .resident(
          try ResidentSizes(
            units: layer.hiddenSize, inputSize: specification.inputSize(ofLayer: index),
            batchSize: batchSize, limits: limits, choice: measured[index]?.resident))
      } catch {
        guard selection == .auto else {
          throw .invalidConfiguration("\(error); use the plan 'auto' or 'stepwise'")
        }
        refusals.append("layer \(index + 1): \(error)")
        if runsSideBySide {
          switch cooperative {
          case .success(let sizes):
            let rule = sizes.objection(batchSize: batchSize)
            // What was measured there goes before the rule.
            let objection =
              if let found = tuning?.cooperative(units: layer.hiddenSize) {
                found.objection(batchSize: batchSize, rule: rule)
              } else {
                rule
              }
            if let objection {
              refusals.append(objection)
            } else {
              loops[index] = .cooperative(sizes)
            }
          case .failure(let error): refusals.append("\(error)")
          }
        }
      }
    }
    reason =
      if selection != .auto {
        "as asked"
      } else if !refusals.isEmpty {
        refusals.joined(separator: "; ")
      } else if measured.contains(where: { $0 != nil }) {
        "as measured on this device"
      } else {
        Self.allFit
      }
  }

  /// Such as `resident, float32: one launch for all steps of each layer (every layer fits)`.
  package var description: String {
    let whole = loops.indices.filter { loops[$0] != .stepwise }
    let kinds =
      (loops.contains(where: \.isResident) ? ["resident"] : [])
      + (loops.contains(where: \.isCooperative) ? ["cooperative"] : [])
      + (whole.count < loops.count ? ["stepwise"] : [])
    let what =
      switch whole.count {
      case 0: "a launch for each step of each layer"
      case loops.count: "one launch for all steps of each layer"
      default:
        "one launch for all steps of layer " + whole.map { String($0 + 1) }.joined(separator: ", ")
          + ", one for each step of the others"
      }
    return "\(kinds.joined(separator: " and ")), float32: \(what) (\(reason))" + rowsDescription
      + groupsDescription
  }

  /// The same once no launch can count on work-groups that run side by side.
  package func givenUp() -> LayerLoops {
    var stepwise = self
    stepwise.loops = loops.map { $0.isCooperative ? .stepwise : $0 }
    let givenUp = "cooperative gave up: work-groups do not run side by side"
    stepwise.reason = reason == Self.allFit ? givenUp : "\(reason); \(givenUp)"
    return stepwise
  }

  /// The most teams of a cooperative layer's launch; none where no layer is.
  var mostTeams: Int? {
    loops.compactMap { if case .cooperative(let sizes) = $0 { sizes.teams } else { nil } }.max()
  }

  private var groupsDescription: String {
    let groups = loops.indices.compactMap { index in
      if case .cooperative(let sizes) = loops[index] {
        "layer \(index + 1) shared by \(sizes.groups) work-group\(sizes.groups == 1 ? "" : "s")"
          + (sizes.teams == 1 ? "" : " in each of \(sizes.teams) teams")
      } else {
        nil as String?
      }
    }
    return groups.isEmpty ? "" : ", " + groups.joined(separator: ", ")
  }

  private var rowsDescription: String {
    let rows = loops.compactMap { loop in
      if case .resident(let sizes) = loop { sizes.rows } else { nil }
    }
    guard let fewest = rows.min(), let most = rows.max() else { return "" }
    let range = fewest == most ? "\(most)" : "\(fewest) to \(most)"
    return ", \(range) row\(most == 1 ? "" : "s") in a work-group"
  }
}

package import OpenCL

/// How the time steps of one layer are run.
package enum LayerLoop: Hashable, Sendable {
  /// A launch for each step.
  case stepwise
  /// One launch for all steps.
  case resident(ResidentSizes)

  /// Whether W x + b is there before the steps begin.
  var projectsBefore: Bool {
    switch self {
    case .stepwise: true
    case .resident(let sizes): sizes.inputs == 0
    }
  }

  fileprivate var isResident: Bool { self != .stepwise }
}

/// How the time steps of each layer are run, and why.
package struct LayerLoops: Hashable, Sendable {
  package var loops: [LayerLoop]
  private let reason: String

  /// Chooses for a device, as a user wants it.
  ///
  /// - Throws: `LSTMError.invalidConfiguration`, with the limit, where resident was asked for and a
  ///   layer does not fit.
  package init(
    _ selection: OpenCLPlanSelection, for specification: NetworkSpecification, batchSize: Int,
    device: Device, tuning: TuningTable? = nil
  ) throws(LSTMError) {
    try self.init(
      selection, for: specification, batchSize: batchSize,
      limits: ResidentSizes.Limits(device), isProcessor: device.isProcessor, tuning: tuning)
  }

  package init(
    _ selection: OpenCLPlanSelection, for specification: NetworkSpecification, batchSize: Int,
    limits: ResidentSizes.Limits, isProcessor: Bool, tuning: TuningTable? = nil
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
        guard selection == .auto else { throw error }
        refusals.append("layer \(index + 1): \(error)")
      }
    }
    reason =
      if selection == .resident {
        "as asked"
      } else if !refusals.isEmpty {
        refusals.joined(separator: "; ")
      } else if measured.contains(where: { $0 != nil }) {
        "as measured on this device"
      } else {
        "every layer fits"
      }
  }

  /// Such as `resident, float32: one launch for all steps of each layer (every layer fits)`.
  package var description: String {
    let resident = loops.indices.filter { loops[$0].isResident }
    let what =
      switch resident.count {
      case 0: "stepwise, float32: a launch for each step of each layer"
      case loops.count: "resident, float32: one launch for all steps of each layer"
      default:
        "resident and stepwise, float32: one launch for all steps of layer "
          + resident.map { String($0 + 1) }.joined(separator: ", ")
          + ", one for each step of the others"
      }
    return "\(what) (\(reason))" + rowsDescription
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

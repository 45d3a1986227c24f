/// The ways in which a device can run a layer, in order of preference, and what is against each.
package struct PlanChoice: Hashable, Sendable {
  /// One of them.
  package struct Candidate: Hashable, Sendable {
    package var kind: LayerLoop.Kind
    /// `nil` where the layer cannot be run so.
    package var loop: LayerLoop?
    /// Why it cannot, or had better not unless it is asked for; `nil` where nothing is against it.
    package var objection: String?
  }

  /// What decides, besides the layer.
  package struct Rules: Sendable {
    package var limits: ResidentSizes.Limits
    /// Whether the device is the processor itself.
    package var isProcessor: Bool
    /// Whether work-groups of a launch were found to run side by side.
    package var runsSideBySide = false
    /// What was measured on the device.
    package var tuning: TuningTable?
    package var precision = Precision.float32

    package init(limits: ResidentSizes.Limits, isProcessor: Bool) {
      self.limits = limits
      self.isProcessor = isProcessor
    }
  }

  package private(set) var candidates: [Candidate]
  /// Whether what was measured on the device has a say.
  package let isMeasured: Bool

  /// What is chosen; there is always one, as composed steps take everything.
  package var loop: LayerLoop {
    candidates.lazy.filter { $0.objection == nil }.compactMap(\.loop).first ?? .composed
  }

  /// What is against those that would be preferred, each reason once.
  package var objections: [String] {
    var reasons: [String] = []
    for candidate in candidates {
      guard let objection = candidate.objection else { break }
      if !reasons.contains(objection) { reasons.append(objection) }
    }
    return reasons
  }

  /// Everything that there is for a layer.
  ///
  /// - Parameters:
  ///   - layer: The layer.
  ///   - inputSize: `I`.
  ///   - batchSize: `B`.
  ///   - rules: What decides.
  package init(_ layer: LSTMLayer, inputSize: Int, batchSize: Int, _ rules: Rules) {
    let limits = rules.limits
    let measured = rules.tuning?.layer(
      units: layer.hiddenSize, batchSize: batchSize, computeUnits: limits.computeUnits)
    isMeasured = measured != nil
    let bar = Self.bar(layer, rules.precision)
    func candidate(
      _ kind: LayerLoop.Kind, _ make: () throws(LSTMError) -> LayerLoop,
      rather: (LayerLoop) -> String?
    ) -> Candidate {
      if let bar { return Candidate(kind: kind, objection: bar) }
      do {
        let loop = try make()
        return Candidate(kind: kind, loop: loop, objection: rather(loop))
      } catch {
        return Candidate(kind: kind, objection: error.description)
      }
    }
    let takesTurns =
      "the device is the processor itself, where the items of a work-group take turns"

    let resident = candidate(.resident) { () throws(LSTMError) in
      .resident(
        try ResidentSizes(
          units: layer.hiddenSize, inputSize: inputSize, batchSize: batchSize, limits: limits,
          choice: measured?.resident))
    } rather: { _ in
      if let plan = measured?.plan {
        plan == .resident ? nil : NetworkPlan.asMeasured
      }
      // What was not measured is by the rule.
      else {
        rules.isProcessor ? takesTurns : nil
      }
    }
    let cooperative = candidate(.cooperative) { () throws(LSTMError) in
      .cooperative(
        try CooperativeSizes(
          units: layer.hiddenSize, batchSize: batchSize, limits: limits,
          isProcessor: rules.isProcessor))
    } rather: { loop in
      guard case .cooperative(let sizes) = loop else { return nil }
      if rules.isProcessor { return takesTurns }
      if measured?.plan == .stepwise { return NetworkPlan.asMeasured }
      // What was measured there goes before the rule.
      let rule = sizes.objection(batchSize: batchSize)
      let found = rules.tuning?.cooperative(units: layer.hiddenSize)
      let objection = found.map { $0.objection(batchSize: batchSize, rule: rule) } ?? rule
      return objection
        ?? (rules.runsSideBySide ? nil : "its work-groups were not found to run side by side")
    }
    let stepwise = candidate(.stepwise) { () throws(LSTMError) in
      .stepwise
    } rather: { _ in
      nil
    }
    candidates = [
      resident, cooperative, stepwise, Candidate(kind: .composed, loop: .composed, objection: nil),
    ]
  }

  /// Why a layer is composed of operations in any case; `nil` where it need not be.
  private static func bar(_ layer: LSTMLayer, _ precision: Precision) -> String? {
    if precision != .float32 { return "kernels of whole steps compute in float32 only" }
    if layer.projectionSize != nil { return "a projection is composed of operations" }
    if layer.normalizesGates { return "normalized gates are composed of operations" }
    return nil
  }

  /// Leaves only what a user asks for, whatever had better be.
  ///
  /// - Throws: `LSTMError.invalidConfiguration` with the reason, where the layer cannot be run so.
  mutating func force(_ selection: OpenCLPlanSelection) throws(LSTMError) {
    let kinds: [LayerLoop.Kind]
    switch selection {
    case .auto: return
    case .resident: kinds = [.resident]
    case .cooperative: kinds = [.cooperative]
    case .stepwise: kinds = [.stepwise, .composed]
    }
    let asked = candidates.filter { kinds.contains($0.kind) }
    candidates = asked.filter { $0.loop != nil }
    for index in candidates.indices { candidates[index].objection = nil }
    guard candidates.isEmpty else { return }
    throw .invalidConfiguration(
      "the plan '\(selection.rawValue)' cannot run this network: "
        + "\(asked.first?.objection ?? "there is none"); use the plan 'auto' or 'stepwise'")
  }

  /// Goes on to the next candidate, as the chosen one cannot be run after all.
  mutating func refuse(_ reason: String) {
    let kind = loop.kind
    guard let index = candidates.firstIndex(where: { $0.kind == kind }), kind != .composed else {
      return
    }
    candidates[index].loop = nil
    candidates[index].objection = reason
    if !candidates.contains(where: { $0.loop != nil && $0.objection == nil }) {
      candidates.append(Candidate(kind: .stepwise, loop: .stepwise, objection: nil))
    }
  }
}

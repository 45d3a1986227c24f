package import OpenCL

/// How the time steps of each layer are run, and why.
package struct NetworkPlan: Hashable, Sendable {
  package private(set) var choices: [PlanChoice]
  private let selection: OpenCLPlanSelection
  private var hasGivenUp = false

  package var loops: [LayerLoop] { choices.map(\.loop) }

  static let asMeasured = "as measured on this device"
  private static let gaveUp = "cooperative gave up: work-groups do not run side by side"

  /// Chooses as a user wants it.
  ///
  /// - Parameters:
  ///   - selection: What is wanted.
  ///   - layers: The layers, with the width of what each reads.
  ///   - batchSize: `B`.
  ///   - rules: What decides where nothing is forced.
  /// - Throws: `LSTMError.invalidConfiguration`, with the reason, where a layer cannot be run by the
  ///   plan that was asked for.
  package init(
    _ selection: OpenCLPlanSelection, for layers: [(layer: LSTMLayer, inputSize: Int)],
    batchSize: Int, _ rules: PlanChoice.Rules
  ) throws(LSTMError) {
    self.selection = selection
    choices = []
    for (layer, inputSize) in layers {
      var choice = PlanChoice(layer, inputSize: inputSize, batchSize: batchSize, rules)
      try choice.force(selection)
      choices.append(choice)
    }
  }

  /// Goes on to the next candidate for layers whose kernels the device does not take.
  ///
  /// - Parameter makeKernels: Makes those of a layer's time steps.
  /// - Throws: What is no refusal of a kernel.
  package mutating func passOverRefused(
    _ makeKernels: (_ layer: Int, LayerLoop) throws(OpenCLError) -> Void
  ) throws(OpenCLError) {
    for index in choices.indices {
      while choices[index].loop != .composed {
        do {
          try makeKernels(index, choices[index].loop)
          break
        } catch {
          guard error.refusesKernel else { throw error }
          // A build log has many lines; a plan that is forced shows all of them.
          let line = error.description.prefix { !$0.isNewline }
          choices[index].refuse("the device refuses its kernels, \(line)")
        }
      }
    }
  }

  /// The same once no launch can count on work-groups that run side by side.
  package func givenUp() -> NetworkPlan {
    var plan = self
    plan.hasGivenUp = true
    for index in choices.indices where choices[index].loop.kind == .cooperative {
      plan.choices[index].refuse(Self.gaveUp)
    }
    return plan
  }

  // MARK: - In words

  /// Such as `resident, float32: one launch for all steps of each layer (every layer fits)`.
  package var description: String {
    let loops = loops
    let kinds = LayerLoop.Kind.allCases.filter { kind in loops.contains { $0.kind == kind } }
    let ways: [(String, [LayerLoop.Kind])] = [
      ("one launch for all steps", [.resident, .cooperative]),
      ("a launch for each step", [.stepwise]), ("several launches for each step", [.composed]),
    ]
    let parts = ways.compactMap { text, kinds -> String? in
      let numbers = loops.indices.filter { kinds.contains(loops[$0].kind) }
      guard !numbers.isEmpty else { return nil }
      return numbers.count == loops.count
        ? "\(text) of each layer"
        : "\(text) of layer " + numbers.map { String($0 + 1) }.joined(separator: ", ")
    }
    return kinds.map(\.rawValue).joined(separator: " and ") + ", float32: "
      + parts.joined(separator: ", ") + " (\(reason))" + rowsDescription + groupsDescription
  }

  private var reason: String {
    let lists = choices.map(\.objections)
    guard selection == .auto else { return hasGivenUp ? "as asked; \(Self.gaveUp)" : "as asked" }
    if lists.allSatisfy(\.isEmpty) {
      return choices.contains(where: \.isMeasured) ? Self.asMeasured : "every layer fits"
    }
    if Set(lists).count == 1 { return lists[0].joined(separator: "; ") }
    return lists.enumerated().filter { !$1.isEmpty }
      .map { "layer \($0 + 1): " + $1.joined(separator: "; ") }.joined(separator: "; ")
  }

  /// The most teams of a cooperative layer's launch; `nil` where no layer is.
  var mostTeams: Int? {
    loops.compactMap { if case .cooperative(let sizes) = $0 { sizes.teams } else { nil } }.max()
  }

  private var groupsDescription: String {
    let groups = loops.enumerated().compactMap { index, loop -> String? in
      guard case .cooperative(let sizes) = loop else { return nil }
      return
        "layer \(index + 1) shared by \(sizes.groups) work-group\(sizes.groups == 1 ? "" : "s")"
        + (sizes.teams == 1 ? "" : " in each of \(sizes.teams) teams")
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

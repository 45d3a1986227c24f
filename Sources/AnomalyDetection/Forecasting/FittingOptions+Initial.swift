import LSTMCompute
import TimeSeries

extension FittingOptions {
  /// Finds out whether a training can start from the parameters of a forecaster.
  ///
  /// The network must be the same but for what is random in training, the loss and the window; so
  /// must be what goes in and out. How columns are scaled follows from the new rows.
  ///
  /// - Parameters:
  ///   - initial: The forecaster.
  ///   - targets: The targets that the new one is to have.
  ///   - features: Its features; `nil` where they are not known yet.
  /// - Throws: `DetectionError.dataMismatch` with what is different.
  public func check(initial: Forecaster, targets: [String], features: [String]? = nil) throws {
    guard initial.others.isEmpty, members == 1 else {
      throw DetectionError.dataMismatch(
        "networks of an ensemble differ by the weights that each begins with, so none begins with those "
          + "of a model, and no training with those of an ensemble")
    }
    try check(
      "its targets", initial.targets.joined(separator: ", "), targets.joined(separator: ", "))
    if let features {
      try check(
        "its features", initial.features.joined(separator: ", "), features.joined(separator: ", "))
    }
    try check("its horizon", "\(initial.horizon)", "\(horizon)")
    if let subject {
      try check("what it learns", initial.subject.rawValue, subject.rawValue)
    }
    if let inputs {
      try check("what it sees", (initial.recipe?.inputs.kind ?? .levels).rawValue, inputs.rawValue)
    }
    if let transform {
      try check("what is done to its targets", initial.transform.rawValue, transform.rawValue)
    }
    if case .terms(let terms) = calendar {
      func text(_ terms: [CalendarTerms.Term]) -> String {
        terms.isEmpty ? "none" : terms.map(\.rawValue).joined(separator: ",")
      }
      try check("its calendar", text(initial.calendar), text(terms))
    }
    if !holidays.isEmpty, holidays != initial.recipe?.inputs.calendar?.holidays {
      throw DetectionError.dataMismatch("the initial model differs in its holidays")
    }
    if let season {
      try check("its season", initial.recipe?.season.map { "\($0)" } ?? "none", "\(season)")
    }
    if judge == .simple, initial.recipe == nil {
      throw DetectionError.dataMismatch(
        "the initial model knows no simple forecasts, by which rows are to be judged")
    }

    let theirs = initial.network.specification
    let ours = try specification(features: theirs.inputSize, targets: targets.count)
    try check(theirs, ours)
  }

  /// Throws where the parameters of a network mean something else in another one.
  private func check(_ theirs: NetworkSpecification, _ ours: NetworkSpecification) throws {
    func units(_ specification: NetworkSpecification) -> String {
      specification.layers.map { "\($0.hiddenSize)" }.joined(separator: ",")
    }
    try check("its units", units(theirs), units(ours))
    try check("its options", theirs.fixedOptions, ours.fixedOptions)
    try check("its number of outputs", "\(theirs.outputSize)", "\(ours.outputSize)")
  }

  /// Throws with what is different, where something is.
  private func check(_ name: String, _ theirs: String, _ ours: String) throws(DetectionError) {
    guard theirs != ours else { return }
    throw .dataMismatch(
      "the initial model differs in \(name): \(theirs), not \(ours) as here")
  }

  /// The parameters of the network that the training starts from; `nil` where there is none.
  ///
  /// - Parameter specification: The network that is trained.
  /// - Returns: Its parameters.
  /// - Throws: `DetectionError.dataMismatch` where it is another one.
  func initialParameters(for specification: NetworkSpecification) throws -> Parameters? {
    guard let initial = initialNetwork?.network else { return nil }
    guard members == 1 else {
      throw DetectionError.dataMismatch(
        "networks of an ensemble differ by the weights that each begins with, so none begins with given "
          + "ones")
    }
    try check(
      "its number of inputs", "\(initial.specification.inputSize)", "\(specification.inputSize)")
    try check(initial.specification, specification)
    return try Parameters(
      layout: ParameterLayout(specification), values: initial.parameters.values)
  }
}

extension NetworkSpecification {
  /// The options that decide what the parameters mean, in words.
  fileprivate var fixedOptions: String {
    let other = ["head", "dropout", "recurrent-dropout", "zoneout-hidden", "zoneout-cell"]
    let texts = options.filter { !other.contains($0.name) }.map(\.description)
    return texts.isEmpty ? "none" : texts.joined(separator: ", ")
  }
}

import LSTMCompute
import TimeSeries

/// A series that a network is fitted to, and what its rows are used for.
struct FittingPart {
  let series: Series
  let split: SplitPlan
}

extension [FittingPart] {
  /// Whether rows are held out.
  var hasValidation: Bool { contains { !$0.split.validation.isEmpty } }
  /// One of those of middle length.
  var typical: FittingPart {
    sorted { $0.split.training.count < $1.split.training.count }[count / 2]
  }
  /// The number of rows to train on in it.
  var typicalTrainingCount: Int { typical.split.training.count }
  /// The first of those with the most rows.
  var longest: FittingPart {
    reduce(self[0]) { $0.split.fit.count < $1.split.fit.count ? $1 : $0 }
  }
}

/// A fit in the making: what was chosen, and the series as the network will see them.
struct Fitting {
  /// The series: one, or several in units of their scales.
  let parts: [FittingPart]
  let scaler: Scaler
  /// The options, with the loss that was chosen.
  private(set) var options: FittingOptions
  private(set) var recipe: Recipe?
  private(set) var coding: TargetCoding
  private(set) var prepared: [PreparedSeries]
  /// What was chosen.
  private(set) var notes: [String] = []

  /// Whether all choices are another model's.
  private let isFixed: Bool

  /// The shorter fits by which is chosen have so small a share of the epochs.
  private static let quickShare = 24
  /// Of the windows of several series no more than these are learnt from: those of many series tell
  /// the same.
  private static let mostWindows = 1 << 13
  /// Candidates are compared on so many rows of several series, about.
  private static let mostRowsToCompare = 1 << 13

  /// Chooses what takes no time to choose.
  ///
  /// - Parameters:
  ///   - parts: The series, at least one, with the rows to fit to and those to hold out.
  ///   - options: The options.
  ///   - scaler: How features are scaled.
  ///   - initial: A model that the training starts from, whose choices are taken.
  /// - Throws: `DetectionError.dataMismatch` where what is asked for does not suit the data.
  init(
    _ parts: [FittingPart], options: FittingOptions, scaler: Scaler, initial: Forecaster?
  ) throws {
    let known = parts[0].series.known
    self.parts = parts
    self.scaler = scaler
    self.options = options
    var subject = options.subject ?? .change
    if let initial {
      subject = initial.subject
      recipe = initial.recipe
      recipe?.blend = nil
    } else if !options.isPlain || !known.isEmpty {
      let choices = try options.choose(for: parts)
      (subject, recipe, notes) = (choices.subject, choices.recipe, choices.notes)
    }
    if let first = options.losses.first {
      self.options.training.loss = initial?.loss ?? first
    }
    isFixed = initial != nil
    guard recipe != nil || known.isEmpty else {
      throw DetectionError.dataMismatch("the initial model sees no columns that are known ahead")
    }
    (prepared, coding) = try Self.prepare(
      parts, options: options, scaler: scaler, subject: subject, recipe: &recipe)
  }

  private static func prepare(
    _ parts: [FittingPart], options: FittingOptions, scaler: Scaler,
    subject: FittingOptions.Subject, recipe: inout Recipe?
  ) throws -> ([PreparedSeries], TargetCoding) {
    let prepared = try PreparedSeries.fitting(
      parts, options: options, scaler: scaler, recipe: &recipe)
    return (
      prepared,
      TargetCoding(
        subject, prepared, season: recipe?.season, scaler: scaler,
        rows: parts.map(\.split.training))
    )
  }

  /// The first row that can be learnt: linear forecasts need rows before them.
  private var firstRow: Int {
    coding.subject == .linear ? recipe?.linear?.firstRow ?? 0 : 0
  }

  /// The windows to train on, and those held out.
  ///
  /// - Parameter most: The largest number of windows of several series to train on.
  /// - Returns: The windows.
  /// - Throws: `TimeSeriesError` where there are none.
  func trainingSet(
    most: Int = mostWindows
  ) throws -> (training: WindowedSeries, validation: [Window]) {
    try prepared.trainingSet(
      coding, season: recipe?.season, splits: parts.map(\.split), from: firstRow,
      head: options.head, most: most)
  }

  /// Notes which share of the windows was learnt from.
  mutating func noteShare(of learnt: Int) {
    let all = zip(prepared, parts).reduce(0) { sum, part in
      sum + part.0.trainingRows(in: part.1.split.training, from: firstRow).count
    }
    if learnt < all { notes.append("in one of \((all + learnt - 1) / learnt) windows") }
  }

  /// What trains a network; of an ensemble the one of a number from 0.
  func trainer(on backend: any Backend, member: Int = 0) throws -> Trainer {
    var configuration = options.training
    configuration.seed &+= UInt64(member)
    return try Trainer(
      specification: options.specification(
        features: prepared[0].inputSize, targets: parts[0].series.targets.count),
      configuration: configuration, backend: backend)
  }

  /// Chooses what the network sees and by which loss it is fitted, by fits that end early.
  mutating func search(on backend: any Backend, isCancelled: () -> Bool) throws {
    guard let recipe, !isFixed, parts.hasValidation, options.search != .none else { return }
    let kinds = options.inputs.map { [$0] } ?? [.both, .changes]
    let losses = options.losses.isEmpty ? [options.training.loss] : options.losses
    guard kinds.count * losses.count > 1 else { return }
    var best: (candidate: Fitting, score: Double)?
    for kind in kinds {
      for loss in losses {
        guard try !backend.agreed(isCancelled()) else { break }
        var candidate = self
        candidate.options.training.loss = loss
        if kind != recipe.inputs.kind {
          var other: Recipe? = recipe
          other?.inputs.kind = kind
          (candidate.prepared, candidate.coding) = try Self.prepare(
            parts, options: options, scaler: scaler, subject: coding.subject, recipe: &other)
          candidate.recipe = other
        }
        let score = try candidate.score(on: backend, isCancelled: isCancelled)
        if score < best?.score ?? .infinity { best = (candidate, score) }
      }
    }
    guard let best else { return }
    self = best.candidate
    if options.inputs == nil {
      notes.append(self.recipe?.inputs.kind == .both ? "from values and changes" : "from changes")
    }
    if losses.count > 1 { notes.append("by \(options.training.loss)") }
  }

  /// How far the network is off on the rows held out after a few epochs, over all targets.
  private func score(on backend: any Backend, isCancelled: () -> Bool) throws -> Double {
    var trial = self
    if options.search == .quick {
      trial.options.training.epochs = max(2, options.training.epochs / Self.quickShare)
      // A schedule over all epochs says nothing of so few.
      trial.options.training.schedule = .constant
    }
    // Of several series a part is enough to compare.
    let set = try trainingSet(
      most: options.search == .quick ? Self.mostWindows / 4 : Self.mostWindows)
    let result = try trial.trainer(on: backend).fit(
      training: set.training, validation: set.validation, isCancelled: isCancelled)
    guard result.history.bestEpoch != nil else { return .infinity }
    let forecaster = Forecaster(
      network: try result.network.forForecasts(), scaler: scaler, coding: coding,
      columns: parts[0].series.reading, steps: options.steps, horizon: options.horizon,
      residuals: [], origin: Forecaster.Origin(trial.options.training), recipe: recipe,
      limits: options.limits)
    let count = parts.reduce(0) { $0 + $1.split.validation.count }
    let compared = stride(
      from: 0, to: parts.count, by: parts.count == 1 ? 1 : 1 + count / Self.mostRowsToCompare
    )
    .filter { !parts[$0].split.validation.isEmpty || parts.count == 1 }
    let some = compared.map { parts[$0] }
    let rows = some.map(\.split.validation)
    let forecasts = try Forecaster.forecasts(
      compared.map { (forecaster, prepared[$0]) }, rows: rows, on: backend)
    return options.score(of: some) { part, target in
      forecasts[part].expected(rows: rows[part], target: target)
    }
  }
}

extension Forecaster.Origin {
  /// Of a network that is not kept.
  fileprivate init(_ configuration: TrainingConfiguration) {
    self.init(
      file: "", firstTime: "", lastTime: "", trainingRows: 0, validationRows: 0,
      configuration: configuration, device: "")
  }
}

import LSTMCompute
import TimeSeries

/// A fit in the making: what was chosen, and the series as the network will see it.
struct Fitting {
  let series: Series
  let split: SplitPlan
  let scaler: Scaler
  /// The options, with the loss that was chosen.
  private(set) var options: FittingOptions
  private(set) var recipe: Recipe?
  private(set) var coding: TargetCoding
  private(set) var prepared: PreparedSeries
  /// What was chosen.
  private(set) var notes: [String] = []

  /// Whether all choices are another model's.
  private let isFixed: Bool

  /// The shorter fits by which is chosen have so small a share of the epochs.
  private static let quickShare = 24

  /// Chooses what takes no time to choose.
  ///
  /// - Parameters:
  ///   - series: The series.
  ///   - split: The rows to fit to and those to hold out.
  ///   - options: The options.
  ///   - scaler: How features are scaled.
  ///   - initial: A model that the training starts from, whose choices are taken.
  /// - Throws: `DetectionError.dataMismatch` where what is asked for does not suit the data.
  init(
    _ series: Series, split: SplitPlan, options: FittingOptions, scaler: Scaler,
    initial: Forecaster?
  ) throws {
    self.series = series
    self.split = split
    self.scaler = scaler
    self.options = options
    var subject = options.subject ?? .change
    if let initial {
      subject = initial.subject
      recipe = initial.recipe
      recipe?.blend = nil
    } else if !options.isPlain || !series.known.isEmpty {
      let choices = try options.choose(for: series, split: split)
      (subject, recipe, notes) = (choices.subject, choices.recipe, choices.notes)
    }
    if let first = options.losses.first {
      self.options.training.loss = initial?.loss ?? first
    }
    isFixed = initial != nil
    guard recipe != nil || series.known.isEmpty else {
      throw DetectionError.dataMismatch("the initial model sees no columns that are known ahead")
    }
    (prepared, coding) = try Self.prepare(
      series, split: split, options: options, scaler: scaler, subject: subject, recipe: &recipe)
  }

  private static func prepare(
    _ series: Series, split: SplitPlan, options: FittingOptions, scaler: Scaler,
    subject: FittingOptions.Subject, recipe: inout Recipe?
  ) throws -> (PreparedSeries, TargetCoding) {
    let prepared = try PreparedSeries(
      series, steps: options.steps, horizon: options.horizon, scaler: scaler, recipe: &recipe,
      fitting: split.training, scalerKind: options.scaler, hasDecoder: options.hasDecoder)
    return (
      prepared,
      TargetCoding(
        subject, prepared, season: recipe?.season, scaler: scaler, rows: split.training)
    )
  }

  /// The first row that can be learnt: linear forecasts need rows before them.
  private var firstRow: Int {
    coding.subject == .linear ? recipe?.linear?.firstRow ?? 0 : 0
  }

  /// The windows to train on, and those held out.
  func trainingSet() throws -> (training: WindowedSeries, validation: [Window]) {
    try prepared.trainingSet(
      coding, season: recipe?.season, split: split, from: firstRow, head: options.head)
  }

  /// What trains a network; of an ensemble the one of a number from 0.
  func trainer(on backend: any Backend, member: Int = 0) throws -> Trainer {
    var configuration = options.training
    configuration.seed &+= UInt64(member)
    return try Trainer(
      specification: options.specification(
        features: prepared.inputSize, targets: series.targets.count),
      configuration: configuration, backend: backend)
  }

  /// Chooses what the network sees and by which loss it is fitted, by fits that end early.
  mutating func search(on backend: any Backend, isCancelled: () -> Bool) throws {
    guard let recipe, !isFixed, !split.validation.isEmpty, options.search != .none else { return }
    let kinds = options.inputs.map { [$0] } ?? [.both, .changes]
    let losses = options.losses.isEmpty ? [options.training.loss] : options.losses
    guard kinds.count * losses.count > 1 else { return }
    var best: (candidate: Fitting, score: Double)?
    for kind in kinds {
      for loss in losses {
        guard !isCancelled() else { break }
        var candidate = self
        candidate.options.training.loss = loss
        if kind != recipe.inputs.kind {
          var other: Recipe? = recipe
          other?.inputs.kind = kind
          (candidate.prepared, candidate.coding) = try Self.prepare(
            series, split: split, options: options, scaler: scaler, subject: coding.subject,
            recipe: &other)
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
    let set = try trainingSet()
    let result = try trial.trainer(on: backend).fit(
      training: set.training, validation: set.validation, isCancelled: isCancelled)
    guard result.history.bestEpoch != nil else { return .infinity }
    let forecaster = Forecaster(
      network: try result.network.forForecasts(), scaler: scaler, coding: coding,
      columns: series.reading, steps: options.steps, horizon: options.horizon, residuals: [],
      origin: Forecaster.Origin(trial.options.training), recipe: recipe, limits: options.limits)
    let forecasts = try forecaster.forecast(prepared, rows: split.validation, on: backend)
    return options.score(of: series, rows: split.validation) { target in
      forecasts.expected(rows: split.validation, target: target)
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

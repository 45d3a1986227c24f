public import LSTMCompute
public import TimeSeries

/// All that is needed to forecast a series: a fitted network, and what its numbers mean.
///
/// ```swift
/// let split = try SplitPlan(
///   series: series, trainUntil: .fraction(0.8), validation: 0.2, steps: 28)
/// let fitted = try Forecaster.fit(
///   series, split: split, options: .automatic(steps: 28), on: CPUBackend())
/// try fitted.forecaster.save(to: path)
/// ```
public struct Forecaster: Equatable, Sendable {
  /// The network; of an ensemble the first one.
  public let network: Network
  /// The other networks of an ensemble, which differ in their parameters alone.
  let others: [Network]
  /// How columns are scaled.
  public let scaler: Scaler
  /// What the network's outputs stand for.
  let coding: TargetCoding
  /// The columns, all by name, and how the file was read.
  public let columns: SeriesOptions
  /// `T`, the number of rows in a window.
  public let steps: Int
  /// The number of rows that are forecast from a window.
  public let horizon: Int
  /// The residuals of each target on the rows that were held out, in the target's unit, one step
  /// ahead.
  public internal(set) var residuals: [Moments]
  /// What each target's residuals and values were on the rows fitted to and held out; `nil` in models of
  /// earlier versions, of several series, each of which has its own, and of one that was not fitted to.
  public internal(set) var calibrations: [Calibration]?
  /// How and from what the network was fitted.
  public internal(set) var origin: Origin

  /// How a series is seen and rows are judged, beyond scaling; `nil` of models that see values.
  var recipe: Recipe?
  /// What makes right what the network says beside its forecasts; `nil` where it says nothing, or too few
  /// rows were held out.
  var bands: Bands?
  /// What no forecast is below or above.
  public let limits: ForecastLimits
  /// The series that the network was fitted to, where there are several; `nil` where it is one.
  ///
  /// All numbers of this forecaster are then in units of the scales of each series, and
  /// `forecaster(of:)` has them in the units of one.
  public internal(set) var panel: FittedPanel?

  /// How and from what a network was fitted.
  public struct Origin: Hashable, Sendable, Codable {
    /// The version of this library.
    public var libraryVersion = LibraryVersion.current
    /// The name of the file.
    public var file: String
    /// The time of the first row that was fitted to.
    public var firstTime: String
    /// The time of the last row that was fitted to or held out.
    public var lastTime: String
    /// The number of rows that were fitted to.
    public var trainingRows: Int
    /// The number of rows that were held out.
    public var validationRows: Int
    /// How the network was fitted.
    public var configuration: TrainingConfiguration
    /// The name of the backend.
    public var device: String
    /// The number of the epoch whose parameters were kept.
    public var bestEpoch: Int?
    /// Of an ensemble, for each network the number of the epoch whose parameters were kept.
    public var memberEpochs: [Int]?
    /// From which steps of a window the network learnt, where that is not the last one alone.
    public var head: FittingOptions.Head?
    /// The name of the model whose parameters the training started from, where there was one.
    public var initial: String?
    /// A checksum of the targets in the rows that were fitted to, where those have no times.
    var checksum: String?
  }

  /// What the network was fitted by, which tells how many outputs it has for each number of the
  /// targets and what they are.
  public var loss: Loss { origin.configuration.loss }
  /// All networks: one, or those of an ensemble, whose mean is the forecast.
  public var members: [Network] { [network] + others }
  /// What the network's outputs stand for.
  public var subject: FittingOptions.Subject { coding.subject }
  /// What the network sees of the targets.
  public var inputs: FittingOptions.Inputs { recipe?.inputs.kind ?? .levels }
  /// What is done to the targets before anything else.
  public var transform: FittingOptions.Transform {
    recipe?.transform.shifts.isEmpty == false ? .log : .none
  }
  /// What is seen of the date of the row that is forecast.
  public var calendar: [CalendarTerms.Term] { recipe?.inputs.calendar?.terms ?? [] }
  /// For each target by whose forecasts its rows are judged; `nil` where it is the network's alone.
  public var judges: [[ForecastSource]]? { recipe?.blend?.sources }
  /// The targets, in the order of the network's outputs.
  public var targets: [String] { columns.targets }
  /// The features, in the order of the network's inputs.
  public var features: [String] { columns.features ?? [] }

  /// The threshold of a target that was forecast to the last digit: a millionth of its spread.
  func leastThreshold(of target: String) -> Double { 1e-6 * (scaler[target]?.scale.magnitude ?? 0) }

  /// What rows are judged by where nothing else is said; `nil` where too little is kept for it: in
  /// models of earlier versions, and of a series that was not fitted to.
  ///
  /// Of several series it is that of the one whose rows are the closest.
  public var standardThreshold: Threshold? {
    let all =
      panel.map { $0.members.compactMap(\.calibrations) } ?? [calibrations].compactMap { $0 }
    guard !all.isEmpty else { return nil }
    return .standard(step: all.compactMap { $0.first?.step }.min())
  }

  /// The first row of a series after those that the forecaster was fitted to, which its calibrations know
  /// already; 0 where times do not tell.
  ///
  /// Rows that have numbers only are known where they are the very rows that were fitted to.
  func firstNewRow(of series: Series) -> Int {
    let end = series.time.firstRow(after: origin.lastTime) ?? 0
    guard series.time.kind == .rowNumbers else { return end }
    guard let checksum = origin.checksum,
      let first = series.time.firstRow(notBefore: origin.firstTime), first < end,
      checksum == series.checksum(of: first..<end)
    else { return 0 }
    return end
  }

  /// The last time that the forecaster was fitted to, up to which its calibrations know rows already.
  ///
  /// - Parameter kind: What the times of the rows are.
  /// - Returns: Less than any time where times do not tell.
  func lastKnownTime(_ kind: TimeAxis.Kind) -> Double {
    guard kind != .rowNumbers else { return -.infinity }
    return TimeAxis.value(ofLabel: origin.lastTime, kind: kind) ?? -.infinity
  }

  /// What turns the rows of a target into scores.
  ///
  /// - Parameters:
  ///   - threshold: How unusual a row may be.
  ///   - target: The target's number.
  ///   - kinds: What counts in an adaptive score.
  /// - Returns: A scorer that has seen no row.
  /// - Throws: `DetectionError.invalidThreshold` where the residuals give no threshold.
  public func scorer(
    _ threshold: Threshold, target: Int, kinds: Set<ScoreKind> = ScoreKind.standard
  ) throws(DetectionError) -> any Scorer {
    try threshold.scorer(
      for: residuals[target], calibration: calibrations?[target], target: targets[target],
      kinds: kinds, least: leastThreshold(of: targets[target]))
  }

  /// The same forecaster with another network of the same shape, such as one trained further.
  ///
  /// The residual statistics stay those of the network before. Of an ensemble, the other networks are
  /// left out.
  public func replacing(network: Network) -> Forecaster {
    precondition(network.specification == self.network.specification, "a network of the same shape")
    return Forecaster(
      network: network, scaler: scaler, coding: coding, columns: columns, steps: steps,
      horizon: horizon, residuals: residuals, calibrations: calibrations, origin: origin,
      recipe: recipe, limits: limits, panel: panel, bands: bands)
  }

  init(
    network: Network, scaler: Scaler, coding: TargetCoding, columns: SeriesOptions, steps: Int,
    horizon: Int,
    residuals: [Moments], calibrations: [Calibration]? = nil, origin: Origin,
    recipe: Recipe? = nil, limits: ForecastLimits = ForecastLimits(), others: [Network] = [],
    panel: FittedPanel? = nil, bands: Bands? = nil
  ) {
    self.network = network
    self.others = others
    self.scaler = scaler
    self.coding = coding
    self.columns = columns
    self.steps = steps
    self.horizon = horizon
    self.residuals = residuals
    self.calibrations = calibrations
    self.origin = origin
    self.recipe = recipe
    self.limits = limits
    self.panel = panel
    self.bands = bands
  }
}

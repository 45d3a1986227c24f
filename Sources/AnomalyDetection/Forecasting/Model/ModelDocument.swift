import LSTMCompute
import TimeSeries

/// What a model file says beside its tensors, as it lies in the file's metadata.
struct ModelDocument: Codable {
  /// The versions of this form; a file of another one is refused.
  ///
  /// A network with options is of version 2, because a reader of version 1 would run it without
  /// them; one with a recipe, or with leads that are relative to the last value each, of version 3; one
  /// with limits, several networks or several series of version 4; one
  /// whose quantiles or standard deviations are corrected of version 5. All others are written as ever.
  static let versions = ["1", "2", "3", "4", "5"]
  /// More networks than these no ensemble has.
  static let mostMembers = 1000
  /// The metadata key of the version.
  static let versionKey = "swift_lstm_format"
  /// The metadata key of the checksum of the tensors and the document.
  static let checksumKey = "swift_lstm_checksum"
  /// The metadata key of the document.
  static let key = "swift_lstm"

  /// A network's shape, unchecked as it comes from a file.
  struct Shape: Codable {
    var inputSize: Int
    var hiddenSizes: [Int]
    var outputSize: Int
    /// The layers with their options: not in version 1.
    var layers: [LSTMLayer]?
    /// Not in version 1.
    var decoderSteps: Int?

    init(_ specification: NetworkSpecification) {
      inputSize = specification.inputSize
      hiddenSizes = specification.layers.map(\.hiddenSize)
      outputSize = specification.outputSize
      guard !specification.isPlain else { return }
      layers = specification.layers
      decoderSteps = specification.decoderSteps
    }

    /// Throws where it is no network.
    func specification() throws(LSTMError) -> NetworkSpecification {
      try NetworkSpecification(
        inputSize: inputSize, layers: layers ?? hiddenSizes.map(LSTMLayer.init(hiddenSize:)),
        head: decoderSteps == nil ? .lastStep : .everyStep, outputSize: outputSize,
        decoderSteps: decoderSteps)
    }
  }

  var network: Shape
  var steps: Int
  var horizon: Int
  var columns: SeriesOptions
  var scaler: Scaler
  var coding: TargetCoding
  var residuals: [Moments]
  /// Not in files of earlier versions.
  var calibrations: [Calibration]?
  var origin: Forecaster.Origin
  /// Not before version 3.
  var recipe: Recipe?
  /// Not before version 4.
  var limits: ForecastLimits?
  /// The number of networks, where there are several; not before version 4.
  var members: Int?
  var panel: FittedPanel?
  /// Not before version 5.
  var bands: Bands?

  init(_ forecaster: Forecaster) {
    network = Shape(forecaster.network.specification)
    steps = forecaster.steps
    horizon = forecaster.horizon
    columns = forecaster.columns
    scaler = forecaster.scaler
    coding = forecaster.coding
    residuals = forecaster.residuals
    calibrations = forecaster.calibrations
    origin = forecaster.origin
    recipe = forecaster.recipe
    limits = forecaster.limits.isEmpty ? nil : forecaster.limits
    members = forecaster.others.isEmpty ? nil : forecaster.members.count
    panel = forecaster.panel
    bands = forecaster.bands
  }

  /// The version that is needed to read it.
  var version: String {
    guard bands == nil else { return "5" }
    guard limits == nil, members == nil, panel == nil else { return "4" }
    guard recipe == nil, coding.isDirect == nil else { return "3" }
    return network.layers == nil ? "1" : "2"
  }

  /// What contradicts itself in the document; `nil` where all fits together.
  var contradiction: String? {
    contradictionOfNetwork ?? contradictionOfColumns ?? contradictionOfRecipe
      ?? limits?.contradiction(targets: columns.targets)
      ?? contradictionOfPanel ?? contradictionOfBands
  }

  /// What contradicts itself in the corrections of what is said beside forecasts.
  private var contradictionOfBands: String? {
    guard let bands else { return nil }
    guard bands.corrections.count == columns.targets.count,
      bands.corrections.allSatisfy({ $0.count == horizon }),
      bands.isUsable(origin.configuration.loss.uncertainties.map(\.uncertainty))
    else { return "corrections of what is said beside forecasts" }
    return nil
  }

  /// What contradicts itself in the network's form.
  private var contradictionOfNetwork: String? {
    if let members, !(2...Self.mostMembers).contains(members) {
      return "an ensemble of \(members) networks"
    }
    guard let layers = network.layers else {
      return network.decoderSteps == nil ? nil : "a decoder without layers"
    }
    guard layers.map(\.hiddenSize) == network.hiddenSizes else {
      return "layers of other sizes than \(network.hiddenSizes)"
    }
    guard network.decoderSteps ?? horizon == horizon else {
      return "a decoder of \(network.decoderSteps ?? 0) steps for the horizon \(horizon)"
    }
    return nil
  }

  private var contradictionOfColumns: String? {
    let features = columns.features ?? []
    let needed = Set(features + columns.targets)
    // As many rows as a series may have.
    let sizes = 1...Int(Int32.max)
    guard sizes.contains(steps), sizes.contains(horizon) else {
      return "window \(steps) and horizon \(horizon) must be 1 to \(sizes.upperBound)"
    }
    guard !features.isEmpty, !columns.targets.isEmpty else { return "columns are missing" }
    guard columns.table?.skippedRows ?? 0 >= 0 else { return "rows to skip below 0" }
    guard (columns.categories ?? []).allSatisfy(\.isUsable) else {
      return "words of a column that cannot be told apart"
    }
    let inputs = recipe?.inputs.scales.count ?? features.count
    guard inputs == network.inputSize else {
      return
        "\(inputs) \(recipe == nil ? "features" : "inputs"), but a network for \(network.inputSize)"
    }
    let loss = origin.configuration.loss
    // A decoder has the outputs of one row at each of its steps.
    let rows = network.decoderSteps == nil ? horizon : 1
    guard
      Checked.product(rows, columns.targets.count, loss.outputsPerTarget) == network.outputSize
    else {
      return "\(columns.targets.count) targets, horizon \(horizon) and loss \(loss), but a network "
        + "with \(network.outputSize) outputs"
    }
    guard loss.forecastPlace != nil else { return "the loss \(loss) without the quantile 0.5" }
    let scales = scaler.columns.filter { needed.contains($0.name) }
    guard Set(scales.map(\.name)) == needed,
      scales.allSatisfy({ $0.isUsable && $0.scale != 0 })
    else { return "a column without a usable scale" }
    let leads = coding.isDirect == true ? horizon : 1
    guard leads <= coding.scales.count, leads * columns.targets.count == coding.scales.count,
      coding.scales.map(\.name) == (0..<leads).flatMap({ _ in columns.targets }),
      coding.scales.allSatisfy({ $0.isUsable && $0.scale != 0 })
    else { return "a target without a usable scale" }
    guard residuals.count == columns.targets.count else {
      return "residuals of \(residuals.count) targets instead of \(columns.targets.count)"
    }
    guard residuals.allSatisfy(\.isUsable) else { return "residuals that are no statistics" }
    guard calibrations.map({ $0.count == residuals.count && $0.allSatisfy(\.isUsable) }) ?? true
    else { return "calibrations that are none" }
    return nil
  }
}

extension ModelDocument {
  /// What contradicts itself in what the network sees and rows are judged by.
  private var contradictionOfRecipe: String? {
    guard let recipe else {
      let isPlain = coding.subject == .value || coding.subject == .change
      return isPlain ? nil : "a network that learns the \(coding.subject.rawValue) without a recipe"
    }
    let inputs = recipe.inputs
    guard inputs.scales.allSatisfy({ $0.isUsable && $0.scale != 0 }),
      inputs.limits.count == inputs.scales.count,
      inputs.limits.allSatisfy({
        $0.count == 2 && $0[0].isFinite && $0[0] <= $0[1] && $0[1].isFinite
      })
    else { return "inputs without usable scales" }
    // As many rows as a series may have.
    let seasons =
      [recipe.season, inputs.season].compactMap { $0 } + (recipe.linear?.regressors.seasons ?? [])
    guard seasons.allSatisfy((1...Int(Int32.max)).contains) else { return "a season that is none" }
    guard coding.subject != .season || recipe.season != nil else {
      return "no season to differ from"
    }
    guard coding.subject != .linear || recipe.linear != nil else {
      return "no linear forecasts to start from"
    }
    let targets = columns.targets
    let known = Set(columns.known ?? [])
    guard inputs.known.allSatisfy(known.contains), known.isSubset(of: columns.features ?? []) else {
      return "columns known ahead that are no features"
    }
    guard
      recipe.transform.shifts.keys.allSatisfy({ name in
        targets.contains(name)
          && (recipe.transform.limits[name].map { $0.count == 2 && $0[0] <= $0[1] && $0[1] <= 700 }
            ?? false)
      }), recipe.transform.shifts.values.allSatisfy({ $0.isFinite && $0 >= 0 })
    else { return "a transform that is none" }
    if let linear = recipe.linear {
      let regressors = linear.regressors
      let needed = Set(columns.features ?? []).union(targets)
      guard linear.targets == targets, linear.models.count == targets.count,
        linear.models.allSatisfy({ $0.count == horizon }),
        (2...Int(Int32.max)).contains(regressors.lags),
        regressors.features.allSatisfy(needed.contains),
        regressors.known.allSatisfy(known.contains),
        zip(targets, linear.models).allSatisfy({ target, leads in
          leads.allSatisfy { $0.weights.count == regressors.count(target: target) && $0.isUsable }
        })
      else { return "linear forecasts that do not fit" }
    }
    if let filter = recipe.filter {
      guard recipe.linear != nil, filter.limits.count == targets.count,
        filter.limits.allSatisfy({ $0 > 0 && $0.isFinite }),
        filter.spreads.map({
          $0.count == targets.count && $0.allSatisfy { $0?.isUsable ?? true }
        }) ?? true
      else { return "a filter of outliers that does not fit" }
    }
    guard recipe.blend?.fits(targets: targets.count, horizon: horizon) ?? true else {
      return "a blend that does not fit"
    }
    return nil
  }

  /// What contradicts itself in the series that were fitted to.
  private var contradictionOfPanel: String? {
    guard let panel else { return columns.series == nil ? nil : "series that are not there" }
    guard limits == nil else { return "limits of several series" }
    guard bands == nil else { return "corrections of several series" }
    let targets = columns.targets.count
    let needed = Set((columns.features ?? []) + columns.targets)
    guard columns.series?.count == panel.keyCount, panel.keyCount > 0, !panel.members.isEmpty,
      panel.isShared.count == panel.columns.count, needed.isSubset(of: panel.columns),
      Set(panel.members.map(\.key)).count == panel.members.count,
      panel.typicalResiduals.count == targets,
      panel.typicalResiduals.allSatisfy(\.isUsable),
      panel.typicalBlend?.fits(targets: targets, horizon: horizon) ?? true
    else { return "series that do not fit" }
    for member in panel.members {
      guard member.key.count == panel.keyCount, member.offsets.count == panel.columns.count,
        member.scales.count == panel.columns.count, member.residuals.count == targets,
        member.residuals.allSatisfy(\.isUsable),
        member.calibrations.map({ $0.count == targets && $0.allSatisfy(\.isUsable) }) ?? true,
        zip(member.offsets, member.scales).allSatisfy({
          Scaler.Column(name: "", offset: $0, scale: $1).isUsable && $1 != 0
        }), member.blend?.fits(targets: targets, horizon: horizon) ?? true
      else { return "the series \(Panel.name(of: member.key)) does not fit" }
    }
    return nil
  }
}

extension Blend {
  /// Whether it is one of so many targets and leads.
  fileprivate func fits(targets: Int, horizon: Int) -> Bool {
    guard sources.count == targets, errors.count == targets,
      zip(sources, errors).allSatisfy({ sources, errors in
        !sources.isEmpty && errors.count == horizon
          && errors.allSatisfy {
            $0.count == sources.count && $0.allSatisfy { $0 >= 0 && $0.isFinite }
          }
      })
    else { return false }
    return true
  }
}

extension LinearModel {
  /// Whether all of it is finite.
  fileprivate var isUsable: Bool {
    weights.allSatisfy(\.isFinite) && intercept.isFinite && lowest.isFinite && lowest <= highest
      && highest.isFinite
  }
}

extension Scaler.Column {
  /// Whether numbers that are scaled by it have squares that a Double can hold, even those that lie
  /// as far off as `Series.checkScaled` allows.
  var isUsable: Bool { offset.magnitude <= 1e130 && scale.magnitude <= 1e130 }
}

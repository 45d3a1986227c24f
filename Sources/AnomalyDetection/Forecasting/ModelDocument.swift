import LSTMCompute
import TimeSeries

/// What a model file says beside its tensors, as it lies in the file's metadata.
struct ModelDocument: Codable {
  /// The versions of this form; a file of another one is refused.
  ///
  /// A network with options is of version 2, because a reader of version 1 would run it without
  /// them; all others are written as ever.
  static let versions = ["1", "2"]
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
  var residuals: [ResidualStatistics]
  var origin: Forecaster.Origin

  init(_ forecaster: Forecaster) {
    network = Shape(forecaster.network.specification)
    steps = forecaster.steps
    horizon = forecaster.horizon
    columns = forecaster.columns
    scaler = forecaster.scaler
    coding = forecaster.coding
    residuals = forecaster.residuals
    origin = forecaster.origin
  }

  /// The version that is needed to read it.
  var version: String { network.layers == nil ? "1" : "2" }

  /// What contradicts itself in the document; `nil` where all fits together.
  var contradiction: String? {
    contradictionOfNetwork ?? contradictionOfColumns
  }

  /// What contradicts itself in the network's form.
  private var contradictionOfNetwork: String? {
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
    guard features.count == network.inputSize else {
      return "\(features.count) features, but a network for \(network.inputSize)"
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
    guard coding.scales.map(\.name) == columns.targets,
      coding.scales.allSatisfy({ $0.isUsable && $0.scale != 0 })
    else { return "a target without a usable scale" }
    guard residuals.count == columns.targets.count else {
      return "residuals of \(residuals.count) targets instead of \(columns.targets.count)"
    }
    guard residuals.allSatisfy(\.isUsable) else { return "residuals that are no statistics" }
    return nil
  }
}

extension Scaler.Column {
  /// Whether numbers that are scaled by it have squares that a Double can hold, even those that lie
  /// as far off as `Series.checkScaled` allows.
  var isUsable: Bool { offset.magnitude <= 1e130 && scale.magnitude <= 1e130 }
}

extension ResidualStatistics {
  /// Whether it is what residuals may have.
  fileprivate var isUsable: Bool {
    count >= 0 && skipped >= 0 && mean.isFinite && standardDeviation.isFinite
  }
}

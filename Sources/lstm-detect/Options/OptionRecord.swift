import AnomalyDetection
import LSTMCompute
import ResultText
import TimeSeries

// The options as they were used, for metrics.json and the report. `null` is "found by itself".

enum OptionRecord {
  /// What is typed for an option of a record: files keep the names of the first version.
  static func option(_ name: String) -> String { name == "initialiser" ? "initializer" : name }
}

extension ReadingOptions {
  func record(
    missing: SeriesOptions.Missing = .forward, duplicates: SeriesOptions.Duplicates = .error
  )
    -> [(name: String, value: JSONValue)]
  {
    [
      ("data", .string(data)), ("time", .optional(timeColumns)),
      ("missing", .string((self.missing ?? missing).rawValue)),
      ("duplicates", .string((self.duplicates ?? duplicates).rawValue)),
    ] + (series.isEmpty ? [] : [("series", .optional(series.given))]) + form.record()
  }
}

extension ColumnOptions {
  func record() -> [(name: String, value: JSONValue)] {
    [
      ("target", .optional(target.names)), ("features", .optional(features.given)),
      ("exclude", .optional(exclude.given)),
    ]
  }
}

extension SplitOptions {
  func record(defaultTrainUntil: String) -> [(name: String, value: JSONValue)] {
    [
      ("train-until", .string(trainUntil ?? defaultTrainUntil)),
      ("validation", record(of: validation)),
    ]
  }
}

extension SplitOptions {
  private func record(of heldOut: SplitPlan.HeldOut) -> JSONValue {
    switch heldOut {
    case .fraction(let fraction): .number(fraction)
    case .time(let text): .string(text)
    }
  }
}

extension NetworkOptions {
  func record(window: Int, horizon: Int) -> [(name: String, value: JSONValue)] {
    [
      ("window", .integer(window)), ("horizon", .integer(horizon)),
      ("units", .array(units.widths.map(JSONValue.integer))), ("members", .integer(members)),
      ("scaler", .string(scaler.rawValue)),
    ]
  }
}

extension TrainingOptions {
  func record() -> [(name: String, value: JSONValue)] {
    [
      ("epochs", .integer(epochs)), ("batch", .integer(batch)),
      ("accumulate", .integer(accumulate)),
      ("learning-rate", .number(learningRate)),
      ("schedule", .string(schedule.defaultValueDescription)),
      ("optimizer", .string(optimizer.defaultValueDescription)),
      ("weight-decay", .number(configuration.optimizer.weightDecay)),
      ("loss", .optional(loss?.defaultValueDescription)), ("clip-norm", .number(clipNorm)),
      ("clip-value", .number(clipValue)), ("patience", .integer(patience)),
      ("initialiser", .string((initializer ?? .pytorch).rawValue)),
      ("forget-bias", forgetBias.map(JSONValue.number) ?? .null),
      ("seed", .unsigned(seed)),
    ]
  }
}

extension LayerOptions {
  /// `null` is off.
  func record() -> [(name: String, value: JSONValue)] {
    func share(_ value: Float?) -> JSONValue { value.map { $0 > 0 ? .float($0) : .null } ?? .null }
    func flag(_ isOn: Bool) -> JSONValue { isOn ? .bool(true) : .null }
    return [
      ("bidirectional", .optional(bidirectional?.rawValue)), ("projection", .optional(projection)),
      ("peepholes", flag(peepholes)), ("couple-gates", flag(coupleGates)),
      ("normalize", flag(normalize)), ("bias", bias == .two ? .null : .string(bias.rawValue)),
      ("gate-clip", share(gateClip)), ("cell-clip", share(cellClip)),
      ("projection-clip", share(projectionClip)), ("dropout", share(dropout)),
      ("recurrent-dropout", share(recurrentDropout)), ("zoneout", share(zoneout)),
      ("zoneout-hidden", share(zoneoutHidden)), ("zoneout-cell", share(zoneoutCell)),
      ("decoder", flag(decoder)), ("head", head == .every ? .string("every") : .null),
    ]
  }
}

extension FineTuningOptions {
  /// `null` is off.
  func record() -> [(name: String, value: JSONValue)] {
    [
      ("initial", .optional(initial)),
      ("freeze", freeze.isEmpty ? .null : .array(Set(freeze).sorted().map(JSONValue.string))),
    ]
  }
}

extension CheckpointOptions {
  func record() -> [(name: String, value: JSONValue)] {
    [
      ("checkpoint", .optional(checkpoint)), ("checkpoint-every", .optional(checkpointEvery)),
      ("resume", .optional(resume)),
    ]
  }
}

extension DeviceOptions {
  func record() -> [(name: String, value: JSONValue)] {
    [
      ("device", .string(device.description)), ("plan", .string(plan.rawValue)),
      ("precision", .string(precision.rawValue)), ("threads", .optional(threads)),
    ]
  }
}

extension JSONValue {
  /// A list of strings, or `null`.
  fileprivate static func optional(_ names: [String]?) -> JSONValue {
    names.map { .array($0.map(JSONValue.string)) } ?? .null
  }
}

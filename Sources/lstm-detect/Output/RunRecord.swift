import AnomalyDetection
import LSTMCompute
import ResultText

/// What a run of the command did and found, for its summary, its documents and its report.
struct RunRecord {
  var command: String
  /// Every option as it was used, in the order of the manual.
  var options: [(name: String, value: JSONValue)]
  var analysis: Analysis
  var forecaster: Forecaster
  /// The checksum of the model's file.
  var checksum = ""
  var threshold: Threshold
  var device: Device
  /// The training; `nil` where a model was loaded.
  var training: Training?
  /// What was done to the data and decided.
  var notes: [String]
  var totalSeconds: Double
  /// The forecasts after several cut-offs; `nil` where none were asked for.
  var backTest: BackTest?
  /// How well known anomalies were found; `nil` where no labels were given.
  var evaluation: Evaluation?

  /// What the network ran on.
  struct Device {
    var name: String
    var description: String
    /// Why it was taken.
    var reason: String

    init(_ choice: Backends.Choice) {
      name = choice.backend.name
      description = choice.backend.deviceDescription
      // Where the device has failed, the choice was another one.
      let failure = DeviceOptions.failureNote(of: choice.backend)
      reason =
        failure.map { "\(choice.backend.name) (\(choice.backend.deviceDescription)): \($0)" }
        ?? choice.reason
    }
  }

  /// How a network was fitted.
  struct Training {
    var history: TrainingHistory
    /// That of each network of an ensemble.
    var members: [TrainingHistory]
    /// What the backend chose for the shapes.
    var plan: String
    var seconds: Double
    /// What the precision cost; `nil` in float32.
    var rounding: Rounding?
  }
}

import AnomalyDetection
import Foundation
import LSTMCompute
import TimeSeries

/// A made-up series of two targets and a feature, and a forecaster fitted to it in a moment.
struct Example {
  static let rowCount = 120

  let series: Series
  let split: SplitPlan
  let fitted: FittedForecaster

  var forecaster: Forecaster { fitted.forecaster }

  init(
    horizon: Int = 1, subject: FittingOptions.Subject = .change, validation: Double = 0.2,
    missing: Set<Int> = [], configure: (inout TrainingConfiguration) -> Void = { _ in },
    network: (inout FittingOptions) -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws {
    series = try Self.series(missing: missing)
    split = try SplitPlan(
      series: series, trainUntil: .fraction(0.8), validation: validation, steps: 6,
      horizon: horizon)
    var options = FittingOptions(steps: 6)
    options.layers = [5, 3].map(LSTMLayer.init(hiddenSize:))
    options.horizon = horizon
    options.subject = subject
    options.training.epochs = 3
    options.training.learningRate = 0.01
    configure(&options.training)
    network(&options)
    fitted = try Forecaster.fit(
      series, split: split, options: options, on: CPUBackend(),
      isCancelled: isCancelled)
  }

  static let columns = SeriesOptions(targets: ["a", "b"], time: [])

  static func series(missing: Set<Int> = []) throws -> Series {
    let rows = 0..<rowCount
    let table = try Table(
      fileName: "made-up.csv",
      columns: [
        ("a", rows.map { missing.contains($0) ? .nan : 100 + 10 * sin(Double($0) * 0.7) }),
        ("b", rows.map { Double($0) + 3 * cos(Double($0) * 0.3) }),
        ("c", rows.map { Double($0 % 5) }),
      ])
    return try Series(table: table, options: columns)
  }
}

/// A path for a file that is removed at the end of the scope it is used in.
func withTemporaryFile<Result>(_ body: (String) throws -> Result) throws -> Result {
  let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
  defer { try? FileManager.default.removeItem(at: url) }
  return try body(url.path)
}

extension SafetensorsFile {
  /// Gives a changed model the checksum that it would have been written with.
  mutating func seal() {
    metadata["swift_lstm_checksum"] = Checksum.text(of: tensors, metadata["swift_lstm"] ?? "")
  }
}

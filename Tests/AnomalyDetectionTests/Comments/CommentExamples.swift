import AnomalyDetection
import FoundationEssentials
import LSTMCompute
import TimeSeries

/// The code in the comments of TimeSeries and AnomalyDetection; `CommentTests` holds the comments against
/// it, and runs it.
enum CommentExamples {
  static func read(_ path: String) throws -> Series {
    let table = try Table.read(path: path)
    let series = try Series(table: table, options: SeriesOptions(targets: ["sales"]))
    for note in series.notes { print(note) }
    return series
  }

  static func windows(_ series: Series) throws -> WindowedSeries {
    let split = try SplitPlan(
      series: series, trainUntil: .fraction(0.8), validation: 0.2, steps: 28)
    let scaler = Scaler(kind: .standard, series: series, rows: split.training)
    let plan = try WindowPlan(series: series, scaler: scaler, steps: 28)
    let windows = try plan.trainingWindows(in: split.training)
    return windows
  }

  static func fit(_ series: Series, _ path: String) throws -> Forecaster {
    let split = try SplitPlan(
      series: series, trainUntil: .fraction(0.8), validation: 0.2, steps: 28)
    let fitted = try Forecaster.fit(
      series, split: split, options: .automatic(steps: 28), on: CPUBackend())
    try fitted.forecaster.save(to: path)
    return fitted.forecaster
  }

  static func options() -> FittingOptions {
    var options = FittingOptions.automatic(steps: 28)
    options.horizon = 7
    return options
  }

  static func analyze(_ series: Series, _ forecaster: Forecaster) throws -> Analysis {
    let analysis = try Analysis(
      of: series, with: forecaster, threshold: forecaster.standardThreshold ?? .adaptive(4),
      on: CPUBackend())
    for target in analysis.targets {
      for event in target.events { print(target.name, event.rows, event.kind) }
    }
    return analysis
  }

  static func stream(_ forecaster: Forecaster, _ rows: [[String: Double]]) throws {
    let stream = try ForecasterStream(forecaster, on: CPUBackend())
    for row in rows {
      let answer = try stream.append(row)
      if answer.judgments.contains(where: \.isAnomaly) { print(row) }
    }
  }

  static func watch(_ forecaster: Forecaster, _ rows: [LiveRow]) throws {
    let detector = try LiveDetector(forecaster, on: CPUBackend())
    for row in rows {
      let answer = try detector.append(row)
      if answer.targets.contains(where: { $0.row.alarm != nil }) { print(row.time.label) }
    }
  }

  static func evaluate(_ analysis: Analysis, _ path: String) throws -> Evaluation {
    let labels = try Labels(
      path: path, axis: analysis.series.time, targets: analysis.series.targets)
    let evaluation = Evaluation(of: analysis, against: labels)
    print(evaluation.overall.events.f1 ?? .nan)
    return evaluation
  }

  static func threshold() -> Threshold {
    let threshold = Threshold("conformal:0.01") ?? .adaptive(4)
    return threshold
  }

  static func export(_ forecaster: Forecaster, _ path: String) throws {
    try forecaster.onnx().write(to: URL(filePath: path))
  }
}

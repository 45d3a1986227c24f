@testable import AnomalyDetection
import LSTMCompute
import Testing
import TimeSeries

/// A stream says of each row what the forecaster says of the whole series.
@Suite struct ForecasterStreamTests {
  /// The values of one row by name.
  private static func row(_ number: Int, of series: Series) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: series.columns.map { ($0.name, $0.values[number]) })
  }

  @Test(arguments: [FittingOptions.Subject.change, .value])
  func saysWhatTheForecasterSays(subject: FittingOptions.Subject) throws {
    let example = try Example(horizon: 3, subject: subject)
    let (series, forecaster) = (example.series, example.forecaster)
    let whole = try forecaster.forecast(series, rows: 0..<series.rowCount + 1, on: CPUBackend())
    let stream = try ForecasterStream(forecaster, on: CPUBackend(), threshold: .sigma(2))
    for number in 0..<series.rowCount {
      let answer = try stream.append(Self.row(number, of: series))
      #expect(answer.forecast.isEmpty == (number + 1 < forecaster.steps))
      for (target, judgment) in answer.judgments.enumerated() {
        let expected = whole.expected(row: number, target: target)
        #expect(judgment.expected.isNaN == expected.isNaN)
        guard !expected.isNaN else { continue }
        // One row alone is summed up in another order than a batch of them.
        #expect((judgment.expected - expected).magnitude <= 1e-5 * (1 + expected.magnitude))
        let limit = try Threshold.sigma(2).value(
          for: forecaster.residuals[target], target: judgment.target)
        let score = (judgment.actual - judgment.expected).magnitude / limit
        #expect(judgment.score == score && judgment.isAnomaly == (score > 1))
      }
      for (lead, forecast) in answer.forecast.enumerated() {
        for (target, value) in forecast.enumerated() {
          let expected = whole.expected(row: number + 1 + lead, target: target, lead: lead + 1)
          #expect(!((value - expected).magnitude > 1e-5 * (1 + expected.magnitude)))
        }
      }
    }
  }

  @Test func missingValuesKeepTheLastOneAndAreNotJudged() throws {
    let example = try Example()
    let stream = try ForecasterStream(example.forecaster, on: CPUBackend())
    let plain = try ForecasterStream(example.forecaster, on: CPUBackend())
    for number in 0..<20 { _ = try stream.append(Self.row(number, of: example.series)) }
    for number in 0..<20 { _ = try plain.append(Self.row(number, of: example.series)) }
    var kept = Self.row(20, of: example.series)
    kept["b"] = Self.row(19, of: example.series)["b"]
    var missing = kept
    missing["b"] = .nan
    let (with, without) = (try plain.append(kept), try stream.append(missing))
    #expect(with.forecast == without.forecast)
    let index = try #require(example.forecaster.targets.firstIndex(of: "b"))
    #expect(without.judgments[index].score.isNaN && !without.judgments[index].isAnomaly)
    #expect(without.judgments[index].expected.isFinite)
  }

  @Test func badRowsThrowAndChangeNothing() throws {
    let example = try Example()
    let stream = try ForecasterStream(example.forecaster, on: CPUBackend())
    #expect(throws: DetectionError.self) { try stream.append(["a": 1]) }
    let plain = try ForecasterStream(example.forecaster, on: CPUBackend())
    for number in 0..<12 {
      let row = Self.row(number, of: example.series)
      var infinite = row
      infinite["a"] = .infinity
      #expect(throws: DetectionError.self) { try stream.append(infinite) }
      let (one, other) = (try stream.append(row), try plain.append(row))
      #expect(one.forecast == other.forecast)
    }
  }
}

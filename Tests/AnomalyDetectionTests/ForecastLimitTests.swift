import Foundation
import LSTMCompute
import Testing
import TimeSeries

@testable import AnomalyDetection

/// Forecasts that are cut at a floor and a ceiling.
@Suite struct ForecastLimitTests {
  private static let limits = ForecastLimits(floors: ["a": 98, "b": 40], ceilings: ["a": 101.5])

  private static func example(
    loss: Loss = .mse, judge: FittingOptions.Judge = .auto, limits: ForecastLimits = limits
  ) throws -> Example {
    try Example(horizon: 2) {
      $0.loss = loss
    } network: {
      $0.inputs = .both
      $0.judge = judge
      $0.limits = limits
    }
  }

  /// Whether a number is within the limits of a target.
  private static func isWithin(_ value: Double, target: Int) -> Bool {
    value.isNaN || (target == 0 ? (98...101.5).contains(value) : value >= 40)
  }

  private static func check(_ forecasts: Forecasts, rows: Range<Int>) {
    for target in 0..<2 {
      for lead in 1...2 {
        for row in rows {
          for source in [nil] + forecasts.sources.map(Optional.some) {
            let value = forecasts.expected(row: row, target: target, lead: lead, by: source)
            #expect(isWithin(value, target: target), "\(value) of \(target)")
          }
          for number in forecasts.uncertainties.indices
          where forecasts.uncertainties[number].isValue {
            let value = forecasts.uncertainty(number, row: row, target: target, lead: lead)
            #expect(isWithin(value, target: target), "\(value) of \(target)")
          }
        }
      }
    }
  }

  @Test(arguments: [FittingOptions.Judge.auto, .network, .simple])
  func everyForecastIsWithin(judge: FittingOptions.Judge) throws {
    let quantiles = try #require(Loss(quantiles: "0.1,0.5,0.9"))
    let example = try Self.example(loss: quantiles, judge: judge)
    let series = example.series
    let all = try example.forecaster.forecast(
      series, rows: 0..<series.rowCount + 1, on: CPUBackend())
    Self.check(all, rows: 0..<series.rowCount + 1)
    Self.check(example.fitted.forecasts, rows: 0..<series.rowCount + 1)
    // They do something here: without them forecasts are beyond.
    let free = try Self.example(loss: quantiles, judge: judge, limits: ForecastLimits())
    let values = free.fitted.forecasts.expected(rows: 20..<100, target: 0)
    #expect(values.contains { !Self.isWithin($0, target: 0) })
    #expect(all.expected(rows: 20..<100, target: 0).contains(98))
    #expect(all.expected(rows: 20..<100, target: 0).contains(101.5))
  }

  @Test func aStreamIsWithinToo() throws {
    let example = try Self.example()
    let (series, forecaster) = (example.series, example.forecaster)
    let whole = try forecaster.forecast(series, rows: 0..<series.rowCount + 1, on: CPUBackend())
    let stream = try ForecasterStream(forecaster, on: CPUBackend(), threshold: .absolute(3))
    for number in 0..<series.rowCount {
      let row = Dictionary(
        uniqueKeysWithValues: series.columns.map { ($0.name, $0.values[number]) })
      for (lead, forecast) in try stream.append(row).forecast.enumerated() {
        for (target, value) in forecast.enumerated() {
          #expect(Self.isWithin(value, target: target))
          let expected = whole.expected(row: number + 1 + lead, target: target, lead: lead + 1)
          #expect(!((value - expected).magnitude > 1e-5 * (1 + expected.magnitude)))
        }
      }
    }
  }

  @Test func theFileKeepsThem() throws {
    let example = try Self.example()
    try withTemporaryFile { path in
      try example.forecaster.save(to: path)
      #expect(try Forecaster(path: path) == example.forecaster)
      #expect(try Forecaster(path: path).limits == Self.limits)
      let file = try SafetensorsFile(path: path)
      // A reader that does not know them must not read it.
      #expect(file.metadata["swift_lstm_format"] == "4")
    }
    let free = try Self.example(limits: ForecastLimits())
    try withTemporaryFile { path in
      try free.forecaster.save(to: path)
      let version = try SafetensorsFile(path: path).metadata["swift_lstm_format"]
      #expect(version == "3")
    }
  }

  @Test func linesOfAStandardDeviationAreCut() throws {
    let example = try Self.example(loss: .gaussian)
    let analysis = try Analysis(
      of: example.series, with: example.forecaster, split: example.split, threshold: .absolute(3),
      forecasts: example.fitted.forecasts, on: CPUBackend())
    let lines = analysis.bounds(of: analysis.targets[0]).flatMap(\.self)
    #expect(lines.contains(98) && lines.contains(101.5))
    #expect(lines.allSatisfy { Self.isWithin($0, target: 0) })
  }

  @Test(arguments: [
    (ForecastLimits(floors: ["c": 1]), "'c', which is no target"),
    (ForecastLimits(floors: ["a": .infinity]), "no finite number"),
    (ForecastLimits(floors: ["a": 3], ceilings: ["a": 3]), "not below its ceiling"),
  ])
  func whatCannotBeIsRefused(limits: ForecastLimits, reason: String) throws {
    let error = #expect(throws: DetectionError.self) { _ = try Self.example(limits: limits) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test func valuesBeyondAreCounted() throws {
    let series = try Example.series(missing: [3])
    let found = ForecastLimits(floors: ["a": 100], ceilings: ["a": 109]).countBeyond(
      "a", of: series)
    let values = series.actual(target: 0, rows: 0..<series.rowCount)
    #expect(found.below == values.count { $0 < 100 } && found.below > 0)
    #expect(found.above == values.count { $0 > 109 } && found.above > 0)
  }
}

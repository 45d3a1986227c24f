import Foundation
import LSTMCompute
import TestSupport
import Testing
import TimeSeries

@testable import AnomalyDetection

/// One model of several series.
@Suite struct PanelForecastTests {
  private func largestDifference(
    _ first: Forecasts, _ second: Forecasts, rows: Range<Int>, scale: Double = 1,
    by source: ForecastSource? = nil
  ) -> Double {
    rows.map { row in
      (first.expected(row: row, target: 0, by: source)
        - second.expected(row: row, target: 0, by: source)).magnitude / scale
    }.max() ?? .nan
  }

  /// What is fitted in units of the scales says the same in the units of a series.
  @Test(arguments: [1, 3]) func unitsChangeNothing(horizon: Int) throws {
    let example = try PanelExample(horizon: horizon) {
      $0.calendar = .terms([.weekday])
      $0.subject = .linear
      $0.judge = .network
    }
    #expect(example.forecaster.recipe?.linear != nil)
    #expect(example.forecaster.recipe?.filter != nil)
    var shared = example.forecaster
    shared.panel = nil
    for (index, part) in example.parts().enumerated() {
      let series = example.panel.members[index].series
      let own = try #require(example.forecaster.forecaster(of: example.panel.members[index].key))
      let scale = try #require(own.scaler["sales"])
      let units = try shared.forecast(
        part.series, rows: 0..<series.rowCount + 1, on: CPUBackend())
      let forecasts = try own.forecast(series, rows: 0..<series.rowCount + 1, on: CPUBackend())
      for source in [ForecastSource.network, .linear, .persistence, .seasonalNaive] {
        for lead in 1...horizon {
          for row in 60..<150 {
            let expected = scale.inverse(
              units.expected(row: row, target: 0, lead: lead, by: source))
            let error =
              (forecasts.expected(row: row, target: 0, lead: lead, by: source) - expected)
              / scale.scale
            #expect(abs(error) <= 1e-4, "\(source) \(row)")
          }
        }
      }
    }
  }

  /// The values of one series have no part in what is forecast of another.
  @Test func seriesDoNotSeeEachOther() throws {
    let example = try PanelExample()
    let changed = try PanelExample.panel(
      PanelExample.lines { store, row, value in store == 1 && row > 70 ? 3 * value : value })
    func forecasts(_ panel: Panel, _ members: [Int]) throws -> [Forecasts] {
      let bound = try example.forecaster.forecasters(of: panel)
      return try Forecaster.forecasts(
        of: members.map {
          (try #require(bound[$0].forecaster), panel.members[$0].series)
        }, on: CPUBackend())
    }
    let all = try forecasts(example.panel, [0, 1, 2])
    let others = try forecasts(changed, [0, 1, 2])
    let alone = try [0, 1, 2].map { try forecasts(example.panel, [$0])[0] }
    for member in 0..<3 {
      #expect(largestDifference(all[member], alone[member], rows: 8..<151) == 0)
      let difference = largestDifference(all[member], others[member], rows: 8..<151)
      #expect(member == 1 ? difference > 1 : difference == 0)
      // What a fit says is what a detection says.
      #expect(
        largestDifference(all[member], example.fitted.allForecasts[member], rows: 8..<151) == 0)
    }
  }

  /// Of two series that differ by level and scale alone, the same is said.
  @Test func scalesAreEachSeriesOwn() throws {
    let lines = PanelExample.lines(stores: 2, alike: true)
    let example = try PanelExample(lines)
    let forecasts = example.fitted.allForecasts
    // The promotion of the row after the last one is not known, so that it has no forecast.
    #expect(forecasts[0].expected(row: 150, target: 0).isNaN)
    for row in 30..<150 {
      let (small, large) = (
        forecasts[0].expected(row: row, target: 0), forecasts[1].expected(row: row, target: 0)
      )
      #expect(abs(large / 1000 - small) <= 0.05 * small.magnitude, "\(row)")
    }
    let members = try #require(example.forecaster.panel?.members)
    #expect(abs(members[1].scales[0] / members[0].scales[0] - 1000) <= 1)
    // The network sees the size, by which the series differ.
    #expect(
      abs(
        members[1].residuals[0].standardDeviation / members[0].residuals[0].standardDeviation
          - 1000) <= 250)
    // And it is worth something.
    let actual = example.panel.members[1].series.actual(target: 0, rows: 120..<150)
    let model = try #require(
      Metrics(actual: actual, expected: forecasts[1].expected(rows: 120..<150, target: 0)))
    let simple = try #require(
      Metrics(
        actual: actual,
        expected: example.panel.members[1].series.forecast(
          by: .persistence, target: 0, rows: 120..<150)))
    #expect(model.mae < 0.5 * simple.mae)
  }

  /// A panel of one series is that series.
  @Test func onePanelOfOneSeriesIsAPlainFit() throws {
    func change(_ options: inout FittingOptions) {
      options.subject = .linear
      options.inputs = .both
      options.calendar = .none
      options.transform = FittingOptions.Transform.none
      options.losses = [.mse]
    }
    // Without what does not vary.
    let lines = PanelExample.lines(stores: 1)
    let example = try PanelExample(lines, change)
    let series = example.panel.members[0].series
    let plain = try Forecaster.fit(
      series, split: example.splits[0], options: PanelExample.options(horizon: 1, change),
      on: CPUBackend())
    let scale = try #require(plain.forecaster.scaler["sales"]).scale
    let rows = 60..<151
    for source in [ForecastSource.linear, .persistence, .seasonalNaive] {
      #expect(
        largestDifference(
          plain.forecasts, example.fitted.forecasts, rows: rows, scale: scale, by: source) <= 1e-6)
    }
    #expect(
      largestDifference(plain.forecasts, example.fitted.forecasts, rows: rows, scale: scale)
        <= 0.05)
    let bound = try #require(example.forecaster.forecaster(of: ["s0"]))
    #expect(bound.judges == plain.forecaster.judges)
    #expect(bound.origin.firstTime == plain.forecaster.origin.firstTime)
    #expect(bound.origin.validationRows == plain.forecaster.origin.validationRows)
  }

  @Test func aModelOfSeveralSeriesIsKept() throws {
    let example = try PanelExample()
    try withTemporaryFile { path in
      try example.forecaster.save(to: path)
      #expect(try Forecaster(path: path) == example.forecaster)
      var file = try SafetensorsFile(path: path)
      #expect(file.metadata["swift_lstm_format"] == "4")
      // A damaged one is refused.
      file.metadata["swift_lstm"] = file.metadata["swift_lstm"]?
        .replacing("\"key\":[\"s2\"]", with: "\"key\":[\"s1\"]")
      file.seal()
      try file.write(to: path)
      #expect(throws: DetectionError.self) { try Forecaster(path: path) }
    }
    // Its numbers are in no series' units.
    let series = example.panel.members[0].series
    #expect(throws: DetectionError.self) {
      try example.forecaster.forecast(series, rows: 0..<10, on: CPUBackend())
    }
    #expect(throws: DetectionError.self) {
      try ForecasterStream(example.forecaster, on: CPUBackend())
    }
    let own = try #require(example.forecaster.forecaster(of: ["s1"]))
    _ = try ForecasterStream(own, on: CPUBackend())
    #expect(example.forecaster.forecaster(of: ["s7"]) == nil)
  }

  /// What rows are judged by is kept of each series, in its own unit.
  @Test func eachSeriesHasItsCalibrations() throws {
    let example = try PanelExample()
    #expect(example.forecaster.calibrations == nil)
    #expect(example.forecaster.standardThreshold == .adaptive(4))
    for (index, member) in example.panel.members.enumerated() {
      let own = try #require(example.forecaster.forecaster(of: member.key))
      let calibration = try #require(own.calibrations?[0])
      let split = example.splits[index]
      let forecasts = example.fitted.allForecasts[index]
      let residuals = zip(
        member.series.actual(target: 0, rows: split.validation),
        forecasts.expected(rows: split.validation, target: 0)
      ).map { $0 - $1 }.sorted()
      let unit = try #require(own.scaler["sales"]).scale
      #expect(calibration.sample.count == residuals.count)
      for (kept, residual) in zip(calibration.sample, residuals) {
        #expect((kept - residual).magnitude <= 1e-9 * unit)
      }
      #expect(own.standardThreshold == .adaptive(4))
    }
  }

  /// Several networks forecast several series as each of them alone, on average.
  @Test func anEnsembleForecastsEachSeries() throws {
    let ensemble = try PanelExample { $0.members = 2 }
    #expect(ensemble.forecaster.members.count == 2)
    #expect(ensemble.fitted.memberHistories.count == 2)
    try withTemporaryFile { path in
      try ensemble.forecaster.save(to: path)
      #expect(try Forecaster(path: path) == ensemble.forecaster)
    }
    let series = ensemble.panel.members[1].series
    let bound = try #require(ensemble.forecaster.forecaster(of: ["s1"]))
    #expect(bound.members == ensemble.forecaster.members)
    let together = ensemble.fitted.allForecasts[1]
    let alone = try bound.forecast(series, rows: 0..<series.rowCount + 1, on: CPUBackend())
    let each = try bound.members.map {
      try bound.replacing(network: $0)
        .forecast(series, rows: 0..<series.rowCount + 1, on: CPUBackend())
    }
    let unit = try #require(bound.scaler["sales"]).scale
    for row in 60..<150 {
      let values = each.map { $0.expected(row: row, target: 0, by: .network) }
      let mean = values.reduce(0, +) / 2
      let found = together.expected(row: row, target: 0, by: .network)
      #expect((found - mean).magnitude <= 1e-5 * unit)
      let own = alone.expected(row: row, target: 0, by: .network)
      #expect((found - own).magnitude <= 1e-5 * unit)
    }
  }

  /// A series that the model has not seen is scaled by its own first rows.
  @Test func newSeriesAreScaledByTheirFirstRows() throws {
    let example = try PanelExample()
    let new = PanelExample.lines(stores: 1).map { line in
      let cells = line.split(separator: ",")
      let sales = (Double(cells[2]) ?? 0) * 500 + 2000
      return "\(cells[0]),new,\(sales),\(cells[3]),\(cells[4]),\(cells[5])"
    }
    let panel = try PanelExample.panel(new)
    let (forecaster, isKnown) = try example.forecaster.forecasters(of: panel)[0]
    #expect(!isKnown)
    let own = try #require(forecaster)
    let values = try #require(panel.members[0].series["sales"])
    let scale = try #require(own.scaler["sales"])
    // As many rows as a window has, so that none is judged by a later one.
    let mean = values[..<own.steps].reduce(0, +) / Double(own.steps)
    #expect(abs(scale.offset - mean) <= 1e-9 * mean)
    // Nothing is kept of it that an adaptive threshold would begin with.
    #expect(own.calibrations == nil && own.standardThreshold == nil)
    #expect(throws: DetectionError.self) { try own.scorer(.adaptive(4), target: 0) }
    _ = try own.scorer(.sigma(3), target: 0)
    // Flags and what never varies are as for the others.
    #expect(own.scaler["promo"] == Scaler.Column(name: "promo", offset: 0, scale: 1))
    #expect(own.scaler["size"]?.scale == example.forecaster.panel?.members[0].scales[2])
    let known = try #require(example.forecaster.forecaster(of: ["s0"]))
    let deviation = own.residuals[0].standardDeviation / scale.scale
    let usual = known.residuals[0].standardDeviation / (known.scaler["sales"]?.scale ?? .nan)
    #expect(deviation > usual / 3 && deviation < usual * 3)
    let forecasts = try Forecaster.forecasts(
      of: [(own, panel.members[0].series)], on: CPUBackend())[0]
    let model = try #require(
      Metrics(
        actual: values[80...], expected: forecasts.expected(rows: 80..<150, target: 0)))
    let simple = try #require(Metrics(actual: values[80...], expected: values[79...]))
    #expect(model.mae < 0.7 * simple.mae)
    // One that stands still has no scale.
    let flat = try PanelExample.panel(
      PanelExample.lines(stores: 1) { _, _, _ in 5 }.map { $0.replacing("s0", with: "new") })
    #expect(try example.forecaster.forecasters(of: flat)[0].forecaster == nil)
  }

  @Test func whatCannotBeIsRefused() throws {
    #expect(throws: DetectionError.self) { try PanelExample { $0.transform = .log } }
    #expect(throws: DetectionError.self) {
      try PanelExample { $0.limits = ForecastLimits(floors: ["sales": 0]) }
    }
    let example = try PanelExample()
    let series = example.panel.members[0].series
    #expect(throws: DetectionError.self) {
      try Forecaster.fit(
        series, split: example.splits[0], options: PanelExample.options(), on: CPUBackend(),
        initial: (example.forecaster, "panel"))
    }
    #expect(throws: DetectionError.self) {
      try Forecaster.fit(
        example.panel, splits: [], options: PanelExample.options(), on: CPUBackend())
    }
  }
}

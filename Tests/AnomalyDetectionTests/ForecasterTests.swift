import AnomalyDetection
import LSTMCompute
import Testing
import TimeSeries

@Suite struct ForecasterTests {
  @Test func forecastsEveryRowWithAWindowAndTheOnesToCome() throws {
    let example = try Example(horizon: 3)
    let count = Example.rowCount
    let forecasts = try example.forecaster.forecast(
      example.series, rows: 0..<count + 1, on: CPUBackend())
    #expect(forecasts.rows == 6..<count + 1)
    for lead in 1...3 {
      for target in 0...1 {
        #expect(forecasts.expected(row: 5, target: target, lead: lead).isNaN)
        #expect(forecasts.expected(row: 60, target: target, lead: lead).isFinite)
        #expect(forecasts.expected(row: count + lead - 1, target: target, lead: lead).isFinite)
        #expect(forecasts.expected(row: count + lead, target: target, lead: lead).isNaN)
      }
    }
  }

  /// What is expected of a row does not depend on the rows after it.
  @Test(arguments: [FittingOptions.Subject.change, .value])
  func noForecastLooksAhead(subject: FittingOptions.Subject) throws {
    let example = try Example(horizon: 2, subject: subject)
    let whole = try example.forecaster.forecast(
      example.series, rows: 50..<51, on: CPUBackend())
    let changed = try Table(
      fileName: "changed.csv",
      columns: ["a", "b", "c"].map { name in
        (name, (example.series[name] ?? []).enumerated().map { $0 < 50 ? $1 : 1e6 + $1 })
      })
    let series = try Series(table: changed, options: Example.columns)
    let other = try example.forecaster.forecast(series, rows: 50..<51, on: CPUBackend())
    for lead in 1...2 {
      for target in 0...1 {
        #expect(
          whole.expected(row: 49 + lead, target: target, lead: lead)
            == other.expected(row: 49 + lead, target: target, lead: lead))
      }
    }
  }

  /// A network with weights of zero forecasts for each lead the mean of its change from the last value.
  @Test func changesAreFromTheLastValue() throws {
    let example = try Example(horizon: 3) { $0.learningRate = 1e-30 }
    let specification = example.forecaster.network.specification
    let zero = try Network(
      specification: specification,
      parameters: Parameters(zerosFor: ParameterLayout(specification)))
    let forecaster = example.forecaster.replacing(network: zero)
    let forecasts = try forecaster.forecast(example.series, rows: 40..<41, on: CPUBackend())
    let b = try #require(example.series["b"])
    let training = example.split.training
    for lead in 1...3 {
      let changes = (1...training.upperBound - lead).map { b[$0 + lead - 1] - b[$0 - 1] }
      let expected = b[39] + changes.reduce(0, +) / Double(changes.count)
      let found = forecasts.expected(row: 39 + lead, target: 1, lead: lead)
      #expect((found - expected).magnitude < 1e-9 * expected.magnitude)
    }
  }

  @Test func residualsAreThoseOfTheRowsHeldOut() throws {
    let example = try Example()
    let rows = example.split.validation
    let forecasts = try example.forecaster.forecast(
      example.series, rows: rows, on: CPUBackend())
    for target in 0...1 {
      let actual = example.series.actual(target: target, rows: rows)
      let expected = forecasts.expected(rows: rows, target: target)
      let statistics = Moments(zip(actual, expected).map { $0 - $1 })
      #expect(example.forecaster.residuals[target] == statistics)
      #expect(statistics.count == rows.count)
    }
  }

  @Test func withoutRowsHeldOutThereAreNoResiduals() throws {
    let example = try Example(validation: 0)
    #expect(example.forecaster.residuals.map(\.count) == [0, 0])
    #expect(throws: DetectionError.self) {
      try Analysis(
        of: example.series, with: example.forecaster, threshold: .sigma(3), on: CPUBackend())
    }
  }

  @Test func otherColumnsAreRefused() throws {
    let example = try Example()
    let options = SeriesOptions(targets: ["b"], time: [], features: ["a", "b"])
    let table = try Table(fileName: "x", columns: [("a", [1, 2, 3]), ("b", [3, 1, 2])])
    let series = try Series(table: table, options: options)
    let error = #expect(throws: DetectionError.self) {
      try example.forecaster.forecast(series, rows: 0..<3, on: CPUBackend())
    }
    #expect(error?.description.contains("a, b, c") == true)
  }

  @Test func aTrainingThatDivergesAtOnceLeavesNoModel() throws {
    let error = #expect(throws: DetectionError.self) {
      try Example {
        $0.learningRate = 1e30
        $0.optimizer = .sgd()
        $0.maximumGradientNorm = nil
        $0.batchSize = 4
      }
    }
    #expect(error?.description.contains("epoch 1") == true)
  }

  @Test func aTrainingCancelledAtOnceLeavesNoModel() throws {
    #expect(throws: DetectionError.self) { try Example(isCancelled: { true }) }
  }

  @Test func aTrainingCancelledLaterKeepsTheBest() throws {
    var batches = 0
    let example = try Example(
      configure: { $0.epochs = 1000 },
      isCancelled: {
        batches += 1
        return batches > 20
      })
    #expect(example.fitted.history.end == .cancelled)
    #expect(example.forecaster.origin.bestEpoch == example.fitted.history.bestEpoch)
    #expect(example.forecaster.network.parameters.isFinite)
  }

  @Test func theUsualWindowFollowsTheSeason() throws {
    let hours = try Table(
      fileName: "hours.csv",
      text: "time,x\n"
        + (0..<72).map {
          "2024-01-0\(1 + $0 / 24)T\($0 % 24 < 10 ? "0" : "")\($0 % 24):00:00,\($0 * $0 % 17)"
        }.joined(separator: "\n"))
    let series = try Series(table: hours, options: SeriesOptions(targets: ["x"]))
    #expect(FittingOptions.steps(for: series.time, fitting: 10_000) == 48)
    #expect(FittingOptions.steps(for: series.time, fitting: 80) == 10)
    #expect(FittingOptions.steps(for: series.time, fitting: 3) == 1)
    let numbered = try Example.series()
    #expect(FittingOptions.steps(for: numbered.time, fitting: 10_000) == 32)
  }

  /// Two days of minutes would be 2880 rows.
  @Test(arguments: [1.0, 10, 60, 300, 900, 1800, 3599]) func windowsOfShortStepsAreShort(
    seconds: Double
  ) throws {
    let rows = (0..<9).map { 1_351_468_800 + seconds * Double($0) }
    let series = try Series(
      table: Table(fileName: "a.csv", columns: [("time", rows), ("y", rows.map { $0 * $0 })]),
      options: SeriesOptions(targets: ["y"]))
    try #require(series.time.kind == .times)
    #expect(FittingOptions.steps(for: series.time, fitting: 10_000) == 64)
  }
}

import Foundation
import LSTMCompute
import TestSupport
import Testing
import TimeSeries

@testable import AnomalyDetection

/// What a fit chooses on the rows held out, and that nothing of it looks ahead.
@Suite struct ForecastChoiceTests {
  /// Days of sales that follow the weekday and a promotion, with a second target beside them.
  private static func table(rows: Int = 400, changed: ((Int, Double) -> Double)? = nil) throws
    -> Table
  {
    var random = SystemRandomNumberGeneratorOfSeed(7)
    let noise = (0..<rows).map { _ in Double.random(in: -1...1, using: &random) }
    let promo = (0..<rows).map { _ in Bool.random(using: &random) ? 1.0 : 0 }
    func value(_ row: Int) -> Double {
      let weekly = [10.0, 12, 11, 15, 22, 40, 35][row % 7]
      let value = 100 + weekly + 30 * promo[row] + noise[row]
      return changed?(row, value) ?? value
    }
    let start = 18_000 * 86_400_000.0
    let dates = (0..<rows).map { row in
      Date(timeIntervalSince1970: start / 1000 + Double(row) * 86_400)
        .formatted(.iso8601.year().month().day())
    }
    var text = "date,sales,stock,promo\n"
    for row in 0..<rows {
      text +=
        "\(dates[row]),\(value(row)),\(50 + 5 * sin(Double(row) / 9) + noise[(row + 5) % rows]),"
      text += "\(promo[row])\n"
    }
    return try Table(fileName: "sales.csv", text: text)
  }

  private static func series(
    _ table: Table, known: [String]? = ["promo"]
  ) throws -> Series {
    var options = SeriesOptions(targets: ["sales", "stock"])
    options.known = known
    return try Series(table: table, options: options)
  }

  private static func fit(
    _ series: Series, horizon: Int = 1, judge: FittingOptions.Judge = .auto,
    _ change: (inout FittingOptions) -> Void = { _ in }
  ) throws -> (fitted: FittedForecaster, split: SplitPlan) {
    let split = try SplitPlan(
      series: series, trainUntil: .fraction(0.8), validation: 0.2, steps: 8, horizon: horizon)
    var options = FittingOptions.automatic(steps: 8)
    options.layers = [LSTMLayer(hiddenSize: 6)]
    options.horizon = horizon
    options.training.epochs = 3
    options.judge = judge
    change(&options)
    return (try Forecaster.fit(series, split: split, options: options, on: CPUBackend()), split)
  }

  private static func error(
    _ forecasts: Forecasts, _ series: Series, _ rows: Range<Int>, lead: Int = 1
  )
    throws -> Double
  {
    try #require(
      Metrics(
        actual: series.actual(target: 0, rows: rows),
        expected: forecasts.expected(rows: rows, target: 0, lead: lead))
    ).mae
  }

  /// Promotions move sales by 30, weekdays by up to 30, the noise by 0.5 in the mean.
  @Test func knowsWhatIsKnownAhead() throws {
    let series = try Self.series(Self.table())
    let (fitted, split) = try Self.fit(series)
    #expect(try Self.error(fitted.forecasts, series, split.test) < 1.2)
    let blind = try Self.series(Self.table(), known: nil)
    #expect(try Self.error(Self.fit(blind).fitted.forecasts, blind, split.test) > 8)
    // The promotion of the row to come is not in the file, so nothing is said of it.
    #expect(fitted.forecasts.expected(row: series.rowCount, target: 0).isNaN)
  }

  @Test func rowsToComeAreForecastFromWhatIsKnownOfThem() throws {
    let whole = try Self.table()
    var options = SeriesOptions(targets: ["sales", "stock"])
    options.known = ["promo"]
    options.until = try Self.series(whole).time.label(at: 380)
    let series = try Series(table: whole, options: options)
    #expect(series.rowCount == 380)
    let (fitted, _) = try Self.fit(series, horizon: 3)
    let actual = try #require(Self.series(whole)["sales"])
    for lead in 1...3 {
      let error =
        fitted.forecasts.expected(row: 379 + lead, target: 0, lead: lead) - actual[379 + lead]
      #expect(!(error.magnitude > 5))
    }
  }

  /// Rows from 330 on are changed; what is said of them before they come is the same.
  @Test(arguments: [1, 3])
  func nothingLooksAhead(horizon: Int) throws {
    let series = try Self.series(Self.table())
    let (fitted, _) = try Self.fit(series, horizon: horizon)
    let other = try Self.series(Self.table { $0 < 330 ? $1 : 3 * $1 })
    let forecasts = try fitted.forecaster.forecast(
      other, rows: 0..<other.rowCount + 1, on: CPUBackend())
    var compared = 0
    for lead in 1...horizon {
      for row in 20..<330 + lead {
        for target in 0...1 {
          let one = fitted.forecasts.expected(row: row, target: target, lead: lead)
          let two = forecasts.expected(row: row, target: target, lead: lead)
          #expect(one == two || one.isNaN && two.isNaN, "row \(row), lead \(lead)")
          compared += one.isFinite ? 1 : 0
        }
      }
    }
    #expect(compared > 500 * horizon)
    #expect(
      forecasts.expected(row: 331, target: 0) != fitted.forecasts.expected(row: 331, target: 0))
  }

  @Test(arguments: FittingOptions.Subject.allCases, FittingOptions.Inputs.allCases)
  func comesBackFromItsFileAndStreams(
    subject: FittingOptions.Subject, inputs: FittingOptions.Inputs
  ) throws {
    // A day that goes wrong, days without a value, and a level that changes.
    let table = try Self.table {
      $0 == 250 ? 20 : (300..<303).contains($0) ? .nan : $0 < 350 ? $1 : $1 + 200
    }
    let series = try Self.series(table)
    let fitted = try Self.fit(series, horizon: 2) {
      ($0.subject, $0.inputs, $0.search) = (subject, inputs, .none)
      $0.transform = inputs == .changes ? .log : FittingOptions.Transform.none
      $0.calendar = .terms([.weekday])
    }.fitted
    try withTemporaryFile { path in
      try fitted.forecaster.save(to: path)
      #expect(try Forecaster(path: path) == fitted.forecaster)
    }
    let stream = try ForecasterStream(fitted.forecaster, on: CPUBackend())
    var worst = WorstError()
    for row in 0..<series.rowCount {
      var values = Dictionary(
        uniqueKeysWithValues: series.columns.map { ($0.name, $0.values[row]) })
      if series.isMissing(target: 0, row: row) { values["sales"] = nil }
      let promo = try #require(series["promo"])
      let answer = try stream.append(
        values, at: series.time.values[row],
        upcoming: ["promo": Array(promo[(row + 1)...].prefix(2))])
      guard row >= 60, row + 2 < series.rowCount else { continue }
      for (lead, values) in answer.forecast.enumerated() {
        worst.expect(
          values,
          (0...1).map {
            fitted.forecasts.expected(row: row + 1 + lead, target: $0, lead: lead + 1)
          },
          within: 1e-5, "row \(row), lead \(lead)")
      }
    }
  }

  /// A day that went wrong comes back neither the next day nor a week later.
  @Test func anOutlierHasNoEcho() throws {
    let series = try Self.series(Self.table { $0 == 340 ? 20 : $1 })
    let (fitted, _) = try Self.fit(series)
    #expect(fitted.forecaster.recipe?.filter != nil)
    let actual = try #require(series["sales"])
    #expect(fitted.forecasts.expected(row: 340, target: 0) > 80)
    for row in [341, 342, 347, 354] {
      let error = (fitted.forecasts.expected(row: row, target: 0) - actual[row]).magnitude
      #expect(!(error > 6), "row \(row): off by \(error)")
    }
  }

  /// A level that lasts is believed after three rows.
  @Test func aNewLevelIsBelieved() throws {
    let series = try Self.series(Self.table { $0 < 340 ? $1 : $1 + 300 })
    let (fitted, _) = try Self.fit(series)
    let actual = try #require(series["sales"])
    for row in 375..<400 {
      let error = (fitted.forecasts.expected(row: row, target: 0) - actual[row]).magnitude
      #expect(!(error > 40), "row \(row): off by \(error)")
    }
  }

  @Test func aStreamThatLooksAtTheCalendarWantsTheTime() throws {
    let series = try Self.series(Self.table(), known: nil)
    let fitted = try Self.fit(series) { $0.calendar = .terms([.weekday]) }.fitted
    let stream = try ForecasterStream(fitted.forecaster, on: CPUBackend())
    let error = #expect(throws: DetectionError.self) {
      try stream.append(["sales": 1, "stock": 2, "promo": 0])
    }
    #expect(error?.description.contains("append(_:at:)") == true)
  }

  @Test func judgesByWhoIsWanted() throws {
    let series = try Self.series(Self.table())
    let network = try Self.fit(series, judge: .network).fitted
    #expect(network.forecaster.judges == nil)
    for row in 100..<110 {
      #expect(
        network.forecasts.expected(row: row, target: 0)
          == network.forecasts.expected(row: row, target: 0, by: .network))
    }
    let simple = try Self.fit(series, judge: .simple).fitted
    let judges = try #require(simple.forecaster.judges)
    #expect(judges.allSatisfy { $0.count == 1 && $0[0].isSimple })
    #expect(
      simple.forecasts.expected(row: 200, target: 0)
        == simple.forecasts.expected(row: 200, target: 0, by: judges[0][0]))
  }

  /// A walk at random is forecast best by its last value, exactly.
  @Test func aRandomWalkIsLeftToTheLastValue() throws {
    var random = SystemRandomNumberGeneratorOfSeed(3)
    var value = 0.0
    let values = (0..<600).map { _ in
      value += Double.random(in: -1...1, using: &random)
      return value
    }
    let table = try Table(fileName: "walk.csv", columns: [("x", values)])
    let series = try Series(table: table, options: SeriesOptions(targets: ["x"], time: []))
    let (fitted, _) = try Self.fit(series)
    if fitted.forecaster.judges == [[.persistence]] {
      #expect(fitted.forecasts.expected(row: 550, target: 0) == values[549])
    } else {
      let rows = 480..<600
      let last = try #require(
        Metrics(actual: rows.map { values[$0] }, expected: rows.map { values[$0 - 1] }))
      #expect(try Self.error(fitted.forecasts, series, rows) < 1.02 * last.mae)
    }
  }

  @Test func aTargetForecastToTheLastDigitHasAThreshold() throws {
    let table = try Table(
      fileName: "saw.csv", columns: [("x", (0..<300).map { Double($0 % 7) })])
    var options = SeriesOptions(targets: ["x"], time: [])
    options.features = ["x"]
    let series = try Series(table: table, options: options)
    let (fitted, split) = try Self.fit(series) { $0.season = 7 }
    let analysis = try Analysis(
      of: series, with: fitted.forecaster, split: split, threshold: .sigma(3), on: CPUBackend())
    #expect(analysis.targets[0].threshold > 0 && analysis.eventCount == 0)
  }
}

/// Blending, by itself.
@Suite struct BlendTests {
  @Test func theBetterOneTakesOver() {
    var state = Blend.State([1, 1])
    #expect(state.combine([0, 10]) == 5)
    for _ in 0..<200 { state.observe(10, [0, 10]) }
    #expect((state.combine([0, 10]) - 10).magnitude < 1e-6)
    for _ in 0..<200 { state.observe(0, [0, 10]) }
    #expect(state.combine([0, 10]).magnitude < 1e-2)
    #expect(state.combine([.nan, 10]) == 10)
    #expect(state.combine([.nan, .nan]).isNaN)
  }

  @Test func aLeadIsJudgedOnceItsRowHasCome() {
    // Source 0 is right from row 5 on, and with lead 3 that is known from the forecasts of row 8 on.
    let blend = Blend(sources: [[.network, .linear]], errors: [[[0, 0], [0, 0], [1, 1]]])
    var asked: [Int] = []
    _ = blend.forecasts(target: 0, lead: 3, count: 10, { source, _ in source == .network ? 1 : 2 })
    {
      asked.append($0)
      return 1
    }
    #expect(asked == Array(0..<7))
  }

  @Test func fittedForecastsMustBeBetterThanSimpleOnes() throws {
    /// Errors of which the mean is `mae` and the root mean square `rmse`.
    func metrics(_ mae: Double, _ rmse: Double) throws -> Metrics {
      let spread = (rmse * rmse - mae * mae).squareRoot()
      return try #require(Metrics(actual: [mae - spread, mae + spread], expected: [0, 0]))
    }
    let good = try metrics(1, 1.2)
    let last = try metrics(2, 2.5)
    let (worseMean, worseSquare) = (try metrics(2.1, 2.3), try metrics(1.9, 2.6))
    #expect(
      Blend.choose(.auto, [(.network, good), (.linear, worseSquare), (.persistence, last)])
        == [.network, .persistence])
    #expect(
      Blend.choose(.auto, [(.network, worseMean), (.linear, worseSquare), (.persistence, last)])
        == [.persistence])
    #expect(Blend.choose(.auto, []) == [.network])
    #expect(Blend.choose(.network, [(.persistence, last)]) == [.network])
    #expect(
      Blend.choose(.simple, [(.network, good), (.seasonalNaive, worseMean), (.persistence, last)])
        == [.seasonalNaive])
  }
}

/// Regressions, by themselves.
@Suite struct LinearModelTests {
  @Test func findsTheWeightsInSpiteOfSpikes() {
    var random = SystemRandomNumberGeneratorOfSeed(11)
    var matrix: [Double] = []
    var responses: [Double] = []
    for row in 0..<500 {
      let x = (0..<3).map { _ in Double.random(in: -5...5, using: &random) }
      matrix += x
      let spike = row % 25 == 0 ? 1000.0 : 0
      responses.append(
        2 * x[0] - x[1] + 0.5 * x[2] + 7 + Double.random(in: -0.1...0.1, using: &random) + spike)
    }
    var regression = RidgeRegression(matrix, responses: responses)
    let model = regression.models(penalties: [1e-6])[0]
    for (found, expected) in zip(model.weights + [model.intercept], [2, -1, 0.5, 7]) {
      #expect(!((found - expected).magnitude > 0.05))
    }
  }

  /// (ZᵀZ + nλI) w = Zᵀy of one standardized column is w = cov / (var + λ var).
  @Test func thePenaltyIsOnStandardizedWeights() {
    let x: [Double] = (0..<100).map { Double($0 % 10) }
    var regression = RidgeRegression(x, responses: x.map { 3 * $0 })
    let model = regression.models(penalties: [1])[0]
    #expect((model.weights[0] - 1.5).magnitude < 1e-9)
  }
}

/// A generator that draws the same numbers for the same seed (SplitMix64).
struct SystemRandomNumberGeneratorOfSeed: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

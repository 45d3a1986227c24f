import Testing
import TimeSeries

@Suite struct SplitPlanTests {
  @Test func fractions() throws {
    let plan = try SplitPlan(
      series: dailySeries(rows: 100), trainUntil: .fraction(0.8), validation: 0.25, steps: 5)
    #expect(plan.training == 0..<60)
    #expect(plan.validation == 60..<80)
    #expect(plan.test == 80..<100)
    #expect(plan.fit == 0..<80)
  }

  @Test(arguments: [(Int.max, 1), (1, Int.max), (Int.max, Int.max), (3_000_000_000, 5)])
  func sizesThatNoFileHasAreRefused(steps: Int, horizon: Int) {
    let found = message {
      try SplitPlan(
        series: dailySeries(rows: 100), trainUntil: .fraction(0.8), validation: 0, steps: steps,
        horizon: horizon)
    }
    #expect(found?.contains("both must be 1 to") == true)
  }

  @Test func allRowsMayBeFitted() throws {
    let plan = try SplitPlan(
      series: dailySeries(rows: 100), trainUntil: .fraction(1), validation: 0, steps: 5)
    #expect(plan.training == 0..<100)
    #expect(plan.validation.isEmpty)
    #expect(plan.test.isEmpty)
  }

  @Test func aDateIsTheFirstOneOfTheTest() throws {
    let rows = (1...30).map { "2012-06-\($0 < 10 ? "0" : "")\($0),\($0)\n" }.joined()
    let plan = try SplitPlan(
      series: series("day,y\n" + rows), trainUntil: .time("2012-06-21"), validation: 0.2, steps: 5)
    #expect(plan.training == 0..<16)
    #expect(plan.validation == 16..<20)
    #expect(plan.test == 20..<30)
  }

  @Test(arguments: zip(["0.8", "1", "1.0"], [0.8, 1, 1]))
  func fractionsAreRead(text: String, fraction: Double) {
    #expect(SplitPlan.TrainUntil(text) == .fraction(fraction))
  }

  @Test(arguments: ["2012-06-21", "0", "2", "500", "-1", "soon"])
  func timesAreRead(text: String) {
    #expect(SplitPlan.TrainUntil(text) == .time(text))
    #expect(SplitPlan.TrainUntil(text).description == text)
  }

  @Test func heldOutIsAShareOrATime() {
    #expect(SplitPlan.HeldOut("0.2") == .fraction(0.2))
    #expect(SplitPlan.HeldOut("0")?.isNone == true)
    #expect(SplitPlan.HeldOut("120") == .time("120"))
    #expect(SplitPlan.HeldOut("2012-06-21") == .time("2012-06-21"))
    for text in ["1", "-0.1", "nan", ""] { #expect(SplitPlan.HeldOut(text) == nil, "\(text)") }
  }

  private func month() throws -> Series {
    try series("day,y\n" + (1...30).map { "2012-06-\($0 < 10 ? "0" : "")\($0),\($0)\n" }.joined())
  }

  @Test func aTimeIsTheFirstOneHeldOut() throws {
    let plan = try SplitPlan(
      series: month(), trainUntil: .time("2012-06-21"), heldOut: .time("2012-06-11"), steps: 5)
    #expect(plan.training == 0..<10)
    #expect(plan.validation == 10..<20)
    #expect(plan.test == 20..<30)
  }

  @Test(arguments: [
    ("soon", "neither a share, 0 or more and below 1, nor a time such as '2012-06-01'"),
    ("2012-06-21", "the last row that is fitted to is '2012-06-20'"),
    ("2013-01-01", "must lie before --train-until"),
    ("2012-06-04", "leave 3 to train on"),
  ])
  func aTimeThatHoldsNothingOutIsRefused(time: String, reason: String) {
    let found = message {
      try SplitPlan(
        series: month(), trainUntil: .time("2012-06-21"), heldOut: .time(time), steps: 5)
    }
    #expect(found?.contains(reason) == true, "\(found ?? "no error")")
  }

  @Test func foldsCutTheLastHalf() throws {
    let folds = try SplitPlan.folds(
      of: dailySeries(rows: 103), count: 5, validation: 0.2, steps: 5, horizon: 2)
    #expect(folds.map(\.test) == [53..<63, 63..<73, 73..<83, 83..<93, 93..<103])
    #expect(folds.map(\.fit) == [0..<53, 0..<63, 0..<73, 0..<83, 0..<93])
    #expect(folds[0].training == 0..<42 && folds[0].validation == 42..<53)
  }

  @Test(arguments: [
    (1, 5, 1, "1 is no number of folds"),
    (10, 5, 7, "10 folds of the last half of 100 rows are of 5 rows each, but horizon 7"),
    (5, 45, 1, "fold 1 of 5, fitted to 50 rows: 100 rows leave 40 to train on"),
  ])
  func foldsThatCannotBeAreRefused(count: Int, steps: Int, horizon: Int, reason: String) {
    let found = message {
      try SplitPlan.folds(
        of: dailySeries(rows: 100), count: count, validation: 0.2, steps: steps, horizon: horizon)
    }
    #expect(found?.hasPrefix("a.csv: \(reason)") == true, "\(found ?? "no error")")
  }

  // MARK: - Bad input

  private func failure(
    rows: Int, _ trainUntil: SplitPlan.TrainUntil = .fraction(0.8), validation: Double = 0.2,
    steps: Int = 5, horizon: Int = 1
  ) -> String? {
    message {
      try SplitPlan(
        series: dailySeries(rows: rows), trainUntil: trainUntil, validation: validation,
        steps: steps, horizon: horizon)
    }
  }

  @Test func tooFewRowsForTheWindow() {
    #expect(
      failure(rows: 20, steps: 30)
        == "a.csv: 20 rows leave 13 to train on, but window 30 with horizon 1 needs at least 31")
    #expect(
      failure(rows: 100, .fraction(1), validation: 0.1, steps: 5, horizon: 20)
        == "a.csv: 100 rows leave 10 to validate with, but horizon 20 needs at least 20")
    #expect(failure(rows: 8, .fraction(1), validation: 0.3, steps: 5) == nil)
    #expect(failure(rows: 7, .fraction(1), validation: 0.3, steps: 5) != nil)
  }

  @Test func aTimeThatIsNone() {
    #expect(
      failure(rows: 20, .time("soon"))
        == "a.csv: 'soon' is neither a fraction nor a time such as '2'")
  }

  @Test func partsOutOfRange() {
    #expect(
      failure(rows: 20, validation: 1)
        == "a.csv: the validation part is 1.0; it must be 0 or more and below 1")
    #expect(
      failure(rows: 20, .fraction(1.5))
        == "a.csv: the part to train on is 1.5; it must be above 0 and at most 1")
    #expect(
      failure(rows: 20, steps: 0)
        == "a.csv: window 0 and horizon 1: both must be 1 to 2147483647")
  }
}

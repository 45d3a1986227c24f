import LSTMCompute
import Testing
import TimeSeries

@Suite struct WindowPlanTests {
  /// Scales that keep small whole numbers whole.
  private func scaler(_ series: Series) -> Scaler {
    Scaler(
      kind: .standard,
      columns: series.columns.map { Scaler.Column(name: $0.name, offset: 1, scale: 2) })
  }

  private func plan(
    _ series: Series, steps: Int = 3, horizon: Int = 1
  ) throws -> WindowPlan {
    try WindowPlan(series: series, scaler: scaler(series), steps: steps, horizon: horizon)
  }

  @Test func inputsAndTargetsAreScaledRowByRow() throws {
    let series = try dailySeries(rows: 4, others: ["x"])
    let windows = try plan(series).forecastWindows(in: 0..<4)
    #expect(windows.inputs == [-0.5, -0.5, 0, 4.5, 0.5, 9.5, 1, 14.5])
    #expect(windows.targets == [-0.5, 0, 0.5, 1, 0])
    #expect(windows.inputSize == 2)
    #expect(windows.targetSize == 1)
  }

  @Test func trainingWindowsLieInTheirRows() throws {
    let plan = try plan(dailySeries(rows: 20), horizon: 2)
    let training = try plan.trainingWindows(in: 0..<10)
    #expect(training.windows.first == Window(inputRow: 0, targetRow: 3))
    // The last one forecasts the rows 8 and 9, so it never sees row 10.
    #expect(training.windows.last == Window(inputRow: 5, targetRow: 8))
    #expect(training.windows.count == 6)
    let validation = try plan.trainingWindows(in: 10..<14)
    #expect(validation.windows.map(\.targetRow) == [10, 11, 12])
    #expect(validation.windows.first?.inputRow == 7)
    #expect(try plan.trainingWindows(in: 10..<20).windows.last?.targetRow == 18)
  }

  @Test func forecastWindowsReachBeyondTheEnd() throws {
    let plan = try plan(dailySeries(rows: 10), horizon: 4)
    let windows = try plan.forecastWindows(in: 8..<11)
    #expect(windows.windows.map(\.targetRow) == [8, 9, 10])
    #expect(windows.windows.last == Window(inputRow: 7, targetRow: 10))
    #expect(windows.targets.count == 14)
    #expect(windows.targets.suffix(4).allSatisfy { $0 == 0 })
    #expect(try plan.forecastWindows(in: 0..<2).windows.isEmpty)
    #expect(try plan.forecastWindows(in: 0..<5).windows.map(\.targetRow) == [3, 4])
  }

  @Test func windowsWithMissingTargetsAreNotTrainedOn() throws {
    let rows = (0..<12).map { "\($0),\($0 == 6 ? "NA" : "\($0)")\n" }.joined()
    let series = try series("x,y\n" + rows) { $0.time = [] }
    let one = try plan(series).trainingWindows(in: 0..<12)
    #expect(one.windows.map(\.targetRow) == [3, 4, 5, 7, 8, 9, 10, 11])
    let two = try plan(series, horizon: 2).trainingWindows(in: 0..<12)
    #expect(two.windows.map(\.targetRow) == [3, 4, 7, 8, 9, 10])
    // They are forecast all the same.
    #expect(try plan(series).forecastWindows(in: 0..<12).windows.count == 9)
  }

  @Test func smallChangesOfLargeNumbersReachTheNetwork() throws {
    let series = try series("y\n1000000000\n1000000001\n1000000002\n") { $0.time = [] }
    let scaler = Scaler(kind: .minmax, series: series, rows: 0..<3)
    let plan = try WindowPlan(series: series, scaler: scaler, steps: 1)
    #expect(try plan.trainingWindows(in: 0..<3).inputs == [0, 0.5, 1])
  }

  // MARK: - Bad input

  @Test func fewerRowsThanAWindow() throws {
    let series = try dailySeries(rows: 4)
    #expect(
      message { try plan(series, steps: 5) }
        == "a.csv: 4 rows are too few: window 5 needs at least 5")
    #expect(try plan(series, steps: 4).forecastWindows(in: 4..<5).windows.count == 1)
  }

  @Test func noWindowToTrainOn() throws {
    let plan = try plan(dailySeries(rows: 10), steps: 5, horizon: 2)
    #expect(
      message { try plan.trainingWindows(in: 0..<6) }
        == "a.csv: 6 rows hold no window of 5 rows followed by 2 whose targets are all there")
  }

  @Test func aColumnThatTheScalerDoesNotKnow() throws {
    let series = try dailySeries(rows: 10)
    let scaler = Scaler(kind: .standard, columns: [.init(name: "z", offset: 0, scale: 1)])
    #expect(
      message { try WindowPlan(series: series, scaler: scaler, steps: 2) }
        == "a.csv, column 'y': the model was not fitted to this column")
  }
}

import Foundation
import LSTMCompute
import Testing
import TimeSeries

/// The data that is bundled with the package, from the file to the windows.
@Suite struct BikeSharingTests {
  private let path = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Examples/bike-sharing-daily.csv").path

  @Test func theBundledDataBecomesWindows() throws {
    let table = try Table.read(path: path)
    #expect(table.rowCount == 731)
    #expect(table.header.count == 16)
    let series = try Series(table: table, options: SeriesOptions(targets: ["cnt"]))
    #expect(series.time.columns == ["dteday"])
    #expect(series.time.season == 7)
    #expect(series.features.count == 15)
    #expect(series.notes == [])

    let split = try SplitPlan(
      series: series, trainUntil: .time("2012-08-08"), validation: 0.2, steps: 14)
    #expect(split.test.count == 146)
    let scaler = Scaler(kind: .standard, series: series, rows: split.training)
    let plan = try WindowPlan(series: series, scaler: scaler, steps: 14)
    #expect(try plan.trainingWindows(in: split.training).windows.count == split.training.count - 14)
    #expect(try plan.forecastWindows(in: split.test).windows.count == 146)
  }

  @Test func theHurricaneIsInIt() throws {
    let series = try Series(
      table: Table.read(path: path), options: SeriesOptions(targets: ["cnt"]))
    let row = try #require(series.time.firstRow(notBefore: "2012-10-29"))
    #expect(series.time.label(at: row) == "2012-10-29")
    #expect(series["cnt"]?[row] == 22)
    #expect(series.fileRow(row) == 669)
  }
}

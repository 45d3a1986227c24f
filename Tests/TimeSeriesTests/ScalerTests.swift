import Foundation
import Testing
import TimeSeries

@Suite struct ScalerTests {
  @Test func standardIsMeanAndPopulationDeviation() throws {
    let series = try series("x,y\n2,1\n4,1\n4,1\n4,1\n5,1\n5,1\n7,1\n9,2\n1000,3\n")
    let column = try #require(Scaler(kind: .standard, series: series, rows: 0..<8)["x"])
    #expect(column.offset == 5)
    #expect(column.scale == 2)
    #expect(column.transform(9) == 2)
    #expect(column.inverse(-1.5) == 2)
  }

  @Test func minmaxIsMinimumAndRange() throws {
    let series = try series("y\n2\n10\n6\n1000\n")
    let column = try #require(Scaler(kind: .minmax, series: series, rows: 0..<3)["y"])
    #expect(column.offset == 2)
    #expect(column.scale == 8)
    #expect(column.transform(6) == 0.5)
  }

  @Test(arguments: Scaler.Kind.allCases)
  func constantsKeepTheScaleOne(kind: Scaler.Kind) throws {
    // A sum of many 0.1 is no multiple of it; the deviation must not come from the rounding.
    let values = [Double](repeating: 0.1, count: 1001)
    let table = try Table(fileName: "a", columns: [("y", values)])
    let series = try Series(table: table, options: SeriesOptions(targets: ["y"]))
    let column = try #require(Scaler(kind: kind, series: series, rows: 0..<1001)["y"])
    #expect(column.scale == 1)
    #expect(column.transform(0.1) == 0)
  }

  @Test func smallChangesOfLargeNumbersAreNotLost() throws {
    let series = try series("y\n1000000000\n1000000001\n1000000002\n")
    let column = try #require(Scaler(kind: .standard, series: series, rows: 0..<3)["y"])
    #expect(column.offset == 1_000_000_001)
    #expect(abs(column.scale - (2.0 / 3).squareRoot()) < 1e-12)
  }

  @Test func aScalerIsSavedAndRead() throws {
    let scaler = Scaler(kind: .minmax, series: try series("x,y\n1,0.1\n2,0.3\n"), rows: 0..<2)
    let data = try JSONEncoder().encode(scaler)
    #expect(try JSONDecoder().decode(Scaler.self, from: data) == scaler)
    #expect(scaler.columns.map(\.name) == ["x", "y"])
    #expect(scaler["z"] == nil)
  }
}

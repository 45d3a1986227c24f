@testable import LSTMCompute
import TestSupport
import Testing

/// Windows for stateful training.
@Suite struct LaneTests {
  @Test func windowsBeyondTheRowsThrow() throws {
    let series = try WindowedSeries.random(
      inputSize: 1, targetSize: 1, steps: 3, windows: 9, seed: 1)
    #expect(throws: LSTMError.self) {
      try series.lanes(of: [Window(inputRow: .max, targetRow: 0)], rows: 1)
    }
    for share in [Double.nan, -.infinity] {
      #expect(series.split(at: share).earlier.windows.isEmpty)
    }
    #expect(series.split(at: .infinity).later.windows.isEmpty)
  }

  private func series(rows: Int) throws -> WindowedSeries {
    try WindowedSeries.random(inputSize: 1, targetSize: 1, steps: 4, windows: rows - 4, seed: 1)
  }

  @Test func eachWindowGoesOnFromTheBatchBefore() throws {
    let (windows, rows) = try series(rows: 70).lanes(rows: 3)
    #expect(rows == 3)
    #expect(windows.count % rows == 0)
    for (later, earlier) in zip(windows.dropFirst(rows), windows) {
      #expect(later.inputRow == earlier.inputRow + 4)
    }
    #expect(Set(windows).count == windows.count)
  }

  @Test func fewWindowsMakeFewRows() throws {
    let (windows, rows) = try series(rows: 14).lanes(rows: 8)
    #expect(rows == windows.count)
    #expect(windows.map(\.inputRow) == [0, 4, 8])
  }

  @Test func aGapIsRefused() throws {
    let gap = try series(rows: 60).filter { !(20..<30).contains($0.inputRow) }
    #expect(throws: LSTMError.self) { try gap.lanes(rows: 2) }
  }
}

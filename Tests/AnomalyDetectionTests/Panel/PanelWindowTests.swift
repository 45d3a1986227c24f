import LSTMCompute
import Testing
import TimeSeries

@testable import AnomalyDetection

/// No window shows, or is compared with, rows of two series.
@Suite struct PanelWindowTests {
  static let networks: [(name: String, horizon: Int, decoder: Bool, head: FittingOptions.Head)] = [
    ("one row ahead", 1, false, .last), ("three rows ahead", 3, false, .last),
    ("decoder", 3, true, .last), ("every step", 2, false, .every),
  ]

  @Test(arguments: networks) func windowsStayWithinASeries(
    name: String, horizon: Int, decoder: Bool, head: FittingOptions.Head
  ) throws {
    let example = try PanelExample(PanelExample.lines(rows: 90), horizon: horizon) {
      $0.training.epochs = 1
      $0.search = .none
    }
    let parts = example.parts()
    let options = PanelExample.options(horizon: horizon) {
      $0.hasDecoder = decoder
      $0.head = head
      $0.subject = .change
    }
    let units = Scaler(kind: .standard, columns: [])
    let fitting = try Fitting(parts, options: options, scaler: units, initial: nil)
    let (training, validation) = try fitting.trainingSet()
    let copies = validation.isEmpty || head == .last ? 1 : 2
    let rows = parts.map(\.series.rowCount)
    let ends = rows.indices.map { rows[...$0].reduce(0, +) }
    let total = ends.last ?? 0
    let perRow = decoder ? horizon : 1
    #expect(training.targets.count / training.targetSize == copies * total * perRow)
    func series(_ row: Int) -> Int? { ends.firstIndex { row < $0 } }
    for (windows, part) in [(training.windows, \SplitPlan.training), (validation, \.validation)] {
      var counts = parts.map { _ in 0 }
      for window in windows {
        let first = Int(window.inputRow)
        let own = try #require(series(first))
        #expect(series(first + training.steps - 1) == own)
        let target = Int(window.targetRow) / perRow % total
        #expect(Int(window.targetRow) % perRow == 0)
        #expect(series(target) == own)
        // The row after the window, and all rows of the forecast, within the part.
        #expect(target == first + training.steps)
        let start = ends[own] - rows[own]
        let range = parts[own].split[keyPath: part]
        #expect(range.contains(target - start) && range.contains(target - start + horizon - 1))
        counts[own] += 1
      }
      for (part, split) in zip(counts, parts.map { $0.split[keyPath: part] }) {
        #expect(part > 0 && part <= split.count - horizon + 1)
      }
    }
    let forecasts = try PreparedSeries.windows(
      of: fitting.prepared, rows.map { 8..<$0 + 1 }, outputs: horizon)
    #expect(forecasts.windows.count == rows.reduce(0) { $0 + $1 - 7 })
    for window in forecasts.windows {
      let first = Int(window.inputRow)
      #expect(series(first) == series(first + 7))
    }
  }

  /// Of many windows a share of each series is learnt from, on all days of the week.
  @Test func aShareOfTheWindowsIsOneOfEachSeries() throws {
    let example = try PanelExample { $0.training.epochs = 1 }
    let fitting = try Fitting(
      example.parts(), options: PanelExample.options(),
      scaler: Scaler(kind: .standard, columns: []), initial: nil)
    let all = try fitting.trainingSet().training.windows
    let some = try fitting.trainingSet(most: all.count / 7).training.windows
    #expect(some.count >= all.count / 8 && some.count <= all.count / 7)
    #expect(Set(some.map(\.inputRow)).isSubset(of: all.map(\.inputRow)))
    #expect(Set(some.map { $0.inputRow / 150 }).count == 3)
    #expect(Set(some.map { $0.inputRow % 150 % 7 }).count >= 3)
  }
}

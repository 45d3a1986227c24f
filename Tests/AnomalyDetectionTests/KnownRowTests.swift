import LSTMCompute
import Testing
import TimeSeries

@testable import AnomalyDetection

/// Which rows a forecaster was fitted to, and what it may be fitted on from.
@Suite struct KnownRowTests {
  /// Rows without times are known by their values, not by the name of their file.
  @Test func rowsWithoutTimesAreKnownByTheirValues() throws {
    let example = try Example()
    #expect(example.series.time.kind == .rowNumbers)
    let end = example.split.fit.upperBound
    #expect(example.forecaster.firstNewRow(of: example.series) == end)
    let other = try Example.series(missing: [3])
    #expect(other.fileName == example.series.fileName)
    #expect(example.forecaster.firstNewRow(of: other) == 0)
    try withTemporaryFile { path in
      try example.forecaster.save(to: path)
      #expect(try Forecaster(path: path).firstNewRow(of: example.series) == end)
    }
  }

  /// A change of options, and what the message must contain.
  struct Change: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var change: @Sendable (inout FittingOptions) -> Void
  }

  static let changes = [
    Change(testDescription: "what is done to its targets") { $0.transform = .log },
    Change(testDescription: "its calendar") { $0.calendar = .terms([.weekday]) },
    Change(testDescription: "its season") { $0.season = 9 },
    Change(testDescription: "its holidays") { $0.holidays = [3] },
    Change(testDescription: "no simple forecasts") { $0.judge = .simple },
  ]

  /// What the initial model has decided is not overruled without a word.
  @Test(arguments: changes)
  func contradictionsOfAnInitialModelAreSaid(change: Change) throws {
    let forecaster = try Example().forecaster
    var options = FittingOptions(steps: 6)
    options.layers = forecaster.network.specification.layers
    try options.check(initial: forecaster, targets: forecaster.targets)
    change.change(&options)
    let error = #expect(throws: DetectionError.self) {
      try options.check(initial: forecaster, targets: forecaster.targets)
    }
    #expect(error?.description.contains(change.testDescription) == true)
  }
}

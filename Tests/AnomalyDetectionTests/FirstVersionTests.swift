import AnomalyDetection
import Foundation
import LSTMCompute
import Testing
import TimeSeries

/// A model file of the first version of the format stays readable for ever.
///
/// `Fixtures/model-1.safetensors` was written by version 0.1.0, and never will be again:
///
///     lstm-detect fit Examples/bike-sharing-daily.csv --target cnt,casual \
///       --features temp,hum,cnt,casual --units 6,4 --window 7 --horizon 2 --epochs 20 \
///       --learning-rate 0.01 --model model-1.safetensors --device cpu
///
/// `model-1.csv` has the first 60 rows of the data, `model-1.forecasts.csv` what `lstm-detect predict
/// --device reference` said of them then.
@Suite struct FirstVersionTests {
  private func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)").path
  }

  private var forecaster: Forecaster {
    get throws { try Forecaster(path: path("model-1.safetensors")) }
  }

  @Test func itsForecastsAreThoseOfThen() throws {
    let forecaster = try forecaster
    let series = try Series(
      table: Table.read(path: path("model-1.csv")), options: forecaster.columns)
    let forecasts = try forecaster.forecast(
      series, rows: 0..<series.rowCount + 1, on: ReferenceBackend())
    let lines = try String(contentsOfFile: path("model-1.forecasts.csv"), encoding: .utf8)
      .split(separator: "\n").dropFirst()
    try #require(lines.count == 2 * (60 - 7 + 2))
    for (index, line) in lines.enumerated() {
      let (row, target) = (7 + index / 2, index % 2)
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      try #require(cells[1] == forecaster.targets[target])
      let then = try #require(Double(cells[3]))
      // The rows to come are forecast from the last window, one and two rows ahead.
      let now = forecasts.expected(row: row, target: target, lead: row > 60 ? 2 : 1)
      // Weights are Float, and so is what a network returns.
      #expect(abs(now - then) <= 1e-6 * abs(then), "row \(row): \(now), then \(then)")
    }
  }

  @Test func allElseIsReadToo() throws {
    let forecaster = try forecaster
    #expect(forecaster.targets == ["cnt", "casual"])
    #expect(forecaster.features == ["temp", "hum", "cnt", "casual"])
    #expect(forecaster.steps == 7 && forecaster.horizon == 2)
    #expect(forecaster.subject == .change)
    #expect(forecaster.columns.time == ["dteday"])
    #expect(forecaster.network.specification.layers.map(\.hiddenSize) == [6, 4])
    #expect(forecaster.network.specification.isPlain)
    #expect(forecaster.residuals.map(\.count) == [146, 146])
    #expect(abs(forecaster.residuals[0].mean + 43.747661533542946) < 1e-12)
    #expect(forecaster.origin.libraryVersion == "0.1.0")
    #expect(forecaster.origin.configuration.epochs == 20)
    #expect(forecaster.origin.configuration.optimizer == .adam())
    #expect(forecaster.origin.bestEpoch == 20)
  }
}

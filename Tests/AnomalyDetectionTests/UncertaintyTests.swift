import LSTMCompute
import RealModule
import TestSupport
import Testing
import TimeSeries

@testable import AnomalyDetection

/// Forecasters with several outputs for each target.
@Suite struct UncertaintyTests {
  /// What a forecaster says from row 40 on whose network has the same outputs whatever it sees.
  private static func forecasts(
    _ loss: Loss, _ subject: FittingOptions.Subject, outputs: (Int, Int, Int) -> Float
  ) throws -> (example: Example, forecasts: Forecasts) {
    let example = try Example(horizon: 2, subject: subject) {
      $0.loss = loss
      $0.epochs = 1
    }
    let specification = example.forecaster.network.specification
    let perTarget = loss.outputsPerTarget
    #expect(specification.outputSize == 2 * 2 * perTarget)
    var parameters = Parameters(zerosFor: ParameterLayout(specification))
    parameters[parameters.layout.head.bias] = ArraySlice(
      (0..<specification.outputSize).map {
        outputs($0 / (2 * perTarget), $0 / perTarget % 2, $0 % perTarget)
      })
    let forecaster = example.forecaster.replacing(
      network: try Network(specification: specification, parameters: parameters))
    return (
      example, try forecaster.forecast(example.series, rows: 40..<41, on: CPUBackend())
    )
  }

  @Test(arguments: [FittingOptions.Subject.change, .value])
  func quantilesAreInTheTargetsUnit(subject: FittingOptions.Subject) throws {
    let loss = Loss.quantile([0.1, 0.5, 0.9])
    let output = { (lead: Int, target: Int, place: Int) in
      Float(lead) - 0.5 * Float(target) + [-0.75, 0.25, 1.5][place]
    }
    let (example, forecasts) = try Self.forecasts(loss, subject, outputs: output)
    #expect(forecasts.uncertainties == [.quantile(0.1), .quantile(0.9)])
    for target in 0...1 {
      let base = subject == .value ? 0 : try #require(example.series[["a", "b"][target]])[39]
      var worst = WorstError()
      for lead in 1...2 {
        let scale = example.forecaster.coding.scales[2 * (lead - 1) + target]
        let expected = (0...2).map {
          base + Double(output(lead - 1, target, $0)) * scale.scale + scale.offset
        }
        let row = 39 + lead
        worst.expect(
          [
            forecasts.uncertainty(0, row: row, target: target, lead: lead),
            forecasts.expected(row: row, target: target, lead: lead),
            forecasts.uncertainty(1, row: row, target: target, lead: lead),
          ], expected, within: 1e-6, "target \(target), lead \(lead)")
      }
    }
    #expect(forecasts.uncertainty(0, row: 39, target: 0).isNaN)
  }

  @Test(arguments: [FittingOptions.Subject.change, .value])
  func deviationsAreInTheTargetsUnit(subject: FittingOptions.Subject) throws {
    let output = { (lead: Int, target: Int, place: Int) in
      place == 0 ? Float(lead) + 0.5 : Float(target) - 1.5 * Float(lead)
    }
    let (example, forecasts) = try Self.forecasts(.gaussian, subject, outputs: output)
    #expect(forecasts.uncertainties == [.standardDeviation])
    for target in 0...1 {
      let base = subject == .value ? 0 : try #require(example.series[["a", "b"][target]])[39]
      var worst = WorstError()
      for lead in 1...2 {
        let scale = example.forecaster.coding.scales[2 * (lead - 1) + target]
        let expected = base + Double(output(lead - 1, target, 0)) * scale.scale + scale.offset
        let deviation =
          (Double.exp(Double(output(lead - 1, target, 1)))).squareRoot() * scale.scale
        worst.expect(
          [
            forecasts.expected(row: 39 + lead, target: target, lead: lead),
            forecasts.uncertainty(0, row: 39 + lead, target: target, lead: lead),
          ], [expected, deviation], within: 1e-6, "target \(target), lead \(lead)")
      }
    }
  }

  @Test(arguments: [Loss.quantile([0.25, 0.5]), .gaussian])
  func comesBackFromItsFile(loss: Loss) throws {
    let forecaster = try Example(horizon: 2) { $0.loss = loss }.forecaster
    try withTemporaryFile { path in
      try forecaster.save(to: path)
      let read = try Forecaster(path: path)
      #expect(read == forecaster)
      #expect(read.loss == loss)
    }
  }

  @Test func aForecasterNeedsTheMedian() throws {
    let error = #expect(throws: LSTMError.self) {
      try Example { $0.loss = .quantile([0.1, 0.9]) }
    }
    #expect(error?.description.contains("0.5") == true)
  }

  @Test func theAnalysisHasWhatTheForecastsSay() throws {
    let example = try Example(horizon: 2) { $0.loss = .gaussian }
    let analysis = try Analysis(
      of: example.series, with: example.forecaster, split: example.split, threshold: .sigma(3),
      on: CPUBackend())
    let forecasts = try example.forecaster.forecast(
      example.series, rows: 0..<Example.rowCount + 1, on: CPUBackend())
    #expect(analysis.uncertainties == [.standardDeviation])
    let (row, target) = (100, 1)
    let deviation = forecasts.uncertainty(0, row: row, target: target)
    #expect(deviation > 0)
    #expect(analysis.targets[target].uncertainties[0][row] == deviation)
    let bounds = analysis.bounds(of: analysis.targets[target])
    let expected = analysis.targets[target].expected[row]
    #expect(bounds.map { $0[row] } == [expected - 2 * deviation, expected + 2 * deviation])
    #expect(bounds.allSatisfy { $0[0].isNaN })
    for lead in 1...2 {
      #expect(
        analysis.futureUncertainties[lead - 1][target] == [
          forecasts.uncertainty(0, row: Example.rowCount + lead - 1, target: target, lead: lead)
        ])
    }
    let plain = try Example()
    #expect(
      try Analysis(
        of: plain.series, with: plain.forecaster, threshold: .sigma(3), on: CPUBackend()
      ).uncertainties.isEmpty)
  }
}

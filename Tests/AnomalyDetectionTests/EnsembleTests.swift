import LSTMCompute
import Testing
import TimeSeries

@testable import AnomalyDetection

/// Forecasts of several networks that began with different seeds.
@Suite struct EnsembleTests {
  private static func example(
    members: Int, seed: UInt64 = 3, loss: Loss = .mse, isPlain: Bool = true,
    isCancelled: () -> Bool = { false }
  ) throws -> Example {
    try Example(horizon: 2) {
      $0.seed = seed
      $0.loss = loss
    } network: {
      $0.members = members
      if !isPlain {
        $0.inputs = .both
        $0.judge = .auto
      }
    } isCancelled: {
      isCancelled()
    }
  }

  private static func forecasts(_ example: Example) throws -> Forecasts {
    try example.forecaster.forecast(
      example.series, rows: 0..<example.series.rowCount + 1, on: CPUBackend())
  }

  /// Each network is the one that its seed makes alone.
  @Test func theForecastIsTheMeanOfTheMembers() throws {
    let ensemble = try Self.example(members: 3)
    let alone = try (3...5).map { try Self.example(members: 1, seed: $0) }
    #expect(ensemble.forecaster.members == alone.map(\.forecaster.network))
    #expect(
      ensemble.fitted.memberHistories.map(\.bestEpoch) == alone.map(\.fitted.history.bestEpoch))
    let all = try Self.forecasts(ensemble)
    let each = try alone.map { try Self.forecasts($0) }
    #expect(all.uncertainties == [.memberSpread])
    for row in 10..<100 {
      for target in 0..<2 {
        for lead in 1...2 {
          let values = each.map { $0.expected(row: row, target: target, lead: lead) }
          let mean = values.reduce(0, +) / 3
          let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2
          let error = all.expected(row: row, target: target, lead: lead) - mean
          #expect(!(error.magnitude > 1e-9 * mean.magnitude))
          let spread = all.uncertainty(0, row: row, target: target, lead: lead)
          #expect(!((spread - variance.squareRoot()).magnitude > 1e-9 * (1 + mean.magnitude)))
          #expect(spread > 0)
        }
      }
    }
  }

  @Test func quantilesAndDeviationsAreThoseOfAll() throws {
    let quantiles = try #require(Loss(quantiles: "0.1,0.5,0.9"))
    for (loss, combine) in [
      (quantiles, { ($0 + $1) / 2 }), (.gaussian, { (($0 * $0 + $1 * $1) / 2).squareRoot() }),
    ] as [(Loss, (Double, Double) -> Double)] {
      let all = try Self.forecasts(Self.example(members: 2, loss: loss))
      let each = try (3...4).map {
        try Self.forecasts(Self.example(members: 1, seed: $0, loss: loss))
      }
      #expect(all.uncertainties == each[0].uncertainties + [.memberSpread])
      for row in 10..<40 {
        for number in each[0].uncertainties.indices {
          let expected = combine(
            each[0].uncertainty(number, row: row, target: 0),
            each[1].uncertainty(number, row: row, target: 0))
          let found = all.uncertainty(number, row: row, target: 0)
          #expect(!((found - expected).magnitude > 1e-9 * expected.magnitude))
        }
      }
    }
  }

  @Test func theFileKeepsAllNetworks() throws {
    let example = try Self.example(members: 3, isPlain: false)
    try withTemporaryFile { path in
      try example.forecaster.save(to: path)
      let read = try Forecaster(path: path)
      #expect(read == example.forecaster)
      #expect(read.origin.memberEpochs?.count == 3)
      var file = try SafetensorsFile(path: path)
      #expect(file.metadata["swift_lstm_format"] == "4")
      #expect(file.tensors["head.weight"] != file.tensors["member.3.head.weight"])
      file.tensors["member.3.head.bias"] = nil
      file.seal()
      let error = #expect(throws: DetectionError.self) { try Forecaster(file, path: "m") }
      #expect(error?.description.contains("'member.3.head.bias' is missing") == true)
    }
  }

  @Test(arguments: [true, false]) func aStreamSaysWhatTheForecasterSays(isPlain: Bool) throws {
    let example = try Self.example(members: 2, isPlain: isPlain)
    let series = example.series
    let whole = try Self.forecasts(example)
    let stream = try ForecasterStream(example.forecaster, on: CPUBackend(), threshold: .absolute(3))
    for number in 0..<series.rowCount {
      let row = Dictionary(
        uniqueKeysWithValues: series.columns.map { ($0.name, $0.values[number]) })
      for (lead, forecast) in try stream.append(row).forecast.enumerated() {
        for (target, value) in forecast.enumerated() {
          let expected = whole.expected(row: number + 1 + lead, target: target, lead: lead + 1)
          #expect(!((value - expected).magnitude > 1e-5 * (1 + expected.magnitude)))
        }
      }
    }
  }

  /// The networks that there are when a training is stopped are a model.
  @Test func stoppingKeepsTheNetworksThereAre() throws {
    var count = 0
    // Of 78 windows in batches of 32, each epoch asks three times and once more.
    let example = try Self.example(members: 3) {
      count += 1
      return count > 12
    }
    #expect(example.fitted.history.end == .cancelled)
    #expect((1...2).contains(example.forecaster.members.count))
  }

  @Test func noModelGoesOnAsAnEnsemble() throws {
    let ensemble = try Self.example(members: 2)
    var options = FittingOptions(steps: 6)
    options.layers = [5, 3].map(LSTMLayer.init(hiddenSize:))
    options.horizon = 2
    for (initial, members) in [(ensemble, 1), (try Self.example(members: 1), 2)] {
      options.members = members
      let error = #expect(throws: DetectionError.self) {
        try Forecaster.fit(
          initial.series, split: initial.split, options: options, on: CPUBackend(),
          initial: (initial.forecaster, "m"))
      }
      #expect(error?.description.contains("networks of an ensemble") == true)
    }
    #expect(throws: LSTMError.self) { _ = try Self.example(members: 0) }
  }
}

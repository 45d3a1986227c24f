import LSTMCompute
import Testing
import TimeSeries

@testable import AnomalyDetection

/// Forecasters whose networks have options.
@Suite struct NetworkOptionTests {
  /// Layers with everything that goes together.
  private static func everything(_ options: inout FittingOptions) {
    for index in options.layers.indices {
      options.layers[index].direction = .bidirectionalSum
      options.layers[index].projectionSize = 2
      options.layers[index].hasPeepholes = true
      options.layers[index].couplesGates = true
      options.layers[index].bias = .one
      options.layers[index].gateClip = 0.1
      options.layers[index].cellClip = 3
      options.layers[index].projectionClip = 0.7
      options.layers[index].recurrentDropout = 0.3
      options.layers[index].zoneoutHidden = 0.1
      options.layers[index].zoneoutCell = 0.05
    }
    options.layers[0].dropout = 0.2
  }

  private static func decoder(_ options: inout FittingOptions) {
    options.hasDecoder = true
    options.layers[0].normalizesGates = true
  }

  @Test(arguments: [true, false]) func comesBackAsItWas(hasDecoder: Bool) throws {
    let forecaster = try Example(
      horizon: 3, network: hasDecoder ? Self.decoder : Self.everything
    ).forecaster
    try withTemporaryFile { path in
      try forecaster.save(to: path)
      #expect(try Forecaster(path: path) == forecaster)
      let file = try SafetensorsFile(path: path)
      #expect(file.metadata["swift_lstm_format"] == "3")
      // Readers of version 1 see the sizes where they look for them.
      #expect(file.metadata["swift_lstm"]?.contains("\"hidden_sizes\":[5,3]") == true)
    }
  }

  /// What earlier versions wrote and read is written and read as ever.
  @Test(arguments: [FittingOptions.Head.last, .every])
  func aPlainNetworkIsOfVersion1(head: FittingOptions.Head) throws {
    let forecaster = try Example(network: { $0.head = head }).forecaster
    #expect(forecaster.network.specification.isPlain)
    try withTemporaryFile { path in
      try forecaster.save(to: path)
      var file = try SafetensorsFile(path: path)
      #expect(file.metadata["swift_lstm_format"] == "1")
      let text = try #require(file.metadata["swift_lstm"])
      #expect(
        text.contains(
          "\"network\":{\"hidden_sizes\":[5,3],\"input_size\":3,\"output_size\":2},"))
      #expect(try Forecaster(path: path) == forecaster)
      // The first version's origin ended with the device.
      file.metadata["swift_lstm"] = text.replacing("\"head\":\"every\",", with: "")
      file.seal()
      try file.write(to: path)
      #expect(try Forecaster(path: path).network == forecaster.network)
    }
  }

  @Test(arguments: [
    ("\"hidden_size\":5", "\"hidden_size\":4", "layers of other sizes"),
    ("\"decoder_steps\":3", "\"decoder_steps\":2", "a decoder of 2 steps for the horizon 3"),
    ("\"decoder_steps\":3", "\"decoder_step\":3", "a network with 2 outputs"),
    ("\"direction\":\"forward\"", "\"direction\":\"up\"", "damaged"),
    ("\"direction\":\"forward\"", "\"direction\":\"reverse\"", "must read forward"),
    ("\"bias\":\"two\"", "\"bias\":\"one\"", "'lstm.bias_hh_l0'"),
    ("\"dropout\":0,", "\"dropout\":1,", "the dropout is 1.0"),
    ("\"layers\":[", "\"layer\":[", "a decoder without layers"),
  ])
  func aDamagedNetworkIsRefused(old: String, new: String, message: String) throws {
    let forecaster = try Example(horizon: 3, network: { $0.hasDecoder = true }).forecaster
    try withTemporaryFile { path in
      try forecaster.save(to: path)
      var file = try SafetensorsFile(path: path)
      let text = try #require(file.metadata["swift_lstm"])
      try #require(text.contains(old), "\(text)")
      file.metadata["swift_lstm"] = text.replacing(old, with: new)
      if message.contains("bias_hh") {
        file.tensors["lstm.bias_hh_l0"] = nil
        file.metadata["swift_lstm"] = text
      }
      file.seal()
      try file.write(to: path)
      let error = #expect(throws: DetectionError.self) { try Forecaster(path: path) }
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
  }

  /// The outputs of a decoder's steps are the rows of the forecast, target by target: a decoder whose
  /// weights are all zero but the head's biases says the same in each of them.
  @Test func aDecodersOutputsAreRowsOfTargets() throws {
    let example = try Example(
      horizon: 3, subject: .value, configure: { $0.loss = .gaussian },
      network: { $0.hasDecoder = true })
    let specification = example.forecaster.network.specification
    #expect(specification.outputSize == 2 * 2)
    var parameters = Parameters(zerosFor: ParameterLayout(specification))
    parameters[parameters.layout.head.bias] = [0.5, -1, 2, 0.25]
    let forecaster = example.forecaster.replacing(
      network: try Network(specification: specification, parameters: parameters))
    let forecasts = try forecaster.forecast(
      example.series, rows: 40..<43, on: CPUBackend())
    for target in 0...1 {
      for (row, lead) in [(40, 1), (41, 2), (42, 3), (43, 2), (44, 3)] {
        let scale = forecaster.coding.scales[2 * (lead - 1) + target]
        #expect(
          forecasts.expected(row: row, target: target, lead: lead)
            == scale.inverse(target == 0 ? 0.5 : 2))
      }
    }
  }

  /// A head on every step has targets that its windows' own rows have not: missing ones, and of
  /// windows held out those that were fitted to.
  @Test func everyStepIsHeldAgainstItsOwnRowsOnly() throws {
    let series = try Example.series(missing: [7, 90])
    let split = try SplitPlan(
      series: series, trainUntil: .fraction(0.8), validation: 0.2, steps: 6)
    var options = FittingOptions(steps: 6)
    options.head = .every
    let scaler = Scaler(kind: .standard, series: series, rows: split.training)
    let part = FittingPart(series: series, split: split)
    let every = try Fitting([part], options: options, scaler: scaler, initial: nil)
    let (training, validation) = try every.trainingSet()
    options.head = .last
    let last = try Fitting([part], options: options, scaler: scaler, initial: nil)
    let (own, heldOut) = try last.trainingSet()

    #expect(training.windows == own.windows && own.targetWeights == nil)
    let rows = Example.rowCount
    let weights = try #require(training.targetWeights)
    for row in 0..<rows {
      let isThere = row != 7 && row != 90
      #expect(weights[2 * row] == (split.training.contains(row) && isThere ? 1 : 0))
      #expect(weights[2 * row + 1] == (split.training.contains(row) ? 1 : 0))
      #expect(weights[2 * (rows + row)] == (split.validation.contains(row) && isThere ? 1 : 0))
      #expect(weights[2 * (rows + row) + 1] == (split.validation.contains(row) ? 1 : 0))
    }
    #expect(validation.map(\.inputRow) == heldOut.map(\.inputRow))
    for (window, other) in zip(validation, heldOut) {
      let (copy, first) = (Int(window.targetRow), Int(other.targetRow))
      for target in 0...1 {
        #expect(training.targets[2 * copy + target] == own.targets[2 * first + target])
      }
    }
  }

  /// The losses of an epoch are means over the targets of all steps, however batches cut them.
  @Test func lossesOfEveryStepDoNotDependOnTheBatches() throws {
    let losses = try [7, 64].map { size in
      try Example(
        missing: [7, 20, 21, 90],
        configure: {
          ($0.epochs, $0.learningRate, $0.batchSize) = (1, 1e-30, size)
          $0.optimizer = .sgd()
        },
        network: { $0.head = .every }
      ).fitted.history.epochs[0]
    }
    for (one, other) in [
      (losses[0].trainingLoss, losses[1].trainingLoss),
      (losses[0].validationLoss ?? .nan, losses[1].validationLoss ?? .infinity),
    ] { #expect((one - other).magnitude < 1e-5 * other) }
  }

  @Test func aLayerInReverseCannotLearnFromEveryStep() throws {
    for direction in [LSTMLayer.Direction.reverse, .bidirectional, .bidirectionalSum] {
      #expect(throws: LSTMError.self) {
        try Example(network: {
          $0.head = .every
          $0.layers[0].direction = direction
        })
      }
    }
  }

  @Test func optionsAreToldInWords() throws {
    let plain = try NetworkSpecification(inputSize: 1, hiddenSizes: [4], outputSize: 1)
    #expect(plain.options.isEmpty)
    var options = FittingOptions(steps: 6)
    options.layers = [5, 3].map(LSTMLayer.init(hiddenSize:))
    Self.everything(&options)
    options.layers[1].cellClip = nil
    let texts = try options.specification(features: 3, targets: 2).options.map(\.description)
    #expect(
      texts == [
        "bidirectional sum", "projection 2", "peepholes", "couple-gates", "bias one",
        "gate-clip 0.1", "cell-clip 3.0,none", "projection-clip 0.7", "dropout 0.2",
        "recurrent-dropout 0.3", "zoneout-hidden 0.1", "zoneout-cell 0.05",
      ])
  }
}

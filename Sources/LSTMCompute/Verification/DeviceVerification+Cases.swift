extension DeviceVerification {
  /// Cases around the sizes at which tiles, panels and work-groups end.
  ///
  /// - Throws: Nothing: all of them are networks.
  public static func standardCases() throws(LSTMError) -> [Case] {
    let shapes: [(Int, [Int], Int, Int, Int, Loss, Optimizer)] = [
      (1, [1], 1, 1, 1, .mse, .adam()),
      (3, [7], 2, 5, 3, .mae, .adam()),
      (5, [16], 1, 12, 16, .huber, .sgd(momentum: 0.9)),
      (8, [33, 17], 3, 9, 6, .mse, .adam()),
      (2, [65], 4, 37, 2, .mse, .sgd()),
      (17, [64, 32], 1, 20, 33, .huber, .adam()),
      (1, [31, 9, 40], 24, 6, 18, .mse, .adam()),
      (70, [128], 5, 8, 70, .mse, .sgd(momentum: 0.5)),
      // More rows than even a large device has places for.
      (3, [12], 1, 3, 600, .mse, .adam()),
      (2, [18], 2, 2, 1400, .mse, .adam()),
      (4, [24], 2, 7, 10, .huber, .rmsprop(momentum: 0.5, weightDecay: 0.01)),
      (6, [40], 1, 6, 9, .mse, .adamW()),
      (3, [11], 6, 7, 9, .quantile([0.1, 0.5, 0.9]), .adam()),
      (2, [20], 4, 6, 33, .gaussian, .adam()),
      // Larger than the resident plan takes.
      (3, [129], 2, 5, 7, .mse, .sgd(momentum: 0.9)),
      (5, [300, 260], 1, 4, 3, .mse, .sgd()),
    ]
    return try shapes.map { shape throws(LSTMError) in
      let (inputs, hidden, outputs, steps, batch, loss, optimizer) = shape
      return Case(
        try NetworkSpecification(inputSize: inputs, hiddenSizes: hidden, outputSize: outputs),
        steps: steps, batchSize: batch, loss: loss, optimizer: optimizer)
    } + casesWithOptions()
  }

  /// Cases for precisions other than float32: sizes of whole tiles and of parts of them.
  ///
  /// All take steps of plain descent, and none has a clip: Adam divides what is small by what is small,
  /// so that a rounding can turn a step around, and near a clip one can open or close the way of a
  /// gradient. That says nothing of the device.
  ///
  /// - Throws: Nothing: all of them are networks.
  public static func roundedCases() throws(LSTMError) -> [Case] {
    let shapes: [(Int, [Int], Int, Int, Int, Loss)] = [
      (3, [7], 2, 5, 3, .mse),
      (8, [33, 17], 3, 9, 6, .mse),
      (17, [64, 32], 1, 20, 33, .huber),
      (70, [128], 5, 8, 70, .mse),
      // Large enough to be shared among compute units in other ways than those.
      (9, [200], 2, 4, 130, .mse),
    ]
    let plain = try shapes.map { shape throws(LSTMError) in
      let (inputs, hidden, outputs, steps, batch, loss) = shape
      return Case(
        try NetworkSpecification(inputSize: inputs, hiddenSizes: hidden, outputSize: outputs),
        steps: steps, batchSize: batch, loss: loss, optimizer: .sgd())
    }
    return plain
      + (try casesWithOptions(clips: false)).map {
        var verified = $0
        verified.optimizer = .sgd()
        return verified
      }
  }

  /// Networks that reach every operation which plain ones do without.
  private static func casesWithOptions(clips: Bool = true) throws(LSTMError) -> [Case] {
    func layer(_ units: Int, _ change: (inout LSTMLayer) -> Void) -> LSTMLayer {
      var layer = LSTMLayer(hiddenSize: units)
      change(&layer)
      return layer
    }
    let normalized = layer(21) {
      $0.direction = .bidirectional
      $0.normalizesGates = true
      $0.hasPeepholes = true
      $0.dropout = 0.3
      $0.zoneoutHidden = 0.1
      $0.zoneoutCell = 0.2
    }
    let projected = layer(34) {
      $0.direction = .bidirectionalSum
      $0.projectionSize = 13
      ($0.projectionClip, $0.cellClip) = clips ? (0.2, 0.3) : (nil, nil)
      $0.recurrentDropout = 0.25
      $0.bias = .one
    }
    let various = layer(19) {
      $0.direction = .bidirectional
      $0.hasPeepholes = true
      $0.recurrentDropout = 0.25
      ($0.zoneoutHidden, $0.zoneoutCell) = (0.1, 0.2)
      ($0.gateClip, $0.cellClip) = clips ? (0.6, 0.4) : (nil, nil)
      $0.bias = .one
    }
    let coupled = layer(17) {
      $0.couplesGates = true
      $0.gateClip = clips ? 0.5 : nil
    }
    return [
      Case(
        try NetworkSpecification(
          inputSize: 3, layers: [normalized, projected], head: .everyStep, outputSize: 2),
        steps: 7, batchSize: 9, loss: .mse, optimizer: .adam()),
      Case(
        try NetworkSpecification(
          inputSize: 5, layers: [layer(40) { $0.direction = .reverse }, projected],
          head: .lastStep, outputSize: 3),
        steps: 6, batchSize: 5, loss: .huber, optimizer: .sgd(momentum: 0.5)),
      Case(
        try NetworkSpecification(
          inputSize: 4, layers: [coupled, coupled], head: .everyStep, outputSize: 2,
          decoderSteps: 4),
        steps: 5, batchSize: 6, loss: .gaussian, optimizer: .adam()),
      Case(
        try NetworkSpecification(
          inputSize: 3, layers: [various, various], head: .everyStep, outputSize: 2),
        steps: 5, batchSize: 6, loss: .mse, optimizer: .sgd()),
    ]
  }
}

extension SequenceBatch {
  /// Throws where the batch does not fit a network, an executor or itself.
  func check(
    _ specification: NetworkSpecification, _ configuration: ExecutorConfiguration
  ) throws(LSTMError) {
    guard (1...configuration.steps).contains(steps), (1...configuration.batchSize).contains(rows)
    else {
      throw .shapeMismatch(
        "a batch of \(rows) rows of \(steps) steps; the executor was made for 1 to "
          + "\(configuration.batchSize) rows of 1 to \(configuration.steps) steps")
    }
    guard inputs.count == rows * steps * specification.inputSize else {
      throw .shapeMismatch(
        "\(inputs.count) inputs, expected \(rows) rows of \(steps) steps of "
          + "\(specification.inputSize) features")
    }
    if let lengths {
      guard lengths.count == rows else {
        throw .shapeMismatch("\(lengths.count) lengths of \(rows) rows")
      }
      if let length = lengths.first(where: { !(0...steps).contains($0) }) {
        throw .shapeMismatch("a length of \(length); it must be 0 to \(steps)")
      }
    }
    if let mask, mask.count != rows * steps {
      throw .shapeMismatch("a mask of \(mask.count), expected \(rows) rows of \(steps) steps")
    }
    if let initialStates {
      try initialStates.check(specification, rows: rows, "the initial states")
    }
    if specification.decoderSteps != nil, lengths != nil {
      throw .invalidConfiguration(
        "an encoder-decoder takes no lengths: give a mask for steps that are missing")
    }
  }

  /// `[T, B]`, 1 where a row has the step.
  func stepMask() -> [Float] {
    (0..<steps * rows).map { index in
      let (t, b) = (index / rows, index % rows)
      if let lengths, t >= lengths[b] { return 0 }
      guard let mask else { return 1 }
      return mask[layout == .timeMajor ? index : b * steps + t] ? 1 : 0
    }
  }

  /// `[T, B]`, 1 within a row's length.
  func outputScales() -> [Float] {
    (0..<steps * rows).map { $0 / rows < lengths?[$0 % rows] ?? steps ? 1 : 0 }
  }
}

extension [LayerState] {
  /// Throws where these are not the states of a network's layers and directions.
  func check(
    _ specification: NetworkSpecification, rows: Int, _ name: String
  ) throws(LSTMError) {
    let layers = specification.layers.flatMap {
      Array<LSTMLayer>(repeating: $0, count: $0.direction.count)
    }
    guard count == layers.count else {
      throw .shapeMismatch("\(name): \(count), expected \(layers.count), one a layer and direction")
    }
    for (index, (state, layer)) in zip(self, layers).enumerated() {
      guard state.hidden.count == rows * layer.stateSize,
        state.cell.count == rows * layer.hiddenSize
      else {
        throw .shapeMismatch(
          "\(name): number \(index) has \(state.hidden.count) and \(state.cell.count) numbers, "
            + "expected \(rows) rows of \(layer.stateSize) and \(layer.hiddenSize)")
      }
    }
  }
}

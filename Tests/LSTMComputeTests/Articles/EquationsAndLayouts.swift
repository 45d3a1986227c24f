import LSTMCompute

/// The code of the article of this name.
enum EquationsAndLayouts {
  static func options() throws -> NetworkSpecification {
    var lower = LSTMLayer(hiddenSize: 64)
    lower.direction = .bidirectional
    lower.dropout = 0.2
    var upper = LSTMLayer(hiddenSize: 64)
    upper.projectionSize = 16
    upper.hasPeepholes = true
    upper.cellClip = 3
    let specification = try NetworkSpecification(
      inputSize: 8, layers: [lower, upper], head: .everyStep, outputSize: 2)
    return specification
  }

  static func parameters(_ specification: NetworkSpecification) -> [String] {
    let parameters = Parameters(randomFor: specification, seed: 1)
    for slice in parameters.layout.slices { print(slice.name, slice.shape, slice.offset) }
    return parameters.layout.slices.map(\.name)
  }

  static func encoderDecoder() throws -> NetworkSpecification {
    let specification = try NetworkSpecification(
      inputSize: 8, layers: [LSTMLayer(hiddenSize: 64)], head: .everyStep, outputSize: 2,
      decoderSteps: 12)
    return specification
  }

  static func random(seed: UInt64, batchNumber: UInt32, share: Float) -> [Bool] {
    /// Whether an element of a mask is hit: dropped, or kept as it was by zoneout.
    func isHit(_ element: UInt64, stream: UInt32) -> Bool {
      let block = PhiloxGenerator.block(
        counter: SIMD4(
          UInt32(truncatingIfNeeded: element / 4), UInt32((element / 4) >> 32), batchNumber, stream),
        key: (UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32)))
      return Float(block[Int(element % 4)] >> 8) * 0x1p-24 < share
    }
    // Dropout of the outputs of layer 1.
    return (0..<64).map { isHit($0, stream: 4 | 1 << 8) }
  }

  static func lanes(_ series: WindowedSeries) throws -> Int {
    let (windows, rows) = try series.lanes(rows: 32)
    return windows.count / rows
  }
}

/// How fresh parameters are drawn.
public enum Initializer: String, Hashable, Sendable, Codable, CaseIterable {
  /// As PyTorch draws them: uniformly from ±1/√H, for the LSTM layers by their own width and for
  /// the head by the width of the last layer.
  case pytorch
  /// As Keras draws them: `W` and the head uniformly from ±√(6 / (rows + columns)) (Glorot and
  /// Bengio 2010), the columns of `R` `[4H, H]` orthonormal, biases 0 but the forget gate's 1.
  case glorot
  /// Rows or columns of each gate's `W` `[H, I]` and `R` `[H, H]` and of the head orthonormal,
  /// whichever are fewer (Saxe et al. 2014); biases as `glorot`.
  case orthogonal
}

/// The name of earlier versions.
@available(*, deprecated, renamed: "Initializer")
public typealias Initialiser = Initializer

extension Parameters {
  /// Fresh parameters.
  ///
  /// - Parameters:
  ///   - specification: The network.
  ///   - initializer: How they are drawn.
  ///   - forgetBias: The sum of both biases of every forget gate; the initializer's own where none
  ///     is given. A gate that starts open remembers longer (Gers et al. 2000).
  ///   - seed: The same seed gives the same parameters on every machine.
  public init(
    _ specification: NetworkSpecification, by initializer: Initializer, forgetBias: Double? = nil,
    seed: UInt64
  ) {
    guard initializer != .pytorch else {
      self.init(randomFor: specification, seed: seed)
      if let forgetBias { setForgetBias(forgetBias, specification) }
      return
    }
    self.init(zerosFor: ParameterLayout(specification))
    var generator = PhiloxGenerator(seed: seed, stream: .initialization)
    for (cells, layer) in layout.cellsWithLayers(of: specification) {
      for cell in cells { draw(cell, of: layer, by: initializer, from: &generator) }
    }
    if specification.head != .none {
      let (outputs, width) = (specification.outputSize, specification.headInputSize)
      self[layout.head.weight] =
        initializer == .glorot
        ? generator.glorot(rows: outputs, columns: width)[...]
        : generator.orthogonal(rows: outputs, columns: width)[...]
    }
    setForgetBias(forgetBias ?? 1, specification)
  }

  /// The weights of one direction of a layer; biases stay 0, and so do peepholes.
  private mutating func draw(
    _ cell: CellSlices, of layer: LSTMLayer, by initializer: Initializer,
    from generator: inout PhiloxGenerator
  ) {
    let (units, width) = (layer.hiddenSize, layer.stateSize)
    let inputs = cell.inputWeight.shape[1]
    if initializer == .glorot {
      self[cell.inputWeight] = generator.glorot(rows: 4 * units, columns: inputs)[...]
      self[cell.recurrentWeight] = generator.orthogonal(rows: 4 * units, columns: width)[...]
    } else {
      // The gates in turn, drawn one after the other.
      self[cell.inputWeight] =
        (0..<4).flatMap { _ in generator.orthogonal(rows: units, columns: inputs) }[...]
      self[cell.recurrentWeight] =
        (0..<4).flatMap { _ in generator.orthogonal(rows: units, columns: width) }[...]
    }
    if let projection = cell.projection {
      self[projection] =
        initializer == .glorot
        ? generator.glorot(rows: width, columns: units)[...]
        : generator.orthogonal(rows: width, columns: units)[...]
    }
    setNorms(cell)
  }

  /// Makes the sum of the biases of every forget gate a value.
  private mutating func setForgetBias(_ value: Double, _ specification: NetworkSpecification) {
    for (cells, layer) in layout.cellsWithLayers(of: specification) {
      // The second of the four gates.
      let forget = layer.hiddenSize..<2 * layer.hiddenSize
      for (number, slice) in cells.flatMap({ $0.biases.enumerated() }) {
        var bias = Array(self[slice])
        for unit in forget { bias[unit] = number == 0 ? Float(value) : 0 }
        self[slice] = bias[...]
      }
    }
  }
}

extension PhiloxGenerator {
  /// `[rows, columns]`, uniform in ±√(6 / (rows + columns)).
  fileprivate mutating func glorot(rows: Int, columns: Int) -> [Float] {
    let bound = Float((6 / Double(rows + columns)).squareRoot())
    return (0..<rows * columns).map { _ in bound * (2 * nextUnitFloat() - 1) }
  }

  /// `[rows, columns]` with orthonormal rows or columns, whichever are fewer.
  ///
  /// Gram-Schmidt on normal vectors, with each vector freed from those before it twice: once leaves
  /// what rounding makes of nearly parallel ones, twice is enough (Giraud et al. 2005).
  fileprivate mutating func orthogonal(rows: Int, columns: Int) -> [Float] {
    let (count, length) = (min(rows, columns), max(rows, columns))
    var vectors: [Double] = []
    vectors.reserveCapacity(count * length)
    for number in 0..<count {
      var vector = (0..<length).map { _ in nextNearlyNormal() }
      vectors.withUnsafeBufferPointer { before in
        for earlier in Array(0..<number) + Array(0..<number) {
          let start = earlier * length
          var product = 0.0
          for index in 0..<length { product += vector[index] * before[start + index] }
          for index in 0..<length { vector[index] -= product * before[start + index] }
        }
      }
      let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      vectors += vector.map { $0 / norm }
    }
    return (0..<rows * columns).map { index in
      let (row, column) = (index / columns, index % columns)
      return Float(
        rows < columns ? vectors[row * length + column] : vectors[column * length + row])
    }
  }

  /// A number with mean 0 and variance 1 that is normal but for its far tails.
  ///
  /// It is the sum of twelve uniform ones. Unlike a logarithm and a cosine it has the same bits on every machine.
  private mutating func nextNearlyNormal() -> Double {
    (0..<12).reduce(-6) { sum, _ in sum + Double(nextUnitFloat()) }
  }
}

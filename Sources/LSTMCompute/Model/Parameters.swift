/// A network's parameters, or anything of the same layout such as their gradients.
public struct Parameters: Equatable, Sendable {
  /// Where each tensor lies.
  public let layout: ParameterLayout
  /// All tensors, one after the other.
  public private(set) var values: [Float]

  /// Parameters with the values given.
  ///
  /// - Parameters:
  ///   - layout: Where each tensor lies.
  ///   - values: `layout.count` numbers.
  /// - Throws: `LSTMError.shapeMismatch` where the number of values is another.
  public init(layout: ParameterLayout, values: [Float]) throws(LSTMError) {
    guard values.count == layout.count else {
      throw .shapeMismatch(
        "the network has \(layout.count) parameters, but \(values.count) values were given")
    }
    self.layout = layout
    self.values = values
  }

  /// Parameters that are all zero.
  public init(zerosFor layout: ParameterLayout) {
    self.layout = layout
    self.values = Array(repeating: 0, count: layout.count)
  }

  /// Fresh parameters, drawn as PyTorch draws them.
  ///
  /// They are uniform in ±1/√H, for the LSTM layers by their own `H` and for the head by its number
  /// of inputs. Gains of normalized gates are 1.
  ///
  /// - Parameters:
  ///   - specification: The network.
  ///   - seed: The same seed gives the same parameters on every machine.
  public init(randomFor specification: NetworkSpecification, seed: UInt64) {
    self.init(zerosFor: ParameterLayout(specification))
    var generator = PhiloxGenerator(seed: seed, stream: .initialization)
    func draw(_ slice: ParameterSlice, width: Int) {
      let bound = 1 / Float(width).squareRoot()
      for index in slice.range { values[index] = bound * (2 * generator.nextUnitFloat() - 1) }
    }
    for (cells, layer) in layout.cellsWithLayers(of: specification) {
      for cell in cells {
        for slice in cell.drawn { draw(slice, width: layer.hiddenSize) }
        setNorms(cell)
      }
    }
    if specification.head != .none {
      draw(layout.head.weight, width: specification.headInputSize)
      draw(layout.head.bias, width: specification.headInputSize)
    }
  }

  /// Makes the gains of normalized gates 1.
  mutating func setNorms(_ cell: CellSlices) {
    guard let norms = cell.norms else { return }
    for slice in [norms.input, norms.recurrent, norms.cellWeight] {
      for index in slice.range { values[index] = 1 }
    }
  }

  /// The elements of one tensor.
  public subscript(slice: ParameterSlice) -> ArraySlice<Float> {
    get { values[slice.range] }
    set {
      precondition(newValue.count == slice.count, "\(slice.name) has \(slice.count) elements")
      values.replaceSubrange(slice.range, with: newValue)
    }
  }

  /// Whether every value is a finite number.
  public var isFinite: Bool { values.allSatisfy(\.isFinite) }
}

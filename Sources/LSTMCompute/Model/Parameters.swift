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

  /// Fresh parameters, drawn as PyTorch draws them: uniformly from ±1/√H, for the LSTM layers by
  /// their own width and for the head by the width of the last layer.
  ///
  /// - Parameters:
  ///   - specification: The network.
  ///   - seed: The same seed gives the same parameters on every machine.
  public init(randomFor specification: NetworkSpecification, seed: UInt64) {
    let layout = ParameterLayout(specification)
    var generator = PhiloxGenerator(seed: seed, stream: .initialisation)
    var values: [Float] = []
    values.reserveCapacity(layout.count)
    let widths =
      specification.layers.flatMap { Array(repeating: $0.hiddenSize, count: 4) }
      + Array(repeating: specification.headInputSize, count: 2)
    for (slice, width) in zip(layout.slices, widths) {
      let bound = 1 / Float(width).squareRoot()
      for _ in 0..<slice.count {
        values.append(bound * (2 * generator.nextUnitFloat() - 1))
      }
    }
    self.layout = layout
    self.values = values
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

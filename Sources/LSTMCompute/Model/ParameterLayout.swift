/// Where each trained tensor lies in a network's one flat buffer of parameters.
///
/// The names, shapes and gate order are those of PyTorch's `state_dict`. For layer `l`:
/// `lstm.weight_ih_l{l}` `[4H, I]`, `lstm.weight_hh_l{l}` `[4H, R]`, `lstm.bias_ih_l{l}` `[4H]`,
/// `lstm.bias_hh_l{l}` `[4H]`, and `lstm.weight_hr_l{l}` `[R, H]` with a projection; the tensors of
/// the second direction of a layer follow, with `_reverse` behind their names. What PyTorch does not
/// have comes after these: `lstm.peephole_l{l}` `[3, H]` (of i, f and o), `lstm.norm_ih_l{l}` and
/// `lstm.norm_hh_l{l}` `[4H]`, `lstm.norm_cell_weight_l{l}` and `lstm.norm_cell_bias_l{l}` `[H]`.
/// Then the decoder's layers as `decoder.…`, `head.weight` `[O, F]` and `head.bias` `[O]`.
public struct ParameterLayout: Hashable, Sendable {
  /// The tensors in the order in which they lie in the buffer, without gaps.
  public let slices: [ParameterSlice]
  /// The number of elements of the whole buffer.
  public let count: Int
  /// Whether the last two tensors are a head's.
  private let hasHead: Bool
  /// The tensors of each direction of each layer, those of the decoder after the others.
  let cells: [[CellSlices]]

  /// The layout of a network's parameters.
  public init(_ specification: NetworkSpecification) {
    var builder = LayoutBuilder()
    var cells = specification.layers.indices.map { index in
      builder.layer(
        specification.layers[index], inputSize: specification.inputSize(ofLayer: index),
        prefix: "lstm", index: index)
    }
    if specification.decoderSteps != nil {
      var below = specification.headInputSize
      for (index, layer) in specification.layers.enumerated() {
        cells.append(builder.layer(layer, inputSize: below, prefix: "decoder", index: index))
        below = layer.outputSize
      }
    }
    hasHead = specification.head != .none
    if hasHead {
      _ = builder.append("head.weight", [specification.outputSize, specification.headInputSize])
      _ = builder.append("head.bias", [specification.outputSize])
    }
    self.cells = cells
    slices = builder.slices
    count = builder.offset
  }

  /// The tensors of each direction of each layer, those of the decoder after the others.
  func cellsWithLayers(
    of specification: NetworkSpecification
  ) -> [(cells: [CellSlices], layer: LSTMLayer)] {
    cells.enumerated().map { ($1, specification.layers[$0 % specification.layers.count]) }
  }

  /// The names of the tensors that names stand for: each for the tensor of that name, `lstm.l0` for
  /// those of the first LSTM layer and so on, `lstm` for those of all of them, `decoder` and
  /// `decoder.l0` for the decoder's, `head` for the head's.
  ///
  /// - Parameter names: The names.
  /// - Returns: Names of tensors.
  /// - Throws: `LSTMError.invalidConfiguration` where there is nothing of a name.
  public func names(in names: Set<String>) throws(LSTMError) -> Set<String> {
    var found: Set<String> = []
    for name in names.sorted() {
      let tensors = slices.map(\.name).filter { tensor in
        tensor == name
          || ["lstm", "decoder", "head"].contains(name) && tensor.hasPrefix("\(name).")
          || tensor.isOf(layer: name)
      }
      guard !tensors.isEmpty else {
        throw .invalidConfiguration(
          "there is no parameter '\(name)'; there are "
            + slices.map(\.name).joined(separator: ", "))
      }
      found.formUnion(tensors)
    }
    return found
  }

  /// Where the tensors lie that have none of the names, those that touch as one range.
  func ranges(without names: Set<String>) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    for slice in slices where !names.contains(slice.name) {
      if let last = ranges.last, last.upperBound == slice.offset {
        ranges[ranges.count - 1] = last.lowerBound..<slice.range.upperBound
      } else {
        ranges.append(slice.range)
      }
    }
    return ranges
  }

  /// The two tensors of the dense head, of a network that has one.
  public var head: (weight: ParameterSlice, bias: ParameterSlice) {
    precondition(hasHead, "the network has no head")
    return (slices[slices.count - 2], slices[slices.count - 1])
  }
}

/// One tensor in the flat buffer of parameters.
public struct ParameterSlice: Hashable, Sendable {
  /// The tensor's name in PyTorch's `state_dict`.
  public let name: String
  /// The tensor's shape, row-major.
  public let shape: [Int]
  /// The index of the tensor's first element in the flat buffer.
  public let offset: Int

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }
  /// The indices of the tensor's elements in the flat buffer.
  public var range: Range<Int> { offset..<offset + count }
}

/// The tensors of one direction of one LSTM layer.
package struct CellSlices: Hashable, Sendable {
  /// `W` `[4H, I]`.
  package let inputWeight: ParameterSlice
  /// `R` `[4H, R]`.
  package let recurrentWeight: ParameterSlice
  /// `[4H]`, added with `W x`.
  package let inputBias: ParameterSlice?
  /// `[4H]`, added with `R h`.
  package let recurrentBias: ParameterSlice?
  /// `[R, H]`.
  package let projection: ParameterSlice?
  /// `[3, H]`, of i, f and o.
  package let peephole: ParameterSlice?
  /// What normalized gates have.
  package let norms: NormSlices?

  /// What is drawn at random: all but what normalized gates have.
  var drawn: [ParameterSlice] {
    [inputWeight, recurrentWeight] + biases + [projection, peephole].compactMap(\.self)
  }

  /// Those of the biases that there are.
  package var biases: [ParameterSlice] { [inputBias, recurrentBias].compactMap(\.self) }

  package struct NormSlices: Hashable, Sendable {
    /// `[4H]`, by which the normalized `W x` is multiplied.
    package let input: ParameterSlice
    /// `[4H]`, by which the normalized `R h` is multiplied.
    package let recurrent: ParameterSlice
    /// `[H]`, by which the normalized cell is multiplied.
    package let cellWeight: ParameterSlice
    /// `[H]`, which is added then.
    package let cellBias: ParameterSlice
  }
}

/// Lays tensors one after the other.
private struct LayoutBuilder {
  var slices: [ParameterSlice] = []
  var offset = 0

  mutating func append(_ name: String, _ shape: [Int]) -> ParameterSlice {
    let slice = ParameterSlice(name: name, shape: shape, offset: offset)
    slices.append(slice)
    offset += slice.count
    return slice
  }

  /// The tensors of each direction of a layer.
  mutating func layer(
    _ layer: LSTMLayer, inputSize: Int, prefix: String, index: Int
  ) -> [CellSlices] {
    let (units, gates, width) = (layer.hiddenSize, 4 * layer.hiddenSize, layer.stateSize)
    return (0..<layer.direction.count).map { direction in
      func append(_ name: String, _ shape: [Int], if exists: Bool) -> ParameterSlice? {
        exists ? self.append(name, shape) : nil
      }
      let suffix = "_l\(index)" + (direction == 0 ? "" : "_reverse")
      return CellSlices(
        inputWeight: self.append("\(prefix).weight_ih\(suffix)", [gates, inputSize]),
        recurrentWeight: self.append("\(prefix).weight_hh\(suffix)", [gates, width]),
        inputBias: append("\(prefix).bias_ih\(suffix)", [gates], if: layer.bias != .none),
        recurrentBias: append("\(prefix).bias_hh\(suffix)", [gates], if: layer.bias == .two),
        projection: append(
          "\(prefix).weight_hr\(suffix)", [width, units], if: layer.projectionSize != nil),
        peephole: append("\(prefix).peephole\(suffix)", [3, units], if: layer.hasPeepholes),
        norms: !layer.normalizesGates
          ? nil
          : CellSlices.NormSlices(
            input: self.append("\(prefix).norm_ih\(suffix)", [gates]),
            recurrent: self.append("\(prefix).norm_hh\(suffix)", [gates]),
            cellWeight: self.append("\(prefix).norm_cell_weight\(suffix)", [units]),
            cellBias: self.append("\(prefix).norm_cell_bias\(suffix)", [units])))
    }
  }
}

extension String {
  /// Whether this is the name of a tensor of a layer such as `lstm.l0`.
  fileprivate func isOf(layer name: String) -> Bool {
    let parts = name.split(separator: ".")
    guard parts.count == 2, parts[1].hasPrefix("l"), hasPrefix("\(parts[0]).") else { return false }
    return hasSuffix("_\(parts[1])") || hasSuffix("_\(parts[1])_reverse")
  }
}

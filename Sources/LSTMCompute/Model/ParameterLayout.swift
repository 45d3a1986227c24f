/// Where each trained tensor lies in a network's one flat buffer of parameters.
///
/// The names, shapes and gate order are those of PyTorch's `state_dict`. For layer `l`:
/// `lstm.weight_ih_l{l}` `[4H, I]`, `lstm.weight_hh_l{l}` `[4H, H]`, `lstm.bias_ih_l{l}` `[4H]`,
/// `lstm.bias_hh_l{l}` `[4H]`; then `head.weight` `[O, H]` and `head.bias` `[O]`.
public struct ParameterLayout: Hashable, Sendable {
  /// The tensors in the order in which they lie in the buffer, without gaps.
  public let slices: [ParameterSlice]
  /// The number of elements of the whole buffer.
  public let count: Int

  /// The layout of a network's parameters.
  public init(_ specification: NetworkSpecification) {
    var slices: [ParameterSlice] = []
    var offset = 0
    func append(_ name: String, _ shape: [Int]) {
      let slice = ParameterSlice(name: name, shape: shape, offset: offset)
      slices.append(slice)
      offset += slice.count
    }
    for (index, layer) in specification.layers.enumerated() {
      let gates = 4 * layer.hiddenSize
      append("lstm.weight_ih_l\(index)", [gates, specification.inputSize(ofLayer: index)])
      append("lstm.weight_hh_l\(index)", [gates, layer.hiddenSize])
      append("lstm.bias_ih_l\(index)", [gates])
      append("lstm.bias_hh_l\(index)", [gates])
    }
    append("head.weight", [specification.outputSize, specification.headInputSize])
    append("head.bias", [specification.outputSize])
    self.slices = slices
    self.count = offset
  }

  /// The four tensors of an LSTM layer.
  public func layer(_ index: Int) -> LayerSlices {
    let first = 4 * index
    return LayerSlices(
      inputWeight: slices[first], recurrentWeight: slices[first + 1],
      inputBias: slices[first + 2], recurrentBias: slices[first + 3])
  }

  /// The names of the tensors that names stand for: each for the tensor of that name, `lstm.l0` for
  /// those of the first LSTM layer and so on, `lstm` for those of all of them, `head` for the head's.
  ///
  /// - Parameter names: The names.
  /// - Returns: Names of tensors.
  /// - Throws: `LSTMError.invalidConfiguration` where there is nothing of a name.
  public func names(in names: Set<String>) throws(LSTMError) -> Set<String> {
    var found: Set<String> = []
    for name in names.sorted() {
      let tensors = slices.map(\.name).filter { tensor in
        tensor == name || (name == "lstm" || name == "head") && tensor.hasPrefix("\(name).")
          || name.hasPrefix("lstm.l") && tensor.hasSuffix("_\(name.dropFirst(5))")
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

  /// The two tensors of the dense head.
  public var head: (weight: ParameterSlice, bias: ParameterSlice) {
    (slices[slices.count - 2], slices[slices.count - 1])
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

/// The four tensors of one LSTM layer.
public struct LayerSlices: Hashable, Sendable {
  /// `W` `[4H, I]`.
  public let inputWeight: ParameterSlice
  /// `R` `[4H, H]`.
  public let recurrentWeight: ParameterSlice
  /// `[4H]`, added with `W x`.
  public let inputBias: ParameterSlice
  /// `[4H]`, added with `R h`.
  public let recurrentBias: ParameterSlice
}

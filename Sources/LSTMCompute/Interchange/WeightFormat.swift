/// How another library names and lays out the weights of a network.
public enum WeightFormat: String, Sendable, CaseIterable {
  /// PyTorch's `state_dict` of `nn.LSTM` and `nn.Linear`: `lstm.weight_ih_l0` `[4H, I]`.
  case pytorch
  /// The variables of Keras 3 by their paths: `lstm/lstm_cell/kernel` `[I, 4H]`.
  case keras

  /// What its users call it.
  var title: String { self == .pytorch ? "PyTorch" : "Keras" }

  /// What stands between the parts of a name.
  var separator: Character { self == .pytorch ? "." : "/" }

  /// Whether a tensor of a layer is transposed there.
  func transposes(_ part: LayerPart) -> Bool {
    self == .keras && (part == .inputWeight || part == .recurrentWeight)
  }
}

/// What Keras's `Bidirectional` makes of the outputs of two directions.
public enum BidirectionalMerge: String, Sendable, CaseIterable {
  /// They are put side by side.
  case concat
  /// They are added.
  case sum
}

/// What a tensor of a layer is for; the raw value is PyTorch's name for it, or ours.
enum LayerPart: String, Hashable, CaseIterable {
  case inputWeight = "weight_ih"
  case recurrentWeight = "weight_hh"
  case inputBias = "bias_ih"
  case recurrentBias = "bias_hh"
  case projection = "weight_hr"
  case peephole = "peephole"
  case inputNorm = "norm_ih"
  case recurrentNorm = "norm_hh"
  case cellNormWeight = "norm_cell_weight"
  case cellNormBias = "norm_cell_bias"

  /// Keras's name for it, if Keras has it.
  ///
  /// Its gates i, f, c, o are in our order; its matrices are transposed.
  var kerasName: String? {
    switch self {
    case .inputWeight: "kernel"
    case .recurrentWeight: "recurrent_kernel"
    case .inputBias: "bias"
    default: nil
    }
  }
}

/// A tensor of stacked layers: what it is for, in which layer, in which direction.
struct LayerTensor: Hashable {
  var part: LayerPart
  var layer: Int
  var isReverse: Bool

  init(_ part: LayerPart, layer: Int, isReverse: Bool) {
    self.part = part
    self.layer = layer
    self.isReverse = isReverse
  }

  /// What a name may stand for.
  enum Parsed {
    case none
    case tensor(LayerTensor)
    /// A tensor of a layer whose number no network has.
    case tooHigh
  }

  /// The highest number that a layer may have.
  static let largestLayer = 1 << 15 - 1

  /// Reads `weight_ih_l0` or `weight_ih_l0_reverse`, or `weight_ih` of an `nn.LSTMCell`.
  static func parse(pyTorchName name: some StringProtocol) -> Parsed {
    let cellParts = [LayerPart.inputWeight, .recurrentWeight, .inputBias, .recurrentBias]
    if let part = cellParts.first(where: { $0.rawValue == String(name) }) {
      return .tensor(LayerTensor(part, layer: 0, isReverse: false))
    }
    var parts = name.split(separator: "_", omittingEmptySubsequences: false)
    let isReverse = parts.last == "reverse"
    if isReverse { parts.removeLast() }
    guard let number = parts.popLast(), number.first == "l",
      let part = LayerPart(rawValue: parts.joined(separator: "_"))
    else { return .none }
    let digits = number.dropFirst()
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
      digits == "0" || digits.first != "0"
    else { return .none }
    guard let layer = Int(digits), layer <= largestLayer else { return .tooHigh }
    return .tensor(LayerTensor(part, layer: layer, isReverse: isReverse))
  }

  /// `weight_ih_l0` or `weight_ih_l0_reverse`.
  var pyTorchName: String { "\(part.rawValue)_l\(layer)\(isReverse ? "_reverse" : "")" }
}

/// Where a tensor of ours is among those of another library.
struct TensorPlace: Hashable, Sendable {
  /// Its name there.
  var name: String
  /// Whether it is transposed there.
  var isTransposed = false

  /// The tensor there, from ours.
  func tensor(_ values: ArraySlice<Float>, shape: [Int]) -> SafetensorsFile.Tensor {
    guard isTransposed, shape.count == 2 else { return .init(Array(values), shape: shape) }
    return .init(
      values.transposed(rows: shape[0], columns: shape[1]), shape: [shape[1], shape[0]])
  }

  /// Our values, from the tensor there.
  ///
  /// - Throws: `LSTMError.invalidFile` where the shape is another than that of ours.
  func values(
    of tensor: SafetensorsFile.Tensor, shape: [Int]
  ) throws(LSTMError) -> [Float] {
    let expected = isTransposed ? shape.reversed() : shape
    guard tensor.elementType.isFloatingPoint else {
      throw .invalidFile(
        "tensor '\(name)' has elements of type \(tensor.elementType.rawValue); expected F32, F64, "
          + "F16 or BF16")
    }
    guard tensor.shape == expected else {
      throw .invalidFile("tensor '\(name)' has the shape \(tensor.shape); expected \(expected)")
    }
    let floats = tensor.floats
    if tensor.elementType == .float64,
      let index = zip(floats, tensor.doubles).enumerated().first(where: {
        $0.element.0.isInfinite && $0.element.1.isFinite
      })?.offset
    {
      throw .invalidFile(
        "tensor '\(name)' has \(tensor.doubles[index]) at \(index), which is beyond float32")
    }
    guard isTransposed, shape.count == 2 else { return floats }
    return floats[...].transposed(rows: shape[1], columns: shape[0])
  }
}

extension ArraySlice<Float> {
  /// A row-major matrix, transposed.
  fileprivate func transposed(rows: Int, columns: Int) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(count)
    for column in 0..<columns {
      for row in 0..<rows { result.append(self[startIndex + row * columns + column]) }
    }
    return result
  }
}

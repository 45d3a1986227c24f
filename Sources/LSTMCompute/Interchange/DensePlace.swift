/// A dense layer among tensors.
struct DensePlace {
  var outputs: Int
  var weight: TensorPlace
  /// There may be none.
  var bias: TensorPlace?

  /// The one with so many inputs.
  static func find(
    _ module: String?, in tensors: [String: SafetensorsFile.Tensor], inputs: Int,
    format: WeightFormat
  ) throws(LSTMError) -> DensePlace {
    let separator = format.separator
    let ending = format == .pytorch ? "weight" : "kernel"
    let dimension = format == .pytorch ? 1 : 0
    let names = tensors.filter { name, tensor in
      let parts = name.split(separator: separator)
      guard parts.last.map(String.init) == ending, tensor.shape.count == 2 else { return false }
      let path = name.dropLast(ending.count).dropLast()
      // The matrices of LSTM cells in Keras end in the same word.
      if let module { return path == module || path.hasSuffix("/\(module)") }
      return tensor.shape[dimension] == inputs && !path.contains("lstm_cell")
    }.keys.sorted()
    guard names.count == 1, let name = names.first, let shape = tensors[name]?.shape else {
      let what = module.map { "dense layer '\($0)'" } ?? "dense layer of \(inputs) inputs"
      throw .invalidFile(
        names.isEmpty
          ? "there is no \(what)"
          : "there are several dense layers: \(names.joined(separator: ", "))")
    }
    let bias = String(name.dropLast(ending.count)) + "bias"
    return DensePlace(
      outputs: shape[1 - dimension],
      weight: TensorPlace(name: name, isTransposed: format == .keras),
      bias: tensors[bias].map { _ in TensorPlace(name: bias) })
  }
}

/// A dense layer among tensors.
struct DensePlace {
  var outputs: Int
  var weight: TensorPlace
  /// There may be none.
  var bias: TensorPlace?

  /// The one with so many inputs, or of a name.
  static func find(
    _ module: String?, in tensors: [String: SafetensorsFile.Tensor], without others: Set<String>,
    inputs: Int, format: WeightFormat
  ) throws(LSTMError) -> DensePlace {
    let separator = format.separator
    let ending = format == .pytorch ? "weight" : "kernel"
    let dimension = format == .pytorch ? 1 : 0
    let names = tensors.filter { name, tensor in
      // The matrices of LSTM cells in Keras end in the same word.
      guard !others.contains(name), tensor.shape.count == 2 else { return false }
      let parts = name.split(separator: separator)
      guard parts.last == ending[...] || parts.last == "\(ending):0" else { return false }
      let path = parts.dropLast().joined(separator: String(separator))
      if let module { return path == module || path.hasSuffix("/\(module)") }
      return tensor.shape[dimension] == inputs
    }.keys.sorted()
    guard names.count == 1, let name = names.first, let shape = tensors[name]?.shape else {
      let what = module.map { "dense layer '\($0)'" } ?? "dense layer of \(inputs) inputs"
      throw .invalidFile(
        names.isEmpty
          ? "there is no \(what)"
          : "there are several dense layers: \(names.joined(separator: ", "))")
    }
    let isNumbered = name.hasSuffix(":0")
    let bias =
      String(name.dropLast(ending.count + (isNumbered ? 2 : 0))) + (isNumbered ? "bias:0" : "bias")
    return DensePlace(
      outputs: shape[1 - dimension],
      weight: TensorPlace(name: name, isTransposed: format == .keras),
      bias: tensors[bias].map { _ in TensorPlace(name: bias) })
  }
}

/// Finds out what becomes of the outputs of two directions of a layer of Keras.
struct BidirectionalInference {
  let tensors: [String: SafetensorsFile.Tensor]
  /// All recurrent layers of the file.
  let groups: [LayerGroup]
  /// What the caller says; `nil` where it is to be found out.
  let merge: BidirectionalMerge?

  /// The direction of a layer that has two.
  ///
  /// - Parameters:
  ///   - group: The layer.
  ///   - units: `H`, the units of one direction.
  ///   - next: The layer that sees its outputs; `nil` for the last one.
  /// - Returns: The direction.
  /// - Throws: `LSTMError.invalidFile` where the file does not tell.
  func direction(
    of group: LayerGroup, units: Int, before next: LayerGroup?
  ) throws(LSTMError) -> LSTMLayer.Direction {
    guard group.format == .keras else { return .bidirectional }
    guard group.layerCount == 1 else {
      throw .invalidFile(
        "'\(group.name)' has two directions of several cells each, which are put together only "
          + "after the last one; only layers of two directions can be run")
    }
    switch merge {
    case .concat?: return .bidirectional
    case .sum?: return .bidirectionalSum
    case nil: break
    }
    let widths = next.map(inputWidths) ?? widthsOfOthers
    switch (widths.contains(2 * units), widths.contains(units)) {
    case (true, false): return .bidirectional
    case (false, true):
      throw .invalidFile(
        "'\(group.name)' makes \(units) outputs of two directions, and the weights do not tell how; "
          + "if it adds them, say so by --merge sum")
    default:
      throw .invalidFile(
        "the weights do not tell what '\(group.name)' makes of its two directions; say so by "
          + "--merge concat (Keras's default) or --merge sum")
    }
  }

  /// The number of inputs of a layer's first cell.
  private func inputWidths(of group: LayerGroup) -> Set<Int> {
    let name = group.name(of: LayerTensor(.inputWeight, layer: 0, isReverse: false))
    return Set([tensors[name]?.shape.first].compactMap(\.self))
  }

  /// The numbers of inputs of the layers that are not recurrent.
  private var widthsOfOthers: Set<Int> {
    let known = Set(groups.flatMap { $0.tensors.values })
    return Set(
      tensors.filter { name, tensor in
        !known.contains(name) && tensor.shape.count == 2
          && ["kernel", "kernel:0", "vars/0"].contains { name.hasSuffix($0) }
      }.map { $0.value.shape[0] })
  }
}

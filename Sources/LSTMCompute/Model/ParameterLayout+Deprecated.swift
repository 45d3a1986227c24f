extension ParameterLayout {
  /// The four tensors of a plain LSTM layer.
  @available(*, deprecated, message: "find them in 'slices' by their names, as 'lstm.weight_ih_l0'")
  public func layer(_ index: Int) -> LayerSlices {
    let cell = cells[index][0]
    guard let inputBias = cell.inputBias, let recurrentBias = cell.recurrentBias else {
      preconditionFailure("layer \(index) has not the biases of a plain layer")
    }
    return LayerSlices(
      inputWeight: cell.inputWeight, recurrentWeight: cell.recurrentWeight, inputBias: inputBias,
      recurrentBias: recurrentBias)
  }
}

/// The four tensors of one LSTM layer.
@available(*, deprecated, message: "find them in 'ParameterLayout.slices' by their names")
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

import LSTMCompute

extension NetworkSpecification {
  /// The LSTM layers in a few words, such as "LSTM 8,8 of 3 inputs, both directions".
  var layersDescription: String {
    let units = layers.map { "\($0.hiddenSize)" }.joined(separator: ",")
    var text = "LSTM \(units) of \(Findings.count(inputSize, "input"))"
    if layers.contains(where: { $0.direction.count == 2 }) { text += ", both directions" }
    if layers.contains(where: { $0.direction == .reverse }) { text += ", from the last step on" }
    let projections = layers.compactMap { $0.projectionSize.map(String.init) }
    if !projections.isEmpty { text += ", projected to \(projections.joined(separator: ","))" }
    if layers.allSatisfy({ $0.bias == .none }) { text += ", no biases" }
    return text
  }
}

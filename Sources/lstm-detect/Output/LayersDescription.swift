import LSTMCompute

extension NetworkSpecification {
  /// The LSTM layers in a few words, such as "LSTM 8,8 of 3 inputs, both directions".
  ///
  /// What only some of the layers have stands beside their units: "LSTM 8 (both directions),4 of …".
  var layersDescription: String {
    let traits = layers.map(\.traits)
    let shared = Set(traits).count == 1 ? traits[0] : []
    let units = zip(layers, traits).map { layer, traits in
      "\(layer.hiddenSize)"
        + (shared == traits ? "" : traits.isEmpty ? "" : " (\(traits.joined(separator: ", ")))")
    }
    return
      (["LSTM \(units.joined(separator: ",")) of \(Findings.count(inputSize, "input"))"] + shared)
      .joined(separator: ", ")
  }
}

extension LSTMLayer {
  /// What a layer has that a plain one does not.
  fileprivate var traits: [String] {
    var traits: [String] = []
    if direction.count == 2 { traits.append("both directions") }
    if direction == .reverse { traits.append("from the last step on") }
    if let projectionSize { traits.append("projected to \(projectionSize)") }
    if bias == .none { traits.append("no biases") }
    if hasPeepholes { traits.append("peepholes") }
    if couplesGates { traits.append("coupled gates") }
    if let gateClip { traits.append("gates cut to ±\(gateClip)") }
    return traits
  }
}

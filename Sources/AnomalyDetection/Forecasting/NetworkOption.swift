package import LSTMCompute

/// An option of a network that is on, for people and for programs.
package struct NetworkOption: Hashable, Sendable {
  /// What it is set to.
  package enum Value: Hashable, Sendable {
    /// There is nothing to set.
    case on
    case count(Int)
    case number(Float)
    case word(String)
  }

  /// What the command calls it.
  package let name: String
  /// The one value that all layers have, or that of each; `nil` where it is off in a layer.
  package let values: [Value?]
}

extension NetworkOption: CustomStringConvertible {
  /// Such as `peepholes` or `projection 8`; the values of the layers have commas between them.
  package var description: String {
    guard values != [.on] else { return name }
    let texts = values.map { value in
      switch value {
      case nil: "none"
      case .on: "on"
      case .count(let count): "\(count)"
      case .number(let number): "\(number)"
      case .word(let word): word
      }
    }
    return "\(name) \(texts.joined(separator: ","))"
  }
}

extension NetworkSpecification {
  /// The options that are on.
  package var options: [NetworkOption] {
    let all = layers.map(\.options)
    var options = (all.first ?? []).indices.compactMap { index -> NetworkOption? in
      let name = all[0][index].name
      var values = all.map { $0[index].value }
      guard values.contains(where: { $0 != nil }) else { return nil }
      // There never is any after the last layer.
      if name == "dropout" { values.removeLast() }
      return NetworkOption(name: name, values: Set(values).count == 1 ? [values[0]] : values)
    }
    if decoderSteps != nil {
      options.append(NetworkOption(name: "decoder", values: [.on]))
    } else if head == .everyStep {
      options.append(NetworkOption(name: "head", values: [.word("every")]))
    }
    return options
  }
}

extension Forecaster {
  /// The options of the network, and how it was trained, that are on.
  package var networkOptions: [NetworkOption] {
    network.specification.options
      + (origin.head.map { [NetworkOption(name: "head", values: [.word($0.rawValue)])] } ?? [])
  }
}

extension LSTMLayer {
  /// All options in the order of the manual; `nil` where one is off.
  fileprivate var options: [(name: String, value: NetworkOption.Value?)] {
    func share(_ value: Float) -> NetworkOption.Value? { value > 0 ? .number(value) : nil }
    let merge: String? =
      switch direction {
      case .forward, .reverse: nil
      case .bidirectional: "concat"
      case .bidirectionalSum: "sum"
      }
    return [
      ("reverse", direction == .reverse ? .on : nil),
      ("bidirectional", merge.map { .word($0) }),
      ("projection", projectionSize.map { .count($0) }),
      ("peepholes", hasPeepholes ? .on : nil),
      ("couple-gates", couplesGates ? .on : nil),
      ("normalize", normalizesGates ? .on : nil),
      ("bias", bias == .two ? nil : .word(bias.rawValue)),
      ("gate-clip", gateClip.map { .number($0) }),
      ("cell-clip", cellClip.map { .number($0) }),
      ("projection-clip", projectionClip.map { .number($0) }),
      ("dropout", share(dropout)),
      ("recurrent-dropout", share(recurrentDropout)),
      ("zoneout-hidden", share(zoneoutHidden)),
      ("zoneout-cell", share(zoneoutCell)),
    ]
  }
}

import LSTMCompute
import ResultText

/// Says what network is in a file of weights that is no model.
enum WeightDescription {
  /// Lines for people.
  static func text(_ imported: ImportedNetwork) -> String {
    let specification = imported.network.specification
    var lines = [("network", specification.layersDescription), ("head", head(of: specification))]
    lines += imported.network.parameters.layout.slices.map {
      ("tensor", "\($0.name) [\($0.shape.map(String.init).joined(separator: ", "))]")
    }
    if !imported.leftOut.isEmpty {
      lines.append(("left out", imported.leftOut.joined(separator: ", ")))
    }
    return lines.map { name, text in
      name + String(repeating: " ", count: 12 - name.count) + text + "\n"
    }.joined()
  }

  /// The same for programs.
  static func document(_ imported: ImportedNetwork) -> JSONValue {
    let specification = imported.network.specification
    return .object([
      ("network", .string(specification.layersDescription)),
      ("inputs", .integer(specification.inputSize)),
      ("units", .array(specification.layers.map { .integer($0.hiddenSize) })),
      ("head", .string(specification.head.rawValue)),
      ("outputs", .integer(specification.outputSize)),
      (
        "tensors",
        .object(
          imported.network.parameters.layout.slices.map {
            ($0.name, .array($0.shape.map { .integer($0) }))
          })
      ),
      ("left_out", .array(imported.leftOut.map { .string($0) })),
    ])
  }

  private static func head(of specification: NetworkSpecification) -> String {
    switch specification.head {
    case .none: "none"
    case .lastStep: "\(Findings.count(specification.outputSize, "output")) of the last step"
    case .everyStep: "\(Findings.count(specification.outputSize, "output")) of every step"
    }
  }
}

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What a file says of a model of Keras beside its weights: what `model.to_json()` gives, under any key
/// of the metadata.
struct KerasConfiguration {
  /// A layer as Keras describes it.
  private struct Layer {
    var kind: String
    var configuration: [String: JSON]

    var name: String { configuration["name"]?.text ?? "" }
  }

  /// Layers that change nothing in inference.
  private static let passive: Set = [
    "InputLayer", "Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout",
    "AlphaDropout", "ActivityRegularization", "Masking",
  ]
  private static let recurrent: Set = ["LSTM", "Bidirectional", "RNN"]

  /// In the order in which they are run, where the model is sequential.
  private let layers: [Layer]

  /// The configuration in a file's metadata; `nil` where there is none.
  init?(_ metadata: [String: String]) {
    for (_, text) in metadata.sorted(by: { $0.key < $1.key }) where text.contains("class_name") {
      guard let json = try? JSONDecoder().decode(JSON.self, from: Data(text.utf8)) else { continue }
      let layers = Self.layers(in: json)
      guard layers.contains(where: { Self.recurrent.contains($0.kind) }) else { continue }
      self.layers = layers
      return
    }
    return nil
  }

  /// The layers of a model, those of models within it too.
  private static func layers(in json: JSON) -> [Layer] {
    guard let layer = layer(json) else { return [] }
    guard let inner = layer.configuration["layers"]?.array else { return [layer] }
    return inner.flatMap { layers(in: $0) }
  }

  private static func layer(_ json: JSON?) -> Layer? {
    guard let object = json?.object, let kind = object["class_name"]?.text,
      let configuration = object["config"]?.object
    else { return nil }
    return Layer(kind: kind, configuration: configuration)
  }

  /// What becomes of the two directions of a layer, where that is told.
  ///
  /// - Throws: `LSTMError.invalidFile` where it is what this library has not.
  func merge(of group: LayerGroup) throws(LSTMError) -> BidirectionalMerge? {
    guard
      let layer = layers.first(where: { $0.kind == "Bidirectional" && group.isNamed($0.name) }),
      let mode = layer.configuration["merge_mode"]
    else { return nil }
    guard let merge = mode.text.flatMap(BidirectionalMerge.init(rawValue:)) else {
      throw .invalidFile(
        "the layer '\(layer.name)' puts its directions together by '\(mode.text ?? "none")', says the "
          + "file's metadata; only concat and sum are supported")
    }
    return merge
  }

  /// Throws where layers are not what their weights alone would be taken for.
  ///
  /// - Parameters:
  ///   - groups: The layers to be run.
  ///   - areNamed: Whether the caller has named them, and so has left out what is before and between.
  /// - Throws: `LSTMError.invalidFile`, with the setting.
  func check(_ groups: [LayerGroup], areNamed: Bool) throws(LSTMError) {
    for layer in layers where groups.contains(where: { $0.isNamed(layer.name) }) {
      for (cell, isReverse) in Self.cells(of: layer) {
        try Self.check(cell, of: layer.name, isReverse: isReverse)
      }
    }
    guard !areNamed, let last = layers.lastIndex(where: { Self.recurrent.contains($0.kind) }),
      let other = layers[..<last].first(where: {
        !Self.passive.contains($0.kind) && !Self.recurrent.contains($0.kind)
      })
    else { return }
    throw .invalidFile(
      "the layer '\(other.name)', a \(other.kind), comes before '\(layers[last].name)', says the "
        + "file's metadata, and only LSTM layers are run; name those to be run by --layers, and give "
        + "them what they read")
  }

  /// The descriptions of the LSTMs in a layer, and whether each is the second direction of two.
  private static func cells(of layer: Layer) -> [(cell: Layer, isReverse: Bool)] {
    switch layer.kind {
    case "Bidirectional":
      [("layer", false), ("backward_layer", true)].flatMap { key, isReverse in
        Self.layer(layer.configuration[key]).map { [($0, isReverse)] } ?? []
      }
    case "RNN":
      [layer].map { ($0, false) }
        + inner(layer.configuration["cell"]).map { ($0, false) }
    default: [(layer, false)]
    }
  }

  private static func inner(_ json: JSON?) -> [Layer] {
    guard let cell = layer(json) else { return [] }
    return cell.configuration["cells"]?.array?.compactMap { layer($0) } ?? [cell]
  }

  private static func check(
    _ cell: Layer, of name: String, isReverse: Bool
  ) throws(LSTMError) {
    for (key, expected) in [("activation", "tanh"), ("recurrent_activation", "sigmoid")] {
      guard let value = cell.configuration[key], value.text != expected else { continue }
      throw .invalidFile(
        "the layer '\(name)' has the \(key) '\(value.text ?? "of its own")', says the file's "
          + "metadata; only \(expected) is supported")
    }
    if !isReverse, cell.configuration["go_backwards"]?.flag == true {
      throw .invalidFile(
        "the layer '\(name)' has go_backwards, says the file's metadata, and that is not supported; "
          + "reverse the steps of the input, and make the layer without it")
    }
  }
}

extension LayerGroup {
  /// Whether Keras calls the layer so.
  fileprivate func isNamed(_ layer: String) -> Bool {
    !layer.isEmpty && name.split(separator: "/").contains { $0 == layer }
  }
}

/// Any JSON, as far as it matters here.
private enum JSON: Decodable {
  case object([String: JSON])
  case array([JSON])
  case text(String)
  case flag(Bool)
  case other

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let object = try? container.decode([String: JSON].self) {
      self = .object(object)
    } else if let array = try? container.decode([JSON].self) {
      self = .array(array)
    } else {
      self = .other
    }
  }

  var object: [String: JSON]? { if case .object(let object) = self { object } else { nil } }
  var array: [JSON]? { if case .array(let array) = self { array } else { nil } }
  var text: String? { if case .text(let text) = self { text } else { nil } }
  var flag: Bool? { if case .flag(let flag) = self { flag } else { nil } }
}

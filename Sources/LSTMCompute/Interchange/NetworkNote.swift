#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What an exported file says of its layers, because names and shapes do not: which of them lie on top
/// of each other, and what becomes of two directions.
struct NetworkNote: Codable, Equatable {
  /// The metadata key.
  static let key = "swift_lstm_layers"

  /// The names of the layers from the input on, without those of a decoder.
  var layers: [String]
  /// For each of them what its two directions are put together by; empty where there is one.
  var merges: [String]

  /// The note in a file's metadata; `nil` where there is none.
  ///
  /// - Throws: `LSTMError.invalidFile` where there is one that cannot be read.
  static func read(_ metadata: [String: String]) throws(LSTMError) -> NetworkNote? {
    guard let text = metadata[key] else { return nil }
    guard let note = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)),
      note.layers.count == note.merges.count, !note.layers.isEmpty
    else { throw .invalidFile("the metadata '\(key)' is damaged") }
    return note
  }

  /// The note as it is written.
  var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}

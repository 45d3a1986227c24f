import LSTMCompute

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// What is known of rows, as two lines of JSON: what it is, of which model, and the checksum of the second
/// line, which has all that was known.
package enum StateText {
  private struct Head: Codable {
    var swiftLstmState: Int
    var model: String
    var checksum: String
  }

  private static let version = 1

  /// The two lines.
  ///
  /// - Parameters:
  ///   - body: What is known.
  ///   - model: The checksum of the model.
  /// - Returns: What `decode` reads.
  /// - Throws: What the encoder refuses.
  package static func encode(_ body: some Encodable, model: String) throws -> Data {
    let encoder = JSONEncoder.ofAnyNumbers()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let body = try encoder.encode(body)
    let head = Head(
      swiftLstmState: version, model: model,
      checksum: Checksum.text(of: [:], String(decoding: body, as: UTF8.self)))
    return try encoder.encode(head) + [10] + body + [10]
  }

  /// Reads the two lines.
  ///
  /// - Parameters:
  ///   - type: What is known.
  ///   - data: The lines.
  ///   - path: What messages call them.
  ///   - model: The checksum of the model that goes on from them.
  ///   - remedy: What a message tells to do.
  /// - Returns: What is known.
  /// - Throws: `DetectionError.dataMismatch` where they are something else, of another model or damaged.
  package static func decode<Body: Decodable>(
    _ type: Body.Type, from data: Data, path: String, model: String, remedy: String
  ) throws(DetectionError) -> Body {
    func invalid(_ reason: String) -> DetectionError { .dataMismatch("\(path): \(reason)") }
    let lines = data.split(separator: 10)
    let decoder = JSONDecoder.ofAnyNumbers()
    guard lines.count == 2, let head = try? decoder.decode(Head.self, from: lines[0]) else {
      throw invalid("is no state that was written for rows to come; \(remedy)")
    }
    guard head.swiftLstmState == version else {
      throw invalid("a state of version \(head.swiftLstmState); this version reads \(version)")
    }
    guard head.model == model else {
      throw invalid(
        "the state belongs to another model (of checksum \(head.model), not \(model)); to begin anew "
          + "with this model, \(remedy)")
    }
    guard head.checksum == Checksum.text(of: [:], String(decoding: lines[1], as: UTF8.self)),
      let body = try? decoder.decode(Body.self, from: lines[1])
    else { throw invalid("the state is damaged; remove it to begin anew") }
    return body
  }
}

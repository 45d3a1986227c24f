import LSTMCompute
package import TimeSeries

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What is kept between two runs of a detector, as a file.
///
/// Two lines of JSON: what it is, of which model, and the checksum of the second line, which has all that
/// was known.
package struct LiveFile {
  /// The checksum of the model.
  package var model: String
  /// What was found out of the lines that were read.
  package var form: LiveReader.Form
  /// What the detector knows.
  package var detector: LiveDetector.State

  /// What is in a file.
  package init(model: String, form: LiveReader.Form, detector: LiveDetector.State) {
    self.model = model
    self.form = form
    self.detector = detector
  }

  private struct Head: Codable {
    var swiftLstmState: Int
    var model: String
    var checksum: String
  }

  private struct Body: Codable {
    var form: LiveReader.Form
    var detector: LiveDetector.State
  }

  private static let version = 1

  /// Writes the file in one go, so that it is the old one or the new one at any moment.
  ///
  /// - Parameter path: Where to.
  /// - Throws: `LSTMError.fileSystem` where it cannot be written.
  package func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Such as of a value that was missing.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let body = try encoder.encode(Body(form: form, detector: detector))
    let head = Head(
      swiftLstmState: Self.version, model: model,
      checksum: Checksum.text(of: [:], String(decoding: body, as: UTF8.self)))
    try AtomicFile.write(try encoder.encode(head) + [10] + body + [10], to: path)
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - model: The checksum of the model that goes on from it.
  /// - Throws: `DetectionError.dataMismatch` where it is no such file, of another model or damaged;
  ///   `LSTMError.fileSystem` where it cannot be read.
  package init(path: String, model: String) throws {
    func invalid(_ reason: String) -> DetectionError { .dataMismatch("\(path): \(reason)") }
    let lines = try AtomicFile.read(path).split(separator: 10)
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard lines.count == 2, let head = try? decoder.decode(Head.self, from: lines[0]) else {
      throw invalid("is no state that watch has written; remove it, or give --state another file")
    }
    guard head.swiftLstmState == Self.version else {
      throw invalid("a state of version \(head.swiftLstmState); this version reads \(Self.version)")
    }
    guard head.model == model else {
      throw invalid(
        "the state belongs to another model (of checksum \(head.model), not \(model)); remove it to begin "
          + "anew with this model, or give --state another file")
    }
    guard head.checksum == Checksum.text(of: [:], String(decoding: lines[1], as: UTF8.self)),
      let body = try? decoder.decode(Body.self, from: lines[1])
    else { throw invalid("the state is damaged; remove it to begin anew") }
    self.model = model
    (form, detector) = (body.form, body.detector)
  }
}

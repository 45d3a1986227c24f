import AnomalyDetection
import LSTMCompute
import ResultText

/// The list of a run's files, by which a reader sees that they belong together and are whole.
struct Manifest {
  /// Its file in the folder of the results.
  static let name = "manifest.json"

  /// One file of the set.
  struct Entry {
    /// Relative to the manifest's folder, or as it was given where it lies elsewhere.
    var name: String
    /// The number of bytes.
    var size: Int
    /// The SHA-256, in hexadecimal digits.
    var checksum: String
  }

  /// What has made the files.
  var command: String
  var entries: [Entry]
  /// 128 random bits, which no other run has.
  var run = (0..<2).map { _ in
    let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }.joined()

  var document: JSONValue {
    .object([
      ("run", .string(run)), ("version", .string(LibraryVersion.current)),
      ("command", .string(command)),
      (
        "files",
        .array(
          entries.map {
            .object([
              ("name", .string($0.name)), ("bytes", .integer($0.size)),
              ("sha256", .string($0.checksum)),
            ])
          })
      ),
    ])
  }
}

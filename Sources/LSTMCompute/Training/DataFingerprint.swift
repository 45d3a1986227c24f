/// By what the data of a training are known again.
public struct DataFingerprint: Hashable, Sendable, Codable {
  /// `T`, the number of rows in a window.
  public let steps: Int
  /// The number of target rows that belong to a window.
  public let horizon: Int
  /// The number of input columns.
  public let inputSize: Int
  /// The number of target columns.
  public let targetSize: Int
  /// The number of input rows.
  public let rows: Int
  /// The number of windows that are trained on.
  public let trainingWindows: Int
  /// The number of windows held out.
  public let validationWindows: Int
  /// The checksum of the inputs, the targets, their weights, the missing rows and the windows.
  public let checksum: String

  /// The fingerprint of a series and the windows of it.
  ///
  /// - Parameters:
  ///   - training: The series and the windows that are trained on.
  ///   - validation: Windows of the same series that are held out.
  public init(_ training: WindowedSeries, validation: [Window]) {
    steps = training.steps
    horizon = training.horizon
    inputSize = training.inputSize
    targetSize = training.targetSize
    rows = training.inputs.count / training.inputSize
    trainingWindows = training.windows.count
    validationWindows = validation.count
    var sum = training.checksum
    validation.withUnsafeBytes { sum.add($0) }
    checksum = sum.text
  }

  /// Throws where other data are not these, saying what is different.
  func check(_ other: DataFingerprint) throws(LSTMError) {
    let numbers = [
      ("steps in a window", steps, other.steps),
      ("target rows of a window", horizon, other.horizon),
      ("input columns", inputSize, other.inputSize),
      ("target columns", targetSize, other.targetSize), ("rows", rows, other.rows),
      ("windows to train on", trainingWindows, other.trainingWindows),
      ("windows held out", validationWindows, other.validationWindows),
    ]
    if let (what, ours, theirs) = numbers.first(where: { $0.1 != $0.2 }) {
      throw .shapeMismatch(
        "the checkpoint is of other data: of \(ours) \(what), not \(theirs)")
    }
    guard checksum == other.checksum else {
      throw .shapeMismatch("the checkpoint is of other data: of the same shape, but other values")
    }
  }
}

extension WindowedSeries {
  /// The checksum of the inputs, the targets, their weights, the missing rows and the windows.
  var checksum: Checksum {
    var sum = Checksum()
    inputs.withUnsafeBytes { sum.add($0) }
    targets.withUnsafeBytes { sum.add($0) }
    targetWeights?.withUnsafeBytes { sum.add($0) }
    rowMask?.withUnsafeBytes { sum.add($0) }
    windows.withUnsafeBytes { sum.add($0) }
    return sum
  }
}

/// A checksum over 64-bit words, little-endian, the last one filled up with zeros, with the number of
/// bytes as one more word after each piece.
///
/// It starts at FNV's offset; for each word w, s ← (s xor w) · FNV's prime, then s ← s xor (s >> 32),
/// without which changes of the highest bits of two words would cancel out. A change within one word
/// always changes it; it is no protection against intent.
package struct Checksum {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  /// Adds a piece.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    let whole = bytes.count / 8 * 8
    for offset in stride(from: 0, to: whole, by: 8) {
      add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
    }
    if whole < bytes.count {
      var word: UInt64 = 0
      for (index, byte) in bytes[whole...].enumerated() { word |= UInt64(byte) << (8 * index) }
      add(word)
    }
    add(UInt64(bytes.count))
  }

  private mutating func add(_ word: UInt64) {
    value = (value ^ word) &* 0x100_0000_01B3
    value ^= value >> 32
  }

  /// The checksum of some bytes.
  package static func text(of bytes: UnsafeRawBufferPointer) -> String {
    var sum = Checksum()
    sum.add(bytes)
    return sum.text
  }

  /// The checksum of tensors, in the order of their names, and a document about them.
  package static func text(
    of tensors: [String: SafetensorsFile.Tensor], _ document: String
  ) -> String {
    var sum = Checksum()
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      Array(name.utf8).withUnsafeBytes { sum.add($0) }
      tensor.bytes.withUnsafeBytes { sum.add($0) }
    }
    Array(document.utf8).withUnsafeBytes { sum.add($0) }
    return sum.text
  }

  /// Sixteen hexadecimal digits.
  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// Built programs on disk, each in a file of its own that is named by a hash of its key.
///
/// A file has the whole key, so that two keys with one hash are told apart, and a checksum, so that
/// a driver is never handed half a program:
///
///     magic [24] | key length, binary length: UInt64 | checksum: UInt128 | key | binary
///
/// with numbers in little-endian order and the checksum over key and binary.
package struct ProgramCache: Sendable {
  private static let magic = Array("swift-lstm program 1\n\n\n\n".utf8)
  private static let headerSize = magic.count + 32

  private let folder: CacheFolder

  /// The programs of a cache.
  package init(_ folder: CacheFolder) {
    self.folder = folder.folder("programs")
  }

  /// The user's; nothing is kept of PoCL's.
  ///
  /// PoCL compiles a kernel when it is first launched, for the work-groups it has then, and keeps the
  /// result itself. Who asks it for a binary has every kernel compiled for work-groups of any size as
  /// well, which takes several times as long.
  package static func standard(for device: Device) -> ProgramCache {
    ProgramCache(device.isPoCL ? CacheFolder(nil) : .standard)
  }

  /// The binary that was stored for a key; `nil` where there is none that can be trusted.
  func binary(for key: String) -> [UInt8]? {
    guard let path = path(of: key), let file = CacheFolder.read(path),
      file.count > Self.headerSize, file.starts(with: Self.magic)
    else { return nil }
    let numbers = file[Self.magic.count..<Self.headerSize]
    let keyLength = Self.number(numbers.prefix(8), as: UInt64.self)
    let binaryLength = Self.number(numbers.dropFirst(8).prefix(8), as: UInt64.self)
    let contents = file[Self.headerSize...]
    let length = keyLength.addingReportingOverflow(binaryLength)
    guard !length.overflow, length.partialValue == UInt64(contents.count), binaryLength > 0,
      contents.prefix(Int(keyLength)).elementsEqual(key.utf8),
      Self.number(numbers.suffix(16), as: UInt128.self) == Fingerprint.of(contents)
    else { return nil }
    return Array(contents.dropFirst(Int(keyLength)))
  }

  /// Stores a binary, or leaves it where that is not possible; only where it is, the driver is asked
  /// for one.
  func store(_ binary: @autoclosure () -> [UInt8]?, for key: String) {
    guard let path = path(of: key), folder.make(), let binary = binary() else { return }
    let contents = Array(key.utf8) + binary
    let header =
      Self.magic + Self.bytes(UInt64(key.utf8.count)) + Self.bytes(UInt64(binary.count))
      + Self.bytes(Fingerprint.of(contents))
    CacheFolder.write(header + contents, to: path)
  }

  /// Where the program of a key is; `nil` where nothing is kept.
  func path(of key: String) -> String? {
    folder.file(Fingerprint.name(of: key) + ".bin")
  }

  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  private static func number<Number: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, as type: Number.Type
  ) -> Number {
    bytes.reversed().reduce(0) { $0 << 8 | Number($1) }
  }
}

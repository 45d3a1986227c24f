#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The bytes of a table, in pieces, as often as they are needed.
///
/// A plain file is read from the disk each time, so that it need not fit into memory; what can be
/// read only once, is compressed or in UTF-16 is kept.
struct ByteSource {
  /// Small enough that a few of them at once do not matter, large enough to keep a core busy.
  static let pieceSize = 1 << 18

  private enum Origin {
    case file
    case memory([UInt8])
  }

  /// What messages call it.
  let path: String
  /// The number of bytes, as far as it is known.
  let expectedBytes: Int
  /// Whether the file has one JSON object a line, and no header.
  let isJSON: Bool
  private let origin: Origin
  private let pieceSize: Int

  /// Bytes that are already there.
  init(path: String, bytes: [UInt8], pieceSize: Int = pieceSize) throws(TimeSeriesError) {
    self.path = path
    self.pieceSize = pieceSize
    var bytes = try TextEncoding.decoded(try FileKind.unpacked(bytes, of: path), of: path)
    isJSON = JSONLines.isJSON(bytes)
    if isJSON { bytes = try JSONLines.csv(bytes, of: path) }
    expectedBytes = bytes.count
    origin = .memory(bytes)
  }

  /// A file, of which the start is looked at.
  init(path: String) throws(TimeSeriesError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw TimeSeriesError(
        file: path,
        reason: errno == ENOENT ? "there is no such file" : "the file may not be read")
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw TimeSeriesError(file: path, reason: "expected a file, found a folder")
    }
    let isFile = status.st_mode & S_IFMT == S_IFREG
    var start: [UInt8] = []
    if isFile {
      try Self.read(path) { bytes in
        start = bytes
        return false
      }
    }
    guard isFile, FileKind(start) == nil, !TextEncoding.isUTF16(start),
      !JSONLines.isJSON(start)
    else {
      var all: [UInt8] = []
      all.reserveCapacity(Int(status.st_size))
      try Self.read(path) { bytes in
        all += bytes
        return true
      }
      try self.init(path: path, bytes: all)
      return
    }
    self.init(path: path, size: Int(status.st_size))
  }

  /// A file that is read from the disk each time.
  private init(path: String, size: Int) {
    self.path = path
    pieceSize = Self.pieceSize
    expectedBytes = size
    isJSON = false
    origin = .file
  }

  /// Calls a body with the pieces, in order, until it returns `false`.
  func forEachPiece(
    _ body: ([UInt8]) throws(TimeSeriesError) -> Bool
  ) throws(TimeSeriesError) {
    switch origin {
    case .file: try Self.read(path, body)
    case .memory(let bytes):
      for start in stride(from: 0, to: bytes.count, by: pieceSize) {
        guard try body(Array(bytes[start..<min(start + pieceSize, bytes.count)])) else { return }
      }
    }
  }

  private static func read(
    _ path: String, _ body: ([UInt8]) throws(TimeSeriesError) -> Bool
  ) throws(TimeSeriesError) {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw TimeSeriesError(file: path, reason: "the file may not be read") }
    defer { close(file) }
    while true {
      var code: Int32 = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, count in
        while count < pieceSize {
          let step = systemRead(file, buffer.baseAddress.map { $0 + count }, pieceSize - count)
          if step < 0, errno == EINTR { continue }
          if step < 0 { code = errno }
          guard step > 0 else { return }
          count += step
        }
      }
      guard code == 0 else {
        throw TimeSeriesError(
          file: path, reason: "the file cannot be read: \(String(cString: strerror(code)))")
      }
      guard !bytes.isEmpty, try body(bytes) else { return }
    }
  }
}

/// `read(2)`, under a name that the method does not hide.
private func systemRead(_ file: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(file, bytes, count)
}

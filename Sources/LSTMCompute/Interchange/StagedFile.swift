import Glibc

/// A file or folder that could not be made or written, and why.
struct OutputError: Error, CustomStringConvertible {
  var description: String

  init(_ what: String, _ path: String, code: Int32 = errno) {
    description = "\(what) '\(path)': \(String(cString: strerror(code)))"
  }
}

/// A file that appears under its own name only when all of it has been written.
///
/// Until `commit` it lies beside its place under another name; where `commit` is not reached, it is
/// removed and what was there before is untouched.
final class StagedFile {
  /// Where the file will be.
  let path: String
  /// Where it is until then.
  let temporaryPath: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  private var isCommitted = false

  /// Makes an empty file beside its later place.
  init(_ path: String) throws(OutputError) {
    var isFolder = stat()
    if stat(path, &isFolder) == 0, isFolder.st_mode & S_IFMT == S_IFDIR {
      throw OutputError("cannot write", path, code: EISDIR)
    }
    self.path = path
    let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    temporaryPath = "\(path[..<cut]).\(path[cut...]).\(getpid()).tmp"
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw OutputError("cannot write", path) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if !isCommitted { unlink(temporaryPath) }
  }

  /// Adds to the file.
  func write(_ text: String) throws(OutputError) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= 1 << 16 { try flush() }
  }

  /// Gives the file its own name.
  func commit() throws(OutputError) {
    try flush()
    let result = close(descriptor)
    descriptor = -1
    guard result == 0, rename(temporaryPath, path) == 0 else {
      throw OutputError("cannot write", path)
    }
    isCommitted = true
  }

  private func flush() throws(OutputError) {
    var start = 0
    while start < buffer.count {
      let count = buffer.withUnsafeBytes { bytes in
        Glibc.write(descriptor, bytes.baseAddress?.advanced(by: start), bytes.count - start)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw OutputError("cannot write", path)
      }
      start += count
    }
    buffer.removeAll(keepingCapacity: true)
  }
}

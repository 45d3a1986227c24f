#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A file that appears under its own name only when all of it has been written.
///
/// Until `commit` it lies beside its place under another name; where `commit` is not reached, it is
/// removed and what was there before is untouched. A path that leads to a pipe or a character
/// device is written straight into, because neither can be replaced.
package final class StagedFile {
  /// Where the file will be.
  package let path: String
  /// Where it is until then; `nil` where it is written straight.
  package let temporaryPath: String?
  private let destination: FileDestination
  private var descriptor: Int32 = -1
  private var buffer: [UInt8] = []
  private var isCommitted = false

  /// Makes an empty file beside its later place.
  ///
  /// A pipe is opened with the first bytes for it: opening one waits for its reader, and closing it
  /// is its end.
  ///
  /// - Parameters:
  ///   - path: Where the file will be.
  ///   - temporaryName: Its name until then; one of this process where none is given.
  /// - Throws: `LSTMError.fileSystem` where the path cannot be written to.
  package init(_ path: String, temporaryName: String? = nil) throws(LSTMError) {
    self.path = path
    destination = try FileDestination(path)
    switch destination {
    case .stream:
      temporaryPath = nil
    case .file(let place):
      let folder = FileDestination.parts(of: place).folder
      let (temporary, file) = Self.makeFile(in: folder, name: temporaryName)
      temporaryPath = temporary
      descriptor = file
      guard descriptor >= 0 else {
        // What is there is somebody else's.
        isCommitted = true
        throw .cannotWrite(path)
      }
      // A file that is replaced stays as private as it was.
      var status = stat()
      if stat(place, &status) == 0 { fchmod(descriptor, status.st_mode & 0o7777) }
    }
  }

  /// A new file, which nobody else has.
  ///
  /// - Parameters:
  ///   - folder: Where it lies.
  ///   - name: Its name, where only the caller can have left one of this name; one that is free
  ///     otherwise.
  /// - Returns: Its path, and its descriptor, below 0 with `errno` where it cannot be made.
  private static func makeFile(in folder: String, name: String?) -> (String, Int32) {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    if let name {
      unlink(folder + name)
      return (folder + name, open(folder + name, flags, 0o666))
    }
    var number = 0
    while true {
      let path = folder + ".swift-lstm-\(getpid())-\(number).tmp"
      let descriptor = open(path, flags, 0o666)
      if descriptor >= 0 || errno != EEXIST { return (path, descriptor) }
      number += 1
    }
  }

  /// Finds out whether a path can be written to, and leaves everything as it is.
  ///
  /// - Throws: `LSTMError.fileSystem` where it cannot.
  package static func check(_ path: String) throws(LSTMError) {
    _ = try StagedFile(path)
  }

  deinit { discard() }

  /// Adds to the file.
  package func write(_ text: String) throws(LSTMError) {
    try write(bytes: text.utf8)
  }

  /// Adds to the file.
  package func write(bytes: some Sequence<UInt8>) throws(LSTMError) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= 1 << 16 { try flush() }
  }

  /// Gives the file its own name.
  package func commit() throws(LSTMError) {
    try flush()
    switch destination {
    case .stream:
      let result = descriptor < 0 ? 0 : close(descriptor)
      descriptor = -1
      guard result == 0 else { throw .cannotWrite(path) }
    case .file(let place):
      let isSynced = fsync(descriptor) == 0
      let code = errno
      let isClosed = close(descriptor) == 0
      descriptor = -1
      if !isSynced { errno = code }
      guard isSynced, isClosed, rename(temporaryPath ?? place, place) == 0 else {
        throw .cannotWrite(path)
      }
      Self.syncFolder(of: place)
    }
    isCommitted = true
  }

  /// Takes back what has not been committed.
  package func discard() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    if !isCommitted, let temporaryPath { unlink(temporaryPath) }
  }

  /// Lets a rename outlive a power failure.
  ///
  /// The new file is there already, so that a file system
  /// that cannot do this for a folder is no error.
  private static func syncFolder(of place: String) {
    let folder = FileDestination.parts(of: place).folder
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private func flush() throws(LSTMError) {
    if descriptor < 0, !buffer.isEmpty {
      descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
      guard descriptor >= 0 else { throw .cannotWrite(path) }
    }
    var start = 0
    while start < buffer.count {
      let count = buffer.withUnsafeBytes { bytes in
        systemWrite(descriptor, bytes.baseAddress?.advanced(by: start), bytes.count - start)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw .cannotWrite(path)
      }
      start += count
    }
    buffer.removeAll(keepingCapacity: true)
  }
}

/// What a path that is to be written leads to.
enum FileDestination {
  /// A regular file or a name that is free, at this path, which is no link.
  case file(String)
  /// A pipe or a character device.
  case stream

  init(_ path: String) throws(LSTMError) {
    var status = stat()
    if stat(path, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFREG: break
      case S_IFCHR, S_IFIFO:
        guard access(path, W_OK) == 0 else { throw .cannotWrite(path) }
        self = .stream
        return
      case S_IFDIR: throw .cannotWrite(path, code: EISDIR)
      default:
        throw .fileSystem(
          "\(path): cannot be written: it is neither a file nor a pipe nor a character device")
      }
    }
    self = .file(try Self.following(path))
  }

  /// The folder of a path, with the slash at its end and empty where there is none, and the name.
  static func parts(of path: String) -> (folder: String, name: String) {
    let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    return (String(path[..<cut]), String(path[cut...]))
  }

  /// The path that symbolic links at the end of a path lead to, which need not exist.
  private static func following(_ path: String) throws(LSTMError) -> String {
    var path = path
    for _ in 0..<40 {
      var target = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(path, &target, target.count)
      guard count >= 0 else { return path }
      let name = String(decoding: target.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
      let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
      path = name.hasPrefix("/") ? name : folder + name
    }
    throw .cannotWrite(path, code: ELOOP)
  }
}

extension LSTMError {
  /// A path that cannot be written, and what the operating system says of it.
  static func cannotWrite(_ path: String, code: Int32 = errno) -> LSTMError {
    .fileSystem("\(path): cannot be written: \(String(cString: strerror(code)))")
  }
}

/// `write(2)`, under a name that the methods do not hide.
private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(file, bytes, count)
}

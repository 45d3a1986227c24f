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
  /// The number of bytes written so far.
  package private(set) var size = 0
  /// The SHA-256 of the bytes, as 64 hexadecimal digits; `nil` where it was not asked for.
  package var checksum: String? { digest?.text }
  private let destination: FileDestination
  private var digest: SHA256?
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
  ///   - hasChecksum: Whether `checksum` will be asked for.
  /// - Throws: `LSTMError.fileSystem` where the path cannot be written to.
  package init(_ path: String, hasChecksum: Bool = false) throws(LSTMError) {
    self.path = path
    digest = hasChecksum ? SHA256() : nil
    destination = try FileDestination(path)
    switch destination {
    case .stream:
      temporaryPath = nil
    case .file(let place):
      // A name that is too long would only be found out by the last call of all.
      var status = stat()
      let isThere = lstat(place, &status) == 0
      guard isThere || errno == ENOENT else { throw .cannotWrite(path) }
      let (temporary, file) = TemporaryFiles.make(in: FileDestination.parts(of: place).folder)
      temporaryPath = temporary
      descriptor = file
      guard descriptor >= 0 else {
        // What is there is somebody else's.
        isCommitted = true
        throw .cannotWrite(path)
      }
      // A file that is replaced stays as private as it was.
      if isThere { fchmod(descriptor, status.st_mode & 0o7777) }
    }
  }

  /// Finds out whether a path can be written to, and leaves everything as it is.
  ///
  /// - Parameters:
  ///   - path: The path.
  ///   - size: How many bytes there must be room for.
  /// - Throws: `LSTMError.fileSystem` where it cannot.
  package static func check(_ path: String, size: Int = 0) throws(LSTMError) {
    try StagedFile(path).reserve(size)
  }

  deinit { discard() }

  /// Finds out whether there is room for so many bytes, by asking for them.
  ///
  /// - Throws: `LSTMError.fileSystem` where there is none: the disk is full, or a quota or the shell's
  ///   `ulimit -f` is reached.
  package func reserve(_ size: Int) throws(LSTMError) {
    guard descriptor >= 0, size > 0, case .file = destination else { return }
    #if canImport(Darwin)
      let code = EOPNOTSUPP
    #else
      let code = posix_fallocate(descriptor, 0, off_t(size))
    #endif
    switch code {
    case 0, EINTR: break
    case EINVAL, EOPNOTSUPP, ENOSYS:
      var space = statvfs()
      guard fstatvfs(descriptor, &space) == 0 else { return }
      let (free, overflow) = UInt64(space.f_bavail).multipliedReportingOverflow(
        by: UInt64(space.f_frsize))
      guard overflow || UInt64(size) <= free else { throw .noRoom(path, size, code: ENOSPC) }
    default: throw .noRoom(path, size, code: code)
    }
  }

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
    try Self.commit([self])
  }

  /// Gives some files their own names.
  ///
  /// All of them are written and synced first: as long as that can fail, none has its name.
  ///
  /// - Throws: `LSTMError.fileSystem` for the first one that cannot be had.
  package static func commit(_ files: [StagedFile]) throws(LSTMError) {
    for file in files { try file.seal() }
    for file in files { try file.publish() }
    var folders: Set<String> = []
    for case .file(let place) in files.map(\.destination) {
      folders.insert(FileDestination.parts(of: place).folder)
    }
    for folder in folders { syncFolder(folder) }
  }

  /// Gives the file its own name without waiting for the disk: it outlasts the process, and a power cut only
  /// once the system has written it.
  ///
  /// - Throws: `LSTMError.fileSystem` where it cannot be written.
  package func commitUnsynced() throws(LSTMError) {
    try flush()
    try publish()
  }

  /// Brings everything written so far to the disk.
  package func seal() throws(LSTMError) {
    try flush()
    guard case .file = destination else { return }
    guard fsync(descriptor) == 0 else { throw .cannotWrite(path) }
  }

  /// Takes back what has not been committed.
  package func discard() {
    if !isCommitted, let temporaryPath { unlink(temporaryPath) }
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  private func publish() throws(LSTMError) {
    if case .file(let place) = destination {
      guard rename(temporaryPath ?? place, place) == 0 else { throw .cannotWrite(path) }
    }
    isCommitted = true
    let result = descriptor < 0 ? 0 : close(descriptor)
    descriptor = -1
    guard result == 0 else { throw .cannotWrite(path) }
  }

  /// Lets a rename outlive a power failure.
  ///
  /// The new file is there already, so that a file system
  /// that cannot do this for a folder is no error.
  private static func syncFolder(_ folder: String) {
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
    buffer.withUnsafeBytes { digest?.add($0) }
    size += buffer.count
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

extension LSTMError {
  fileprivate static func noRoom(_ path: String, _ size: Int, code: Int32) -> LSTMError {
    .fileSystem(
      "\(path): cannot be written: there is no room for about \(max(1, size >> 10)) KiB: "
        + String(cString: strerror(code)))
  }
}

/// `write(2)`, under a name that the methods do not hide.
private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(file, bytes, count)
}

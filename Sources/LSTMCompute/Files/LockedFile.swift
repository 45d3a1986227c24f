#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A file that is replaced again and again, by one writer at a time.
///
/// The writer holds a lock on a hidden file beside it, which the system takes back however the
/// process ends, so that a second writer is refused.
final class LockedFile {
  /// Where the file is.
  let path: String
  /// The same without symbolic links.
  private let place: String
  private let lock: LockFile

  /// Locks a path, at which there need not be a file.
  ///
  /// - Throws: `LSTMError.fileSystem` where it cannot be written, is no regular file, or another
  ///   writer has it.
  init(_ path: String) throws(LSTMError) {
    guard case .file(let place) = try FileDestination(path) else {
      throw .fileSystem("\(path): cannot be written again and again: it is not a regular file")
    }
    self.path = path
    self.place = place
    lock = try LockFile(for: place, of: path)
    try StagedFile.check(place)
  }

  /// Replaces the file in one go.
  ///
  /// - Throws: `LSTMError.fileSystem` where it cannot be written; the old file is then untouched.
  func write(_ bytes: Data) throws(LSTMError) { try AtomicFile.write(bytes, to: place) }
}

/// The hidden file that whoever writes a file has locked.
///
/// It is called `.swift-lstm-CHECKSUM.lock` after the checksum of the file's name and has a line that
/// says what it is. A file of that name without this line is somebody else's: it is locked, and stays.
private final class LockFile {
  private static let mark = "The lock of a file that swift-lstm writes.\n"
  private let path: String
  private let descriptor: Int32
  private let isOurs: Bool

  init(for place: String, of path: String) throws(LSTMError) {
    let (folder, name) = FileDestination.parts(of: place)
    var sum = Checksum()
    Array(name.utf8).withUnsafeBytes { sum.add($0) }
    self.path = "\(folder).swift-lstm-\(sum.text).lock"
    (descriptor, isOurs) = try Self.lock(self.path, for: path)
  }

  deinit {
    // Before the lock goes: whoever has opened the file meanwhile finds that it has no name.
    if isOurs { unlink(path) }
    close(descriptor)
  }

  private static func lock(
    _ lockPath: String, for path: String
  ) throws(LSTMError) -> (descriptor: Int32, isOurs: Bool) {
    let flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    while true {
      var isNew = true
      var descriptor = open(lockPath, O_RDWR | O_CREAT | O_EXCL | flags, 0o666)
      if descriptor < 0, errno == EEXIST {
        isNew = false
        descriptor = open(lockPath, O_RDONLY | flags)
        if descriptor < 0, errno == ENOENT { continue }
      }
      guard descriptor >= 0 else {
        if isNew { throw .cannotWrite(path) }
        throw .fileSystem(
          "\(path): cannot be locked: '\(lockPath)' is in the way: "
            + String(cString: strerror(errno)))
      }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let code = errno
        close(descriptor)
        if code == EINTR { continue }
        if code == EWOULDBLOCK {
          throw .fileSystem("\(path): another training is writing to it")
        }
        throw .cannotWrite(path, code: code)
      }
      // The one who had it may have removed it between the two calls.
      var ours = stat()
      var named = stat()
      if fstat(descriptor, &ours) == 0, lstat(lockPath, &named) == 0, ours.st_ino == named.st_ino,
        ours.st_dev == named.st_dev
      {
        return (descriptor, isNew ? mark(descriptor) : isMarked(descriptor))
      }
      close(descriptor)
    }
  }

  /// Writes the line; the lock holds without it, as on a full disk.
  private static func mark(_ descriptor: Int32) -> Bool {
    _ = mark.withCString { write(descriptor, $0, strlen($0)) }
    return true
  }

  private static func isMarked(_ descriptor: Int32) -> Bool {
    var bytes = [UInt8](repeating: 0, count: mark.utf8.count + 1)
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    // Whoever was killed before the line was written has left nothing in it.
    return count == 0 || count > 0 && bytes.prefix(count).elementsEqual(mark.utf8)
  }
}

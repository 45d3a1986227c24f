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
/// process ends. So a second writer is refused, and what one that was killed has left under the
/// temporary name is written over by the next.
final class LockedFile {
  /// Where the file is.
  let path: String
  /// The same without symbolic links.
  private let place: String
  private let lockPath: String
  private let descriptor: Int32

  /// Locks a path, at which there need not be a file.
  ///
  /// - Throws: `LSTMError.fileSystem` where it cannot be written, is no regular file, or another
  ///   writer has it.
  init(_ path: String) throws(LSTMError) {
    guard case .file(let place) = try FileDestination(path) else {
      throw .fileSystem("\(path): cannot be written again and again: it is not a regular file")
    }
    let (folder, name) = FileDestination.parts(of: place)
    self.path = path
    self.place = place
    lockPath = "\(folder).\(name).lock"
    descriptor = try Self.lock(lockPath, for: path)
  }

  deinit {
    // Before the lock goes: whoever has opened the file meanwhile finds that it has no name.
    unlink(lockPath)
    close(descriptor)
  }

  /// Replaces the file in one go.
  ///
  /// - Throws: `LSTMError.fileSystem` where it cannot be written; the old file is then untouched.
  func write(_ bytes: Data) throws(LSTMError) {
    let file = try StagedFile(
      place, temporaryName: ".\(FileDestination.parts(of: place).name).tmp")
    try file.write(bytes: bytes)
    try file.commit()
  }

  private static func lock(_ lockPath: String, for path: String) throws(LSTMError) -> Int32 {
    while true {
      let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw .cannotWrite(path) }
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
      if fstat(descriptor, &ours) == 0, stat(lockPath, &named) == 0, ours.st_ino == named.st_ino,
        ours.st_dev == named.st_dev
      {
        return descriptor
      }
      close(descriptor)
    }
  }
}

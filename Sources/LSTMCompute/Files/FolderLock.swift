#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A folder that one process at a time writes its results into.
///
/// The lock is on the folder itself, so that it leaves no file behind and ends with the process.
package final class FolderLock {
  /// Why the file system has no such locks, where that is so.
  package private(set) var refusal: String?
  private let descriptor: Int32

  /// Locks a folder; `nil` where it does not exist, or another process has just removed it.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - taken: What is said where another process has it.
  /// - Throws: `LSTMError.fileSystem` where another process has it, or it cannot be read.
  package init?(
    _ path: String,
    taken: String = "another run is writing into this folder; wait for its end, or give --output "
      + "another folder"
  ) throws(LSTMError) {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw .cannotWrite(path)
    }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK:
        throw .fileSystem("\(path): \(taken)")
      default:
        refusal = String(cString: strerror(errno))
        return
      }
    }
    var ours = stat()
    var named = stat()
    guard fstat(descriptor, &ours) == 0, stat(path, &named) == 0, ours.st_ino == named.st_ino,
      ours.st_dev == named.st_dev
    else { return nil }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}

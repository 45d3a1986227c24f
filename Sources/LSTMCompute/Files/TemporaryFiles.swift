#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif
internal import Synchronization

/// The files that lie beside their places until they are complete.
///
/// Whoever writes one holds a lock on it, which the system takes back however the process ends. So
/// one that nobody has locked is what a process that was killed has left, in whichever container or
/// on whichever machine it ran, and the next writer in that folder takes it away.
enum TemporaryFiles {
  private static let prefix = ".swift-lstm-"
  private static let suffix = ".tmp"
  /// The folders that were looked through already.
  private static let seen = Mutex<Set<String>>([])

  /// Makes a file of a name that nobody has, and locks it.
  ///
  /// - Parameter folder: Where it lies: with a slash at its end, or empty for the current folder.
  /// - Returns: Its path, and its descriptor, below 0 with `errno` where it cannot be made.
  static func make(in folder: String) -> (path: String, descriptor: Int32) {
    removeAbandoned(in: folder)
    var number = 0
    while true {
      let path = "\(folder)\(prefix)\(getpid())-\(number)\(suffix)"
      number += 1
      let descriptor = open(
        path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
      if descriptor < 0 {
        if errno == EEXIST { continue }
        return (path, descriptor)
      }
      // Who cleaned up between the two calls has taken it for one that was left, and it has no name.
      var status = stat()
      if lock(descriptor), fstat(descriptor, &status) == 0, status.st_nlink == 0 {
        close(descriptor)
        continue
      }
      return (path, descriptor)
    }
  }

  /// Takes away what processes that ended by force have left in a folder, once in this process.
  private static func removeAbandoned(in folder: String) {
    guard seen.withLock({ $0.insert(folder).inserted }),
      let entries = opendir(folder.isEmpty ? "." : folder)
    else { return }
    defer { closedir(entries) }
    while let entry = readdir(entries) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if isTemporary(name) { removeIfAbandoned(folder + name) }
    }
  }

  /// Whether a name is `.swift-lstm-PROCESS-NUMBER.tmp`.
  private static func isTemporary(_ name: String) -> Bool {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return false }
    let numbers = name.dropFirst(prefix.count).dropLast(suffix.count)
      .split(separator: "-", omittingEmptySubsequences: false)
    return numbers.count == 2 && numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNumber) }
  }

  private static func removeIfAbandoned(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid(), lock(descriptor)
    else { return }
    unlink(path)
  }

  /// Whether the lock on a file could be had at once.
  private static func lock(_ descriptor: Int32) -> Bool {
    flock(descriptor, LOCK_EX | LOCK_NB) == 0
  }
}

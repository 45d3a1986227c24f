#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// What a path that is to be written leads to.
package enum FileDestination {
  /// A regular file or a name that is free, at this path, which is no link.
  case file(String)
  /// A pipe or a character device.
  case stream

  /// Finds out where a path leads.
  ///
  /// - Throws: `LSTMError.fileSystem` where it cannot be written.
  package init(_ path: String) throws(LSTMError) {
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
  package static func parts(of path: String) -> (folder: String, name: String) {
    let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    return (String(path[..<cut]), String(path[cut...]))
  }

  /// The path that symbolic links at the end of a path lead to, which need not exist.
  ///
  /// - Throws: `LSTMError.fileSystem` where they go in a circle, or to a name that is not UTF-8, which
  ///   a `String` cannot hold.
  package static func following(_ path: String) throws(LSTMError) -> String {
    var path = path
    for _ in 0..<40 {
      var target = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(path, &target, target.count)
      guard count >= 0 else { return path }
      let bytes = target.prefix(count).map(UInt8.init(bitPattern:))
      guard let name = String(validating: bytes, as: UTF8.self) else {
        throw .fileSystem("\(path): cannot be written: the link leads to a name that is not UTF-8")
      }
      path = name.hasPrefix("/") ? name : parts(of: path).folder + name
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

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Whole files, read at once and replaced as a whole.
package enum AtomicFile {
  /// Reads a file.
  ///
  /// - Throws: `LSTMError.fileSystem` where it cannot be read.
  package static func read(_ path: String) throws(LSTMError) -> Data {
    // Foundation's errors tell less than those of the operating system.
    var status = stat()
    guard stat(path, &status) == 0, access(path, R_OK) == 0 else {
      throw unreadable(path, code: errno)
    }
    if status.st_mode & S_IFMT == S_IFDIR { throw unreadable(path, code: EISDIR) }
    do {
      return try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
    } catch {
      throw .fileSystem("\(path): cannot be read")
    }
  }

  /// Replaces a file, or makes it.
  ///
  /// At any moment the path names the old file or the new one, whole: the bytes go to a temporary
  /// name in the same folder, are synced, and renamed. Pipes and character devices are written into.
  ///
  /// - Throws: `LSTMError.fileSystem` where it cannot be written; the old file is then untouched.
  package static func write(_ bytes: Data, to path: String) throws(LSTMError) {
    let file = try StagedFile(path)
    try file.write(bytes: bytes)
    try file.commit()
  }

  private static func unreadable(_ path: String, code: Int32) -> LSTMError {
    .fileSystem("\(path): cannot be read: \(String(cString: strerror(code)))")
  }
}

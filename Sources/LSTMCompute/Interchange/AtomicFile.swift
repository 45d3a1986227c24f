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
    do {
      return try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
    } catch {
      throw .fileSystem("\(path): cannot be read: \(reason())")
    }
  }

  /// Replaces a file, or makes it.
  ///
  /// At any moment the path names the old file or the new one, whole: the bytes go to a temporary
  /// name in the same folder, are synced, and renamed.
  ///
  /// - Throws: `LSTMError.fileSystem` where it cannot be written; the old file is then untouched.
  package static func write(_ bytes: Data, to path: String) throws(LSTMError) {
    let temporary = "\(path).\(getpid()).partial"
    func refuse() -> LSTMError {
      let message = "\(path): cannot be written: \(reason())"
      unlink(temporary)
      return .fileSystem(message)
    }
    let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard file >= 0 else { throw refuse() }
    var isWritten = bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let chunk = UnsafeRawBufferPointer(rebasing: rest)
        let count = systemWrite(file, chunk.baseAddress, chunk.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
      }
      return true
    }
    isWritten = isWritten && fsync(file) == 0
    let code = errno
    close(file)
    errno = code
    guard isWritten, rename(temporary, path) == 0 else { throw refuse() }
  }

  /// What the operating system says of the last call that failed.
  private static func reason() -> String {
    String(cString: strerror(errno))
  }
}

/// `write(2)`, under a name that `AtomicFile.write` does not hide.
private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(file, bytes, count)
}

#if Service
  import LSTMCompute
  import Synchronization

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #else
    import Darwin
  #endif

  /// The file that has every row before its answer goes out.
  ///
  /// A record is handed to the system in one call before the request is answered: it outlasts the end of
  /// the process, however that comes. It is not waited for the disk. Files are called `journal-N` after the
  /// number of their first record; there is always one, so that numbers only grow.
  final class Journal: Sendable {
    private struct File: ~Copyable {
      var descriptor: Int32
      var path: String
      var size: Int
      var next: UInt64
      /// Why nothing can be written any more: what is torn could not be cut off.
      var failure: LSTMError?
    }

    let folder: String
    private let file: Mutex<File>
    private static let prefix = "journal-"

    /// Goes on with the last file, or begins the first one.
    ///
    /// - Parameters:
    ///   - folder: Where the files lie.
    ///   - next: The number of the next record.
    /// - Throws: `LSTMError.fileSystem` where it cannot be written.
    init(folder: String, next: UInt64) throws(LSTMError) {
      self.folder = folder
      let path = Self.files(in: folder).last?.path ?? Self.path(folder, next)
      let (descriptor, size) = try Self.open(path)
      file = Mutex(File(descriptor: descriptor, path: path, size: size, next: next))
    }

    deinit { _ = file.withLock { close($0.descriptor) } }

    /// The bytes of the last file.
    var size: Int { file.withLock { $0.size } }

    /// Why nothing can be written; `nil` where it can.
    var failure: LSTMError? { file.withLock { $0.failure } }

    /// Makes all later numbers larger than one that a snapshot has.
    func skip(to sequence: UInt64) { file.withLock { $0.next = max($0.next, sequence + 1) } }

    /// Adds a record.
    ///
    /// - Parameter bytes: The record, from its number.
    /// - Returns: The number.
    /// - Throws: `LSTMError.fileSystem` where it cannot be written; then the file is as it was.
    func append(_ bytes: (UInt64) -> [UInt8]) throws(LSTMError) -> UInt64 {
      try file.withLock { file throws(LSTMError) in
        if let failure = file.failure { throw failure }
        let record = bytes(file.next)
        var done = 0
        while done < record.count {
          let count = record.withUnsafeBytes {
            write(file.descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
          }
          if count < 0, errno == EINTR { continue }
          guard count > 0 else {
            let error = Self.failure(file.path)
            if ftruncate(file.descriptor, off_t(file.size)) != 0 { file.failure = error }
            throw error
          }
          done += count
        }
        file.size += record.count
        defer { file.next += 1 }
        return file.next
      }
    }

    /// Begins a new file.
    ///
    /// - Returns: The number of its first record.
    /// - Throws: `LSTMError.fileSystem` where it cannot be made; then the old one is gone on with.
    func rotate() throws(LSTMError) -> UInt64 {
      try file.withLock { file throws(LSTMError) in
        guard file.size > 0 else { return file.next }
        let path = Self.path(folder, file.next)
        let (descriptor, size) = try Self.open(path)
        close(file.descriptor)
        (file.descriptor, file.path, file.size) = (descriptor, path, size)
        return file.next
      }
    }

    /// Removes the files all of whose records come before a number, once what replaces them is on the disk.
    ///
    /// - Parameters:
    ///   - first: The number.
    ///   - kept: Paths that stay.
    func removeFiles(before first: UInt64, keeping kept: Set<String>) {
      sync()
      for file in Self.files(in: folder) where file.first < first && !kept.contains(file.path) {
        unlink(file.path)
      }
    }

    // MARK: - Files

    /// The files of a folder with the number of the first record of each, in order.
    static func files(in folder: String) -> [(path: String, first: UInt64)] {
      guard let entries = opendir(folder) else { return [] }
      defer { closedir(entries) }
      var files: [(path: String, first: UInt64)] = []
      while let entry = readdir(entries) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name.hasPrefix(prefix), let first = UInt64(name.dropFirst(prefix.count), radix: 16) {
          files.append(("\(folder)/\(name)", first))
        }
      }
      return files.sorted { $0.first < $1.first }
    }

    private static func path(_ folder: String, _ first: UInt64) -> String {
      let digits = String(first, radix: 16)
      return "\(folder)/\(prefix)" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func open(_ path: String) throws(LSTMError) -> (descriptor: Int32, size: Int) {
      let descriptor = openFile(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC)
      guard descriptor >= 0 else { throw failure(path) }
      let size = lseek(descriptor, 0, SEEK_END)
      guard size >= 0 else { throw failure(path) }
      return (descriptor, Int(size))
    }

    private static func failure(_ path: String) -> LSTMError {
      .fileSystem("\(path): cannot be written: \(String(cString: strerror(errno)))")
    }
  }

  /// `open(2)`, under a name that the methods do not hide; the file is the user's alone.
  private func openFile(_ path: String, _ flags: Int32) -> Int32 { open(path, flags, 0o600) }
#endif

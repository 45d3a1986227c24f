#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Where what can be made again is kept between runs: built programs and measured sizes.
///
/// A cache is never needed. Whatever cannot be read is made again, and whatever cannot be written is
/// left out.
package struct CacheFolder: Hashable, Sendable {
  /// The path; `nil` where nothing is to be kept.
  package let path: String?

  package init(_ path: String?) {
    self.path = path
  }

  /// The user's, as the environment has it when it is first asked for.
  ///
  /// `SWIFT_LSTM_CACHE` names a folder, or is `off`; else it is `swift-lstm` in `XDG_CACHE_HOME` or
  /// in `~/.cache`.
  package static let standard = CacheFolder { name in
    getenv(name).map { String(cString: $0) }
  }

  /// The folder that an environment asks for.
  package init(environment value: (String) -> String?) {
    func given(_ name: String) -> String? {
      value(name).flatMap { $0.isEmpty ? nil : $0 }
    }
    if let chosen = given("SWIFT_LSTM_CACHE") {
      path = chosen == "off" ? nil : chosen
    } else if let caches = given("XDG_CACHE_HOME"), caches.hasPrefix("/") {
      // Relative ones are to be ignored, says the XDG base directory specification.
      path = caches + "/swift-lstm"
    } else {
      path = given("HOME").map { $0 + "/.cache/swift-lstm" }
    }
  }

  /// A folder in this one, which need not exist.
  package func folder(_ name: String) -> CacheFolder {
    CacheFolder(path.map { "\($0)/\(name)" })
  }

  /// The path of a file in it; `nil` where nothing is kept.
  package func file(_ name: String) -> String? {
    path.map { "\($0)/\(name)" }
  }

  /// Makes the folder and those around it, for this user only: what is in it will be run.
  ///
  /// - Returns: Whether it is there now.
  package func make() -> Bool {
    guard let path else { return false }
    var end = path.startIndex
    while end < path.endIndex {
      end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
      let part = String(path[..<end])
      if mkdir(part, 0o700) != 0, errno != EEXIST { return false }
    }
    return access(path, W_OK | X_OK) == 0
  }

  // MARK: - Files

  /// All bytes of a file; `nil` where it cannot be read.
  static func read(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let size = Int(status.st_size)
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      while count < size {
        let part = systemRead(descriptor, buffer.baseAddress?.advanced(by: count), size - count)
        if part < 0, errno == EINTR { continue }
        guard part > 0 else { break }
        count += part
      }
      initialized = count
    }
    return count == size ? bytes : nil
  }

  /// Replaces a file as a whole: others see the old bytes or the new ones.
  ///
  /// - Returns: Whether that was possible.
  @discardableResult
  static func write(_ bytes: [UInt8], to path: String) -> Bool {
    // The name is this writer's alone, whoever else writes the same file.
    let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    var start = 0
    while start < bytes.count {
      let part = bytes.withUnsafeBytes {
        systemWrite(descriptor, $0.baseAddress?.advanced(by: start), bytes.count - start)
      }
      if part < 0, errno == EINTR { continue }
      guard part > 0 else { break }
      start += part
    }
    let isClosed = close(descriptor) == 0
    if start == bytes.count, isClosed, rename(temporary, path) == 0 { return true }
    unlink(temporary)
    return false
  }
}

/// `read(2)` and `write(2)`, under names that the methods do not hide.
private func systemRead(_ file: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(file, bytes, count)
}

private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(file, bytes, count)
}

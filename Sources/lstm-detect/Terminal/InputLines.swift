#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The lines of standard input as they come, or word that none has come for a while.
final class InputLines {
  /// What there is.
  enum Event {
    /// A line, without its end.
    case line([UInt8])
    /// A line that is longer than any row, of which nothing is kept.
    case tooLong
    /// Nothing has come for as long as was asked, or the process was asked to end.
    case nothing
    case end
  }

  /// A longer line is no row.
  static let mostBytes = 1 << 20

  private var buffer: [UInt8] = []
  private var place = 0
  private var isAtEnd = false
  private var isTooLong = false

  /// Waits for the next line.
  ///
  /// - Parameter milliseconds: For how long at most.
  /// - Returns: What there is.
  /// - Throws: `CommandError` where standard input cannot be read.
  func next(within milliseconds: Int32) throws -> Event {
    while true {
      if let end = buffer[place...].firstIndex(of: 10) {
        defer { place = end + 1 }
        guard !isTooLong else {
          isTooLong = false
          return .tooLong
        }
        return .line(Array(buffer[place..<end]))
      }
      guard !isAtEnd else {
        defer { place = buffer.count }
        if isTooLong {
          isTooLong = false
          return .tooLong
        }
        return place < buffer.count ? .line(Array(buffer[place...])) : .end
      }
      buffer.removeFirst(place)
      place = 0
      if buffer.count > Self.mostBytes {
        isTooLong = true
        buffer = []
      }
      guard try fill(within: milliseconds) else { return .nothing }
    }
  }

  /// Reads what has come.
  ///
  /// - Returns: Whether something has come, be it the end.
  private func fill(within milliseconds: Int32) throws -> Bool {
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    let ready = poll(&input, 1, milliseconds)
    guard ready > 0 else {
      if ready == 0 || errno == EINTR { return false }
      throw failure(errno)
    }
    var code: Int32 = 0
    let piece = [UInt8](unsafeUninitializedCapacity: 1 << 16) { piece, count in
      let read = systemRead(STDIN_FILENO, piece.baseAddress, piece.count)
      code = read < 0 ? errno : 0
      count = max(0, read)
    }
    guard code == 0 else {
      if code == EINTR || code == EAGAIN { return false }
      throw failure(code)
    }
    isAtEnd = piece.isEmpty
    buffer += piece
    return true
  }

  private func failure(_ code: Int32) -> CommandError {
    CommandError(
      description: "standard input: cannot be read: \(String(cString: strerror(code)))")
  }
}

/// `read(2)`, under a name that the method does not hide.
private func systemRead(_ file: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(file, bytes, count)
}

import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The standard streams of the process.
enum Terminal {
  /// Standard output and standard error.
  enum Stream: Int32 {
    case output = 1
    case error = 2
  }

  private static let silence = Atomic<Bool>(false)

  /// Whether nothing is written: by all but the first of several processes.
  static var isSilent: Bool {
    get { silence.load(ordering: .relaxed) }
    set { silence.store(newValue, ordering: .relaxed) }
  }

  /// Why a text for standard output could not be written; 0 where all were.
  private static let lostOutput = Atomic<Int32>(0)

  /// Throws where something for standard output was lost.
  ///
  /// A reader that has closed its end of a pipe, such as `head`, has lost nothing.
  static func checkOutput() throws(CommandError) {
    let code = lostOutput.load(ordering: .relaxed)
    guard code != 0, code != EPIPE else { return }
    throw CommandError(
      description: "standard output: cannot be written: \(String(cString: strerror(code)))")
  }

  /// Whether standard output takes no more, because of an error or a reader that has gone.
  static var hasLostOutput: Bool { lostOutput.load(ordering: .relaxed) != 0 }

  /// Writes all of a text, as it is: what comes from a file goes through `VisibleText` first.
  ///
  /// What cannot be written to standard error is dropped: there is nobody to tell. Of standard
  /// output that is noted for `checkOutput`, and what comes after it is dropped too.
  static func write(_ text: String, to stream: Stream) {
    guard !isSilent, stream == .error || lostOutput.load(ordering: .relaxed) == 0 else { return }
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = systemWrite(stream.rawValue, rest.baseAddress, rest.count)
        if count < 0 {
          if errno == EINTR { continue }
          if stream == .output { lostOutput.store(errno, ordering: .relaxed) }
          return
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }

  /// Whether a stream goes to a terminal of any kind.
  static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

  /// Whether a stream goes to a screen that can move its cursor.
  static func isScreen(_ stream: Stream) -> Bool {
    isTerminal(stream) && environment("TERM") != "dumb"
  }

  /// The number of columns of the screen behind a stream.
  static func columns(_ stream: Stream) -> Int {
    var size = winsize()
    guard ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Whether the user's language settings say that the screen shows Unicode.
  static var showsUnicode: Bool {
    let language = environment("LC_ALL") ?? environment("LC_CTYPE") ?? environment("LANG") ?? ""
    let name = language.lowercased()
    return name.contains("utf-8") || name.contains("utf8")
  }

  private static func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }
}

/// `write(2)`, under a name that the method does not hide.
private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(file, bytes, count)
}

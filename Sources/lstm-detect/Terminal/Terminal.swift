import Glibc

/// The standard streams of the process.
enum Terminal {
  /// Standard output and standard error.
  enum Stream: Int32 {
    case output = 1
    case error = 2
  }

  /// Writes all of a text.
  ///
  /// What cannot be written is dropped: there is nobody to tell.
  static func write(_ text: String, to stream: Stream) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Glibc.write(stream.rawValue, rest.baseAddress, rest.count)
        if count < 0 {
          guard errno == EINTR else { return }
          continue
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }

  /// Whether a stream goes to a screen that can move its cursor.
  static func isScreen(_ stream: Stream) -> Bool {
    isatty(stream.rawValue) == 1 && environment("TERM") != "dumb"
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

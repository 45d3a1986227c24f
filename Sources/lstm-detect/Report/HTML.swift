/// Text made safe for HTML.
enum HTML {
  /// Text with everything escaped that means something in HTML, for content and attributes.
  static func escape(_ text: String) -> String {
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }

  /// Escaped text whose words, dates and numbers with hyphens or percent signs among them, stay on one
  /// line each.
  static func unbrokenWords(_ text: String) -> String {
    text.split(separator: " ").map { word in
      let escaped = escape(String(word))
      return word.contains("-") ? "<span class=\"word\">\(escaped)</span>" : escaped
    }.joined(separator: " ").replacing(" %", with: "\u{A0}%")
  }
}

/// Text whose control characters are written out, so that no name from a file moves the cursor,
/// changes colors or pretends to be a line of its own.
package enum VisibleText {
  /// The text with `\u{1B}` and the like instead of control characters, and of those that change the
  /// direction of writing (Unicode Standard Annex 9, table 4).
  package static func escaped(_ text: String, keepingLineEnds: Bool = false) -> String {
    guard text.unicodeScalars.contains(where: isHidden) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if isHidden(scalar), !(keepingLineEnds && scalar == "\n") {
        result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Whether a terminal acts on a character instead of showing it.
  package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0x200E, 0x200F, 0x061C: true
    default: false
    }
  }
}

// Words and numbers as messages write them.

/// A text shortened and freed of line ends, to be quoted in a message of one line.
func excerpt(_ text: some StringProtocol) -> String {
  let line = String(
    text.unicodeScalars.prefix(41).map {
      $0.properties.generalCategory == .control ? " " : Character($0)
    })
  return line.unicodeScalars.count > 40 ? String(line.prefix(40)) + "…" : line
}

/// A text without the blanks around it.
func trimmed(_ text: String) -> String {
  var text = text[...]
  while text.first?.isWhitespace == true { text.removeFirst() }
  while text.last?.isWhitespace == true { text.removeLast() }
  return String(text)
}

/// A number with zeros in front of it.
func padded(_ number: Int, _ width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// A number with a noun, such as "2,067 rows".
package func counted(_ count: Int, _ noun: String) -> String {
  "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")"
}

/// A whole number, thousands apart.
func grouped(_ count: Int) -> String {
  var digits = Array("\(count.magnitude)")
  for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
  return (count < 0 ? "-" : "") + String(digits)
}

/// Some names in a sentence, the first few of many.
func listed(_ items: [String]) -> String {
  guard items.count > 6 else { return items.joined(separator: ", ") }
  return items.prefix(5).joined(separator: ", ") + " and \(items.count - 5) more"
}

/// A time span in the largest unit of which it is a whole number.
func duration(milliseconds: Double) -> String {
  let units = [("day", 86_400_000.0), ("hour", 3_600_000), ("minute", 60_000), ("second", 1000)]
  for (name, size) in units where milliseconds.truncatingRemainder(dividingBy: size) == 0 {
    return counted(Int(milliseconds / size), name)
  }
  return "\(milliseconds / 1000) seconds"
}

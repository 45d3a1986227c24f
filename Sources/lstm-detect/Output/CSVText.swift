import ResultText

/// How values are written into CSV files.
enum CSVText {
  /// A cell with quotes around it where it needs them (RFC 4180).
  static func cell(_ text: String) -> String {
    let needsQuotes = text.utf8.contains { byte in
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
        || byte == UInt8(ascii: "\r")
    }
    guard needsQuotes else { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }

  /// A name from the data as a cell.
  ///
  /// A spreadsheet takes what begins with =, +, -, @, a tab or a line end for a formula, and may run
  /// it; an apostrophe before it makes it a text (OWASP, CSV injection).
  static func name(_ name: String, isKept: Bool) -> String {
    let isFormula = name.unicodeScalars.first.map { "=+-@\t\r\n＝＋－＠".unicodeScalars.contains($0) }
    return cell(isFormula == true && !isKept ? "'" + name : name)
  }

  /// A measured number as it was read; nothing for one that is missing.
  static func exact(_ value: Double?) -> String {
    value.flatMap { Numbers.exact($0) } ?? ""
  }

  /// A computed number, rounded to nine digits; nothing for one that is missing.
  static func rounded(_ value: Double?) -> String {
    value.flatMap { Numbers.rounded($0) } ?? ""
  }
}

/// Turns a text of one JSON object a line into CSV: a column for each key, in the order of their
/// first appearance.
struct JSONLines {
  private let path: String
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  private var names: [String] = []
  private var places: [String: Int] = [:]
  private var rows: [[Int: String]] = []
  /// How many names there may be; known from the first object on.
  private var mostNames = Int.max

  /// Objects within each other that are read; more would need a stack without end.
  private static let mostDepth = 100
  /// So many names may come up later than in the first object, or as many as that has.
  private static let mostFurtherNames = 1000

  /// Whether a text starts as a JSON object does, or an array of them; the name of a CSV's first column may
  /// be in brackets.
  static func isJSON(_ start: [UInt8]) -> Bool {
    var signs = start.lazy.filter { ![0x20, 9, 10, 13, 0xEF, 0xBB, 0xBF].contains($0) }
      .makeIterator()
    let first = signs.next()
    return first == UInt8(ascii: "{")
      || first == UInt8(ascii: "[") && signs.next() == UInt8(ascii: "{")
  }

  /// The text as CSV.
  ///
  /// - Throws: `TimeSeriesError` with the row where it is no such text.
  static func csv(_ bytes: [UInt8], of path: String) throws(TimeSeriesError) -> [UInt8] {
    var reader = JSONLines(path: path, bytes: bytes)
    try reader.readAll()
    return reader.text()
  }

  private init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  private func failure(_ reason: String) -> TimeSeriesError {
    TimeSeriesError(file: path, row: line, reason: reason)
  }

  private mutating func readAll() throws(TimeSeriesError) {
    while true {
      while position < bytes.count, [0x20, 9, 10, 13].contains(bytes[position]) {
        if bytes[position] == 10 { line += 1 }
        position += 1
      }
      guard position < bytes.count else { return }
      guard bytes[position] != UInt8(ascii: "[") else {
        throw failure(
          "expected a JSON object in each line, found an array; make lines of it by: jq -c '.[]' "
            + "\(Table.name(of: path)) | lstm-detect run - ...")
      }
      var row: [Int: String] = [:]
      try readObject(prefix: "", depth: 1, into: &row)
      rows.append(row)
      if rows.count == 1 { mostNames = names.count + max(names.count, Self.mostFurtherNames) }
    }
  }

  // MARK: - Values

  private var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

  private mutating func skipBlanks() {
    while next == 0x20 || next == 9 || next == 13 || next == 10 {
      if next == 10 { line += 1 }
      position += 1
    }
  }

  private mutating func take(_ letter: Unicode.Scalar) throws(TimeSeriesError) {
    skipBlanks()
    guard next == UInt8(ascii: letter) else {
      let found = next == 0 ? "the end" : "'\(Unicode.Scalar(next))'"
      throw failure("expected '\(letter)' of a JSON object, found \(found)")
    }
    position += 1
  }

  /// The values of an object; those of objects within have names such as `outer.inner`.
  private mutating func readObject(
    prefix: String, depth: Int, into row: inout [Int: String]
  ) throws(TimeSeriesError) {
    guard depth <= Self.mostDepth else {
      throw failure(
        "expected at most \(Self.mostDepth) JSON objects within each other, found more")
    }
    try take("{")
    skipBlanks()
    if next == UInt8(ascii: "}") {
      position += 1
      return
    }
    while true {
      skipBlanks()
      let name = prefix + (try readString())
      try take(":")
      skipBlanks()
      if next == UInt8(ascii: "{") {
        try readObject(prefix: name + ".", depth: depth + 1, into: &row)
      } else {
        let place = places[name] ?? names.count
        if place == names.count {
          guard names.count < mostNames else {
            throw failure(
              "expected the names of the rows above, of which there are \(grouped(names.count)), found "
                + "'\(excerpt(name))'; a table has the same few names in each row")
          }
          places[name] = place
          names.append(name)
        }
        row[place] = try readValue()
      }
      skipBlanks()
      guard next == UInt8(ascii: ",") else { break }
      position += 1
    }
    try take("}")
  }

  private mutating func readValue() throws(TimeSeriesError) -> String {
    if next == UInt8(ascii: "\"") { return try readString() }
    let start = position
    if next == UInt8(ascii: "[") {
      // A list is no number; it is kept as it stands.
      var depth = 0
      while position < bytes.count, next != 10 {
        if next == UInt8(ascii: "\"") {
          _ = try readString()
          continue
        }
        if next == UInt8(ascii: "[") { depth += 1 }
        if next == UInt8(ascii: "]") { depth -= 1 }
        position += 1
        if depth == 0 { break }
      }
    } else {
      while position < bytes.count, !",}] \t\r\n".utf8.contains(next) { position += 1 }
    }
    guard position > start else { throw failure("expected a JSON value, found nothing") }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    return text == "null" ? "" : text
  }

  private mutating func readString() throws(TimeSeriesError) -> String {
    guard next == UInt8(ascii: "\"") else { throw failure("expected a JSON text in quotes") }
    position += 1
    var units: [UInt8] = []
    while position < bytes.count, next != UInt8(ascii: "\"") {
      guard next == UInt8(ascii: "\\") else {
        units.append(next)
        position += 1
        continue
      }
      position += 1
      let escape = next
      position += 1
      switch Unicode.Scalar(escape) {
      case "n": units.append(10)
      case "r": units.append(13)
      case "t": units.append(9)
      case "b": units.append(8)
      case "f": units.append(12)
      case "u": units += Array(try readUnicode().utf8)
      default: units.append(escape)
      }
    }
    guard position < bytes.count else { throw failure("a JSON text is opened and never closed") }
    position += 1
    return String(decoding: units, as: UTF8.self)
  }

  /// The letter of `\uXXXX`, or of two of them for letters beyond 65535.
  private mutating func readUnicode() throws(TimeSeriesError) -> String {
    var units: [UInt16] = []
    repeat {
      let digits = bytes[position..<min(position + 4, bytes.count)]
      guard let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16) else {
        throw failure("expected four digits behind \\u in a JSON text")
      }
      units.append(unit)
      position += 4
      guard UTF16.isLeadSurrogate(unit), bytes[position...].starts(with: Array("\\u".utf8)) else {
        break
      }
      position += 2
    } while true
    return String(decoding: units, as: UTF16.self)
  }

  // MARK: - CSV

  private func text() -> [UInt8] {
    guard !names.isEmpty else { return [] }
    var text: [UInt8] = []
    func append(_ cell: String) {
      let quote = UInt8(ascii: "\"")
      guard
        cell.isEmpty || cell.utf8.contains(where: ",\"\n\r".utf8.contains) || cell.hasPrefix(" ")
      else {
        text += cell.utf8
        return
      }
      text.append(quote)
      for byte in cell.utf8 { text += byte == quote ? [quote, quote] : [byte] }
      text.append(quote)
    }
    for (index, name) in names.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      append(name)
    }
    text.append(10)
    for row in rows {
      for index in names.indices {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        if let cell = row[index] { append(cell) }
      }
      text.append(10)
    }
    return text
  }
}

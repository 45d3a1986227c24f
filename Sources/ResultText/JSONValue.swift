/// A JSON document whose objects keep the order in which their keys were written.
///
/// The order is for the people who read the file. Numbers that JSON cannot write (NaN, infinities)
/// become `null`.
package enum JSONValue {
  case null
  case bool(Bool)
  case integer(Int)
  case unsigned(UInt64)
  case number(Double)
  case float(Float)
  /// A number as it is to be written.
  case literal(String)
  case string(String)
  case array([JSONValue])
  case members([Member])

  /// One key of an object.
  package struct Member {
    package var key: String
    package var value: JSONValue

    /// A key and its value.
    package init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// An object with its keys in order.
  package static func object(_ members: [(String, JSONValue)]) -> JSONValue {
    .members(members.map { Member(key: $0.0, value: $0.1) })
  }
}

extension JSONValue {
  /// A string, or `null`.
  package static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
  /// A number, or `null`.
  package static func optional(_ number: Double?) -> JSONValue {
    number.map(JSONValue.number) ?? .null
  }
  /// A whole number, or `null`.
  package static func optional(_ number: Int?) -> JSONValue {
    number.map(JSONValue.integer) ?? .null
  }

  /// A computed number, rounded as in the CSV files, or `null`.
  package static func rounded(_ value: Double?) -> JSONValue {
    value.flatMap { Numbers.rounded($0) }.map(JSONValue.literal) ?? .null
  }

  /// Whether it is `null`.
  package var isNull: Bool {
    guard case .null = self else { return false }
    return true
  }

  /// The document on one line.
  package var compact: String {
    var text = ""
    write(to: &text, indentation: nil)
    return text
  }

  /// The document with two blanks of indentation per level and a line end after it.
  package var pretty: String {
    var text = ""
    write(to: &text, indentation: 0)
    return text + "\n"
  }

  private func write(to text: inout String, indentation: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += "\(value)"
    case .unsigned(let value): text += "\(value)"
    case .number(let value): text += Numbers.exact(value) ?? "null"
    case .float(let value): text += Numbers.exact(value) ?? "null"
    case .literal(let value): text += value
    case .string(let value): Self.write(value, to: &text)
    case .array(let values):
      Self.write(values, between: ("[", "]"), to: &text, indentation: indentation) {
        $0.write(to: &$1, indentation: $2)
      }
    case .members(let members):
      Self.write(members, between: ("{", "}"), to: &text, indentation: indentation) {
        member, text, indentation in
        Self.write(member.key, to: &text)
        text += indentation == nil ? ":" : ": "
        member.value.write(to: &text, indentation: indentation)
      }
    }
  }

  private static func write<Element>(
    _ elements: [Element], between brackets: (String, String), to text: inout String,
    indentation: Int?, element write: (Element, inout String, Int?) -> Void
  ) {
    text += brackets.0
    let inner = indentation.map { $0 + 2 }
    for (index, element) in elements.enumerated() {
      if index > 0 { text += "," }
      if let inner { text += "\n" + String(repeating: " ", count: inner) }
      write(element, &text, inner)
    }
    if let indentation, !elements.isEmpty {
      text += "\n" + String(repeating: " ", count: indentation)
    }
    text += brackets.1
  }

  /// `<`, `>` and `&` are written as escapes too, so that no text from the data can end the script
  /// element of a page that this document is put into.
  private static func write(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where "<>&".unicodeScalars.contains(scalar) || VisibleText.isHidden(scalar):
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

/// How numbers are written: exactly, for programs, and readably, for people.
package enum Numbers {
  /// The shortest decimal that reads back as the same number, whole numbers without a point.
  ///
  /// - Returns: `nil` for what is not finite.
  package static func exact(_ value: some BinaryFloatingPoint & CustomStringConvertible) -> String?
  {
    guard value.isFinite else { return nil }
    if value.magnitude < 1e15, let whole = Int(exactly: value) { return "\(whole)" }
    return value.description
  }

  /// A number rounded to nine significant digits, in its shortest form.
  ///
  /// - Returns: `nil` for what is not finite.
  package static func rounded(_ value: Double, digits: Int = 9) -> String? {
    guard value.isFinite else { return nil }
    let magnitude = value.magnitude
    guard magnitude >= 1e-6, magnitude < 1e15 else { return exact(value) }
    var decimals = 0
    var limit = 1.0
    for _ in 1..<digits { limit *= 10 }
    while magnitude < limit, decimals < 15 {
      limit /= 10
      decimals += 1
    }
    var text = fixed(value, decimals: decimals)
    if decimals > 0 {
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
    }
    return text
  }

  /// About four significant digits, thousands apart: `5,210`, `12.35`, `0.001234`, `-3`.
  package static func readable(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "n/a" }
    let magnitude = value.magnitude
    if magnitude >= 1e15 || (magnitude < 1e-4 && magnitude > 0) { return scientific(value) }
    var decimals = 0
    if Int(exactly: value) == nil {
      var limit = 1000.0
      while magnitude < limit, decimals < 9 {
        limit /= 10
        decimals += 1
      }
    }
    return fixed(value, decimals: decimals, groups: true)
  }

  /// A number with so many decimals.
  package static func fixed(_ value: Double, decimals: Int, groups: Bool = false) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    guard value.magnitude * scale < 9e18 else { return "\(value)" }
    let rounded = Int((value.magnitude * scale).rounded())
    let divisor = Int(scale)
    var whole = "\(rounded / divisor)"
    if groups { whole = grouped(whole) }
    let sign = value < 0 && rounded != 0 ? "-" : ""
    guard decimals > 0 else { return sign + whole }
    let fraction = "\(rounded % divisor)"
    return sign + whole + "." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }

  /// A whole number, thousands apart.
  package static func readable(_ value: Int) -> String {
    (value < 0 ? "-" : "") + grouped("\(value.magnitude)")
  }

  /// A share as a whole percentage, such as `21 %`.
  package static func percent(_ share: Double) -> String {
    fixed(share * 100, decimals: share.magnitude < 0.0995 ? 1 : 0) + " %"
  }

  /// A time span: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "?" }
    if seconds < 9.95 { return fixed(seconds, decimals: 1) + " s" }
    let whole = Int(min(seconds, 1e9).rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  private static func grouped(_ digits: String) -> String {
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }

  private static func scientific(_ value: Double) -> String {
    var exponent = 0
    var mantissa = value
    while mantissa.magnitude >= 10 {
      mantissa /= 10
      exponent += 1
    }
    while mantissa.magnitude < 1 {
      mantissa *= 10
      exponent -= 1
    }
    return fixed(mantissa, decimals: 3) + "e\(exponent)"
  }
}

import TimeSeries

/// A table of days with sales and a temperature, to be written in many ways that all mean the same.
enum WrittenTable {
  static let rowCount = 90

  struct Day {
    var year: Int
    var month: Int
    var day: Int
    var sales: Double
    var temperature: Double
  }

  /// Days from 2021-10-25 on; the sales reach from 640 to 2,600 and have two decimals.
  static let days: [Day] = (0..<rowCount).map { row in
    let (month, day) = date(row)
    let cents = 64_037 + (row * 7919 + row * row * 31) % 196_000
    let tenths = (row * 37) % 300 - 90
    return Day(
      year: month >= 10 ? 2021 : 2022, month: month, day: day, sales: Double(cents) / 100,
      temperature: Double(tenths) / 10)
  }

  private static func date(_ row: Int) -> (month: Int, day: Int) {
    var rest = row + 25
    for (month, length) in [(10, 31), (11, 30), (12, 31), (1, 31), (2, 28)] {
      if rest <= length { return (month, rest) }
      rest -= length
    }
    return (3, rest)
  }

  static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  static func iso(_ day: Day) -> String { "\(day.year)-\(two(day.month))-\(two(day.day))" }
  static func dotted(_ day: Day) -> String { "\(two(day.day)).\(two(day.month)).\(day.year)" }

  /// A number with two or one decimals.
  static func plain(_ value: Double, decimals: Int = 2) -> String {
    let scale = decimals == 2 ? 100.0 : 10.0
    let units = Int((value * scale).rounded())
    let fraction = units.magnitude % UInt(scale)
    let digits = decimals == 2 ? two(Int(fraction)) : "\(fraction)"
    return (units < 0 ? "-" : "") + "\(units.magnitude / UInt(scale)).\(digits)"
  }

  /// The same with other signs.
  static func written(_ value: Double, decimal: String, thousands: String) -> String {
    let parts = plain(value).split(separator: ".")
    var whole = String(parts[0])
    if whole.drop(while: { $0 == "-" }).count > 3 {
      whole.insert(contentsOf: thousands, at: whole.index(whole.endIndex, offsetBy: -3))
    }
    return whole + decimal + parts[1]
  }

  /// A text of a header and a line for each day.
  static func text(_ header: String, _ line: (Day) -> String) -> String {
    header + "\n" + days.map { line($0) + "\n" }.joined()
  }

  static let plainText = text("date,sales,temp") {
    "\(iso($0)),\(plain($0.sales)),\(plain($0.temperature, decimals: 1))"
  }

  static func series(_ text: String, target: String = "sales") throws -> Series {
    try Series(
      table: Table(fileName: "a.csv", text: text), options: SeriesOptions(targets: [target]))
  }
}

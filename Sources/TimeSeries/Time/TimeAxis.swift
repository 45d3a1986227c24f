/// The time of each row of a series.
public struct TimeAxis: Hashable, Sendable {
  /// What the values are.
  public enum Kind: String, Hashable, Sendable, Codable {
    /// Whole days, in milliseconds since 1970.
    case dates
    /// Points in time, in milliseconds since 1970.
    case times
    /// Numbers of a column.
    case numbers
    /// Numbers of the file's rows; the header is row 1.
    case rowNumbers
  }

  /// What the values are.
  public let kind: Kind
  /// The columns of the file that the values are from; none for row numbers.
  public let columns: [String]
  /// One value for each row.
  ///
  /// Dates and times are whole milliseconds since 1970-01-01T00:00:00. While a file is read, footers at
  /// its end have NaN.
  public let values: [Double]
  /// Whether the file gave offsets from UTC, so that the times are UTC; local time otherwise.
  public let isUTC: Bool
  /// The median difference between neighbours, in milliseconds for dates and times.
  public let step: Double

  /// How dates with the year last were read.
  let order: TimeParser.Order?
  /// The number of months between rows, where the rows are whole months apart.
  package let months: Int?
  /// The days and hours on which rows fall, where they never fall on some.
  let calendar: RowCalendar?

  init(
    kind: Kind, columns: [String], values: [Double], isUTC: Bool = false,
    order: TimeParser.Order? = nil
  ) {
    self.kind = kind
    self.columns = columns
    self.values = values
    self.isUTC = isUTC
    self.order = order
    // Footers have no time.
    let times = values.last?.isNaN == true ? Array(values.prefix { !$0.isNaN }) : values
    step = Self.medianDifference(times)
    let isTime = kind == .dates || kind == .times
    months = isTime ? MonthSteps.count(times, step: step) : nil
    calendar = isTime && months == nil ? RowCalendar(times, step: step) : nil
  }

  /// The same axis with other values: sorted, merged or with rows left out.
  func with(values: [Double]) -> TimeAxis {
    TimeAxis(kind: kind, columns: columns, values: values, isUTC: isUTC, order: order)
  }

  /// A row's time in milliseconds since 1970-01-01T00:00:00; `nil` where rows have numbers only.
  public func moment(of row: Int) -> Double? {
    kind == .dates || kind == .times ? values[row] : nil
  }

  /// The number of rows.
  public var count: Int { values.count }

  /// How many rows make a season; `nil` where it is not known.
  ///
  /// A day of times (24 of hours), a week of days (7, or as many as have rows), a year of months
  /// (12), quarters (4) or, after two years, weeks (52).
  public var season: Int? {
    guard kind == .dates || kind == .times else { return nil }
    if let months { return months < 12 && 12 % months == 0 ? 12 / months : nil }
    let day = Double(CivilDate.millisecondsPerDay)
    if step == day { return calendar?.weekdays.count ?? 7 }
    if step == 7 * day { return count >= 2 * 52 ? 52 : nil }
    let isPartOfDay = step >= 60_000 && step < day && day.truncatingRemainder(dividingBy: step) == 0
    return isPartOfDay ? calendar?.rowsPerDay ?? Int(day / step) : nil
  }

  /// The numbers of rows that may make a season, the shortest first: of rows of less than a day also
  /// a week of them.
  public var seasons: [Int] {
    guard let season else { return [] }
    let isPartOfDay = months == nil && step < Double(CivilDate.millisecondsPerDay)
    return isPartOfDay ? [season, season * (calendar?.weekdays.count ?? 7)] : [season]
  }

  /// A row's time as text: `2012-10-29`, `2012-10-29T13:00:00`, `17`.
  public func label(at row: Int) -> String { Self.label(of: values[row], kind: kind, isUTC: isUTC) }

  static func label(of value: Double, kind: Kind, isUTC: Bool) -> String {
    switch kind {
    case .numbers, .rowNumbers: Int(exactly: value).map(String.init) ?? "\(value)"
    case .dates, .times: label(milliseconds: Int(value), kind: kind, isUTC: isUTC)
    }
  }

  /// The axis with further rows at its end, a step apart, whole months where the rows are months;
  /// none on days or at hours on which rows never fall.
  public func extended(by count: Int) -> TimeAxis {
    guard let last = values.last, count > 0 else { return self }
    var added: [Double] = []
    var previous = last
    for index in 1...count {
      previous = next(after: previous, number: index)
      added.append(previous)
    }
    return with(values: values + added)
  }

  /// The time of a row to come.
  ///
  /// - Parameters:
  ///   - previous: The time of the row before it.
  ///   - number: Which of the rows to come it is, from 1.
  /// - Returns: The time, a step or so many months after those before.
  func next(after previous: Double, number: Int) -> Double {
    if let months { return MonthSteps.value(months: months * number, after: values) }
    return calendar?.next(after: previous) ?? previous + (step > 0 ? step : 1)
  }

  /// The first row of a time or later; `count` where there is none.
  ///
  /// - Parameter text: A time as in the file or as in a label.
  /// - Returns: `nil` where the text is no time of this axis' kind.
  public func firstRow(notBefore text: String) -> Int? {
    value(of: text).map { wanted in firstRow { $0 >= wanted } }
  }

  /// The first row after a time; `count` where there is none.
  ///
  /// - Parameter text: A time as in the file or as in a label.
  /// - Returns: `nil` where the text is no time of this axis' kind.
  public func firstRow(after text: String) -> Int? {
    value(of: text).map { wanted in firstRow { $0 > wanted } }
  }

  private func value(of text: String) -> Double? {
    Self.value(of: text, kind: kind, order: order ?? .monthFirst, isUTC: isUTC)
  }

  private static func value(
    of text: String, kind: Kind, order: TimeParser.Order, isUTC: Bool
  ) -> Double? {
    let value: Double?
    switch kind {
    case .numbers, .rowNumbers: value = Double(text)
    case .dates, .times:
      // Times that are not of UTC are those of the clock where they were written down.
      value = TimeParser(order: order).parse(text).map {
        Double(isUTC ? $0.milliseconds : $0.localMilliseconds)
      }
    }
    return value.flatMap { $0.isFinite ? $0 : nil }
  }

  /// The value that a label stands for; `nil` where it is none of an axis of this kind.
  package static func value(ofLabel label: String, kind: Kind) -> Double? {
    value(of: label, kind: kind, order: .monthFirst, isUTC: label.hasSuffix("Z"))
  }

  /// The times that come after some, a step apart each; see `extended(by:)`.
  ///
  /// - Parameters:
  ///   - times: Milliseconds since 1970-01-01T00:00:00, in ascending order.
  ///   - count: How many.
  /// - Returns: The times.
  package static func times(after times: [Double], count: Int) -> [Double] {
    Array(
      TimeAxis(kind: .times, columns: [], values: times).extended(by: count).values.suffix(count))
  }

  /// The first row from which on all values are of a kind.
  private func firstRow(where isLate: (Double) -> Bool) -> Int {
    var range = values.indices
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      range =
        isLate(values[middle]) ? range.lowerBound..<middle : middle + 1..<range.upperBound
    }
    return range.lowerBound
  }

  private static func label(milliseconds: Int, kind: Kind, isUTC: Bool) -> String {
    var rest = milliseconds % CivilDate.millisecondsPerDay
    if rest < 0 { rest += CivilDate.millisecondsPerDay }
    let date = CivilDate(daysSince1970: (milliseconds - rest) / CivilDate.millisecondsPerDay).text
    guard kind == .times else { return date }
    let clock = [rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60].map { padded($0, 2) }
    let fraction = rest % 1000 == 0 ? "" : "." + padded(rest % 1000, 3)
    return date + "T" + clock.joined(separator: ":") + fraction + (isUTC ? "Z" : "")
  }

  /// Of two differences in the middle the smaller one: gaps make steps longer, nothing shorter.
  private static func medianDifference(_ values: [Double]) -> Double {
    var differences = zip(values.dropFirst(), values).map { $0 - $1 }
    guard let first = differences.first else { return 1 }
    // The regular case needs no sorting.
    if differences.allSatisfy({ $0 == first }) { return first }
    differences.sort()
    return differences[(differences.count - 1) / 2]
  }
}

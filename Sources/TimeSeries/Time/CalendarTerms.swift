import RealModule

/// What a calendar says of a time, as numbers that a network or a regression can use.
///
/// A term is a few columns: the hour and the day of the year are sines and cosines, because 23:59 is
/// near 0:00; days of the week and months are a column of 1 and 0 each.
///
///     let terms = CalendarTerms([.weekday])
///     terms.values(at: 0)  // [0, 0, 0, 1, 0, 0, 0]: 1970-01-01 was a Thursday
public struct CalendarTerms: Hashable, Sendable, Codable {
  /// A part of a date.
  public enum Term: String, Hashable, Sendable, Codable, CaseIterable {
    /// The time of day; with `weekday`, those of Saturday and Sunday apart.
    case hour
    /// The day of the week.
    case weekday
    /// The month.
    case month
    /// The day of the year.
    case yearday
    /// Whether the day is a holiday, the day before one, or the day after one.
    case holiday
  }

  /// The terms, in the order of the columns.
  public let terms: [Term]
  /// The holidays, in days since 1970-01-01.
  public let holidays: Set<Int>

  package static let harmonicsOfDay = 4
  package static let harmonicsOfYear = 2

  /// Terms of a calendar.
  ///
  /// - Parameters:
  ///   - terms: The terms; each counts once.
  ///   - holidays: The holidays, in days since 1970-01-01.
  public init(_ terms: [Term], holidays: Set<Int> = []) {
    self.terms = Term.allCases.filter(terms.contains)
    self.holidays = holidays
  }

  /// The number of columns.
  public var count: Int { values(at: 0).count }

  /// The columns for one time.
  ///
  /// - Parameter milliseconds: A time in milliseconds since 1970-01-01T00:00:00, as those of a
  ///   `TimeAxis` are.
  /// - Returns: `count` numbers between -1 and 1.
  public func values(at milliseconds: Double) -> [Double] {
    let length = Double(CivilDate.millisecondsPerDay)
    let day = Int((milliseconds / length).rounded(.down))
    let clock = milliseconds / length - Double(day)
    // 1970-01-01 was a Thursday; Monday is 0.
    let weekday = ((day + 3) % 7 + 7) % 7
    let date = CivilDate(daysSince1970: day)
    var values: [Double] = []
    func harmonics(_ count: Int, of phase: Double) -> [Double] {
      (1...count).flatMap { number in
        let angle = 2 * Double.pi * Double(number) * phase
        return [Double.sin(angle), Double.cos(angle)]
      }
    }
    func oneOf(_ count: Int, _ place: Int) -> [Double] {
      (0..<count).map { $0 == place ? 1 : 0 }
    }
    for term in terms {
      switch term {
      case .hour:
        let daily = harmonics(Self.harmonicsOfDay, of: clock)
        values += daily
        if terms.contains(.weekday) { values += daily.map { weekday >= 5 ? $0 : 0 } }
      case .weekday: values += oneOf(7, weekday)
      case .month: values += oneOf(12, date.month - 1)
      case .yearday:
        let first = CivilDate(monthNumber: date.year * 12, day: 1).daysSince1970
        values += harmonics(Self.harmonicsOfYear, of: (Double(day - first) + clock) / 365.25)
      case .holiday:
        values += [0, 1, -1].map { holidays.contains(day + $0) ? 1 : 0 }
      }
    }
    return values
  }

  /// The terms that rows of a step and a span can tell about: the hour where there are several rows
  /// a day, the day of the week within two weeks or more, terms of the year within three years.
  ///
  /// - Parameters:
  ///   - axis: The time of the rows.
  ///   - rows: The rows that are fitted to.
  ///   - holidays: The holidays, in days since 1970-01-01.
  /// - Returns: The terms; `nil` where there are none.
  public static func usual(
    for axis: TimeAxis, in rows: Range<Int>, holidays: Set<Int> = []
  ) -> CalendarTerms? {
    guard axis.kind == .dates || axis.kind == .times, rows.count > 1 else { return nil }
    let day = Double(CivilDate.millisecondsPerDay)
    let span = axis.values[rows.upperBound - 1] - axis.values[rows.lowerBound]
    let isMonths = axis.months != nil || axis.step >= 27 * day
    var terms: [Term] = []
    if !isMonths {
      if axis.step < day, span >= 2 * day { terms.append(.hour) }
      if axis.step <= day, span >= 14 * day { terms.append(.weekday) }
      if span >= 3 * 365 * day { terms.append(.yearday) }
    } else if span >= (3 * 365 - 31) * day {
      terms.append(.month)
    }
    if !holidays.isEmpty { terms.append(.holiday) }
    return terms.isEmpty ? nil : CalendarTerms(terms, holidays: holidays)
  }
}

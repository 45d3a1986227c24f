/// Rows that are whole months apart: no fixed number of days is their step.
enum MonthSteps {
  /// The number of months between rows.
  ///
  /// - Parameters:
  ///   - values: Milliseconds since 1970, in ascending order.
  ///   - step: Their median difference.
  /// - Returns: `nil` where the rows are not whole months apart.
  static func count(_ values: [Double], step: Double) -> Int? {
    guard step >= 28 * Double(CivilDate.millisecondsPerDay), let first = values.first,
      values.allSatisfy({ Int(exactly: $0.rounded(.down)) != nil })
    else { return nil }
    let dates = values.map(date)
    let timeOfDay = first.truncatingRemainder(dividingBy: Double(CivilDate.millisecondsPerDay))
    let months = zip(dates.dropFirst(), dates).map { $0.monthNumber - $1.monthNumber }.sorted()
    // The last working days of months are months too.
    guard
      values.allSatisfy({
        $0.truncatingRemainder(dividingBy: Double(CivilDate.millisecondsPerDay)) == timeOfDay
      }),
      dates.allSatisfy({ $0.day == dates[0].day }) || dates.allSatisfy(\.isLastOfMonth)
        || months.first == 1 && months.last == 1
    else { return nil }
    return months.isEmpty ? nil : max(1, months[months.count / 2])
  }

  /// The value that is so many months after the last one.
  static func value(months: Int, after values: [Double]) -> Double {
    guard let last = values.last else { return 0 }
    let start = date(last)
    // The last days of months stay the last days.
    let isEnd = start.isLastOfMonth && values.suffix(12).allSatisfy { date($0).isLastOfMonth }
    let end = CivilDate(
      monthNumber: start.monthNumber + months, day: isEnd ? 31 : start.day)
    let days = end.daysSince1970 - start.daysSince1970
    return last + Double(days) * Double(CivilDate.millisecondsPerDay)
  }

  /// The months since the year 0.
  static func monthNumber(_ milliseconds: Double) -> Int { date(milliseconds).monthNumber }

  private static func date(_ milliseconds: Double) -> CivilDate {
    let days = (milliseconds / Double(CivilDate.millisecondsPerDay)).rounded(.down)
    return CivilDate(daysSince1970: Int(days))
  }
}

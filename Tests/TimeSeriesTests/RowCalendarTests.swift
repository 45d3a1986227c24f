import Testing

@testable import TimeSeries

/// The days and hours on which rows fall, with rows beside them.
@Suite struct RowCalendarTests {
  private static let hour = 3_600_000.0
  private static let day: Double = 86_400_000
  // A Monday.
  private static let start: Double = 18_995 * 86_400_000

  /// Days of some weeks, Monday 0, at midnight or at some hours.
  private static func times(
    weeks: Int, hours: ClosedRange<Int>? = nil, adding added: [Double] = [],
    without: Set<Int> = []
  ) -> TimeAxis {
    let days = (0..<7 * weeks).filter { $0 % 7 < 5 && !without.contains($0) }.map {
      Double($0) * Self.day
    }
    var values = added
    for day in days {
      guard let hours else {
        values.append(day)
        continue
      }
      for hour in hours { values.append(day + Double(hour) * Self.hour) }
    }
    return TimeAxis(
      kind: hours == nil ? .dates : .times, columns: ["t"],
      values: values.sorted().map { Self.start + $0 })
  }

  /// The first rows to come, in days or hours after the start.
  private static func next(_ axis: TimeAxis, _ count: Int, per unit: Double) -> [Double] {
    axis.extended(by: count).values.suffix(count).map { ($0 - start) / unit }
  }

  @Test func oneRowOnASaturdayIsNoSixthDay() {
    let plain = Self.times(weeks: 30)
    let stray = Self.times(weeks: 30, adding: [5 * Self.day])
    #expect(plain.season == 5 && stray.season == 5)
    #expect(Self.next(stray, 3, per: Self.day) == [210, 211, 212])
    // At the end too: rows go on with Monday.
    let last = Self.times(weeks: 30, adding: [208 * Self.day])
    #expect(last.season == 5)
    #expect(Self.next(last, 2, per: Self.day) == [210, 211])
    // One in three weeks is a habit.
    let often = (0..<10).map { Double(21 * $0 + 5) * Self.day }
    #expect(Self.times(weeks: 30, adding: often).season == 6)
  }

  @Test func oneRowAtNightIsNoFurtherHour() {
    let night = 8 * Self.day + 3 * Self.hour
    let stray = Self.times(weeks: 12, hours: 9...18, adding: [night])
    #expect(stray.seasons == [10, 50])
    // At the end too, be it between the hours.
    for minutes in [0.0, 17] {
      let night = 82 * Self.day + 3 * Self.hour + minutes * 60_000
      let last = Self.times(weeks: 12, hours: 9...18, adding: [night])
      #expect(last.seasons == [10, 50])
      #expect(Self.next(last, 2, per: Self.hour) == [2025, 2026])
    }
    #expect(stray.calendar?.missing(between: stray.values[0], and: stray.values[3]) == 2)
  }

  @Test func holidaysAndTheEndsOfTheDataAreNoHabit() {
    // Two weeks of holidays, and the data ends on a Tuesday: day 204.
    let holidays = Self.times(weeks: 30, without: Set(70..<84).union(205..<210))
    #expect(holidays.season == 5)
    #expect(Self.next(holidays, 4, per: Self.day) == [205, 206, 207, 210])
  }

  /// Rows at any time of day have no calendar, though some of them share an hour.
  @Test func rowsAtAnyTimeHaveNoHours() {
    let values: [Double] = (0..<2400).map { row -> Double in
      let shift: Double = row % 24 == 9 ? 0 : Double(1 + row * 7919 % 3_599_000)
      return Self.start + Double(row) * Self.hour + shift
    }
    #expect(RowCalendar(values, step: Self.hour) == nil)
    #expect(RowCalendar(values + [.infinity], step: Self.hour) == nil)
    #expect(RowCalendar([0, .nan, 40 * Self.day], step: Self.day) == nil)
  }
}

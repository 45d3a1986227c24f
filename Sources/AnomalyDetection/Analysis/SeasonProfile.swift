import TimeSeries

/// What a target's values usually are at each place of the season: on each weekday, at each hour.
public struct SeasonProfile: Hashable, Sendable {
  /// One place of the season.
  public struct Place: Hashable, Sendable {
    /// The median of the values; NaN where there is none.
    public let median: Double
    /// The value that a tenth of them is below.
    public let lowest: Double
    /// The value that a tenth of them is above.
    public let highest: Double
    /// The median of what was expected in the same rows.
    public let expected: Double
  }

  /// What the places are called.
  public enum Names: Hashable, Sendable {
    /// Seven days from Monday on.
    case weekdays
    /// Parts of a day from midnight on; so many for each hour.
    case hours(placesPerHour: Int)
    /// Parts of a week from Monday's midnight on; so many for each day.
    case weekHours(placesPerDay: Int)
    /// Twelve months from January on.
    case months
    /// Places with numbers only.
    case numbers
  }

  /// The places, in order.
  public let places: [Place]
  /// What they are called.
  public let names: Names

  /// More places than these say nothing that the chart does not.
  private static let mostPlaces = 400

  /// The profile of the rows with a forecast; `nil` where there is no season, or less than two of them.
  public init?(of target: TargetAnalysis, in analysis: Analysis) {
    guard let season = analysis.season, (2...Self.mostPlaces).contains(season) else { return nil }
    let time = analysis.time
    let clock = SeasonClock(time, season: season)
    let count = clock?.count ?? season
    guard count <= Self.mostPlaces, target.actual.count >= 2 * count else { return nil }
    // Days since 1970 begin with a Thursday.
    let day = Double(CivilDate.millisecondsPerDay)
    let perDay = clock.flatMap { clock -> Int? in
      let isWeek = clock.step > 0 && clock.step * Double(clock.count) == 7 * day
      return isWeek && clock.count % 7 == 0 ? clock.count / 7 : nil
    }
    var actual = [[Double]](repeating: [], count: count)
    var expected = actual
    for (row, value) in target.actual.enumerated() {
      guard value.isFinite, target.expected[row].isFinite else { continue }
      let place = clock.map { $0.place(of: time.values[row]) } ?? row % season
      let shifted = perDay.map { (place + 3 * $0) % count } ?? place
      actual[shifted].append(value)
      expected[shifted].append(target.expected[row])
    }
    guard actual.contains(where: { $0.count > 1 }) else { return nil }
    places = zip(actual, expected).map { values, expected in
      let sorted = values.sorted()
      return Place(
        median: Tail.quantile(0.5, ofSorted: sorted), lowest: Tail.quantile(0.1, ofSorted: sorted),
        highest: Tail.quantile(0.9, ofSorted: sorted),
        expected: Tail.quantile(0.5, ofSorted: expected.sorted()))
    }
    names =
      switch clock {
      case .some(let clock) where clock.step == 0: .months
      case .some where perDay == 1: .weekdays
      case .some where perDay != nil: .weekHours(placesPerDay: perDay ?? 1)
      case .some(let clock)
      where clock.step * Double(clock.count) == day
        && 3_600_000.0.truncatingRemainder(
          dividingBy: clock.step) == 0:
        .hours(placesPerHour: Int(3_600_000 / clock.step))
      default: .numbers
      }
  }
}

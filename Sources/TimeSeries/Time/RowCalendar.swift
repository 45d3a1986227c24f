/// The days of the week and the hours on which the rows of a file fall, where they rarely or never fall
/// on some of them.
///
/// A row now and then on another day or at another hour makes that day or hour none of the calendar.
struct RowCalendar: Hashable, Sendable {
  /// The days of the week that have rows, Monday 0.
  let weekdays: Set<Int>
  /// The milliseconds since midnight at which rows fall; empty for days.
  let slots: Set<Int>
  private let step: Int
  /// The times of day of the rows to come, in order; empty where rows fall at all of them.
  private let clock: [Int]

  private static let day = CivilDate.millisecondsPerDay
  /// A day of the week or an hour must be missing so often before it counts as one without rows.
  private static let leastAbsences = 3
  /// A day of the week or an hour has so large a part of the rows of the busiest one at least.
  private static let leastShare = 0.1
  /// The days and hours that count have so large a part of all rows; otherwise there is no habit.
  private static let leastKept = 0.9

  /// The number of rows of a day; `nil` for days.
  var rowsPerDay: Int? { slots.isEmpty ? nil : slots.count }

  /// `nil` where rows fall on all days and hours, or are too few to tell.
  ///
  /// - Parameters:
  ///   - values: Milliseconds since 1970, in ascending order.
  ///   - step: Their median difference.
  init?(_ values: [Double], step: Double) {
    guard step >= 60_000, step <= Double(Self.day), let first = values.first,
      let last = values.last,
      Double(Self.day).truncatingRemainder(dividingBy: step) == 0,
      last - first >= Double(Self.leastAbsences * 7 * Self.day),
      values.allSatisfy({ Int(exactly: $0.rounded(.down)) != nil })
    else { return nil }
    let places = values.map { value in
      let time = Int(value.rounded(.down))
      let day = Self.dayNumber(time)
      return (day: day, slot: time - day * Self.day)
    }
    let slots = Self.usual(places.map(\.slot))
    let days = Set(places.filter { slots.contains($0.slot) }.map(\.day))
    let weekdays = Self.usual(days.map(Self.weekday))
    let kept = places.filter { slots.contains($0.slot) && weekdays.contains(Self.weekday($0.day)) }
    let keptDays = Set(kept.map(\.day))
    guard Double(kept.count) >= Self.leastKept * Double(values.count), let start = keptDays.min(),
      let end = keptDays.max()
    else { return nil }
    let isDaily = step == Double(Self.day)
    // Rows of all times of day are no slots.
    guard isDaily ? slots.count == 1 : Double(slots.count) * step <= Double(Self.day) else {
      return nil
    }
    // A day that has rows has most of its slots; otherwise the hours are gaps and no habit.
    let filled = Double(kept.count) / Double(keptDays.count * slots.count)
    let hasHours = !isDaily && Double(slots.count) * step < Double(Self.day) && filled > 0.8
    guard weekdays.count < 7 || hasHours else { return nil }
    // Days without rows between the others must be those of the week alone, or nearly.
    let expected = Self.count(of: weekdays, from: start, to: end)
    guard Double(keptDays.count) > 0.7 * Double(expected) else { return nil }
    self.weekdays = weekdays
    self.slots = isDaily || !hasHours ? [] : slots
    self.step = Int(step)
    clock = isDaily || hasHours ? slots.sorted() : []
  }

  /// The numbers that occur about as often as the most frequent one.
  private static func usual(_ numbers: [Int]) -> Set<Int> {
    var counts: [Int: Int] = [:]
    for number in numbers { counts[number, default: 0] += 1 }
    let least = leastShare * Double(counts.values.max() ?? 0)
    return Set(counts.filter { Double($0.value) >= least }.keys)
  }

  /// The time of the row after one, which need not be on the calendar itself.
  func next(after value: Double) -> Double {
    var time = Int(value)
    guard clock.isEmpty else {
      let today = Self.dayNumber(time)
      // A week has every day of it.
      for day in today...today + 8 where weekdays.contains(Self.weekday(day)) {
        if let slot = clock.first(where: { day * Self.day + $0 > time }) {
          return Double(day * Self.day + slot)
        }
      }
      return value + Double(step)
    }
    for _ in 0...(8 * Self.day / step) {
      time += step
      if contains(time) { return Double(time) }
    }
    return value + Double(step)
  }

  /// The number of rows that should be between two; a row beside the calendar is none of them.
  func missing(between value: Double, and next: Double) -> Int {
    var count = 0
    var time = Int(value) + step
    while time < Int(next) {
      if contains(time) { count += 1 }
      time += step
    }
    return count
  }

  private func contains(_ time: Int) -> Bool {
    let day = Self.dayNumber(time)
    return weekdays.contains(Self.weekday(day))
      && (slots.isEmpty || slots.contains(time - day * Self.day))
  }

  private static func dayNumber(_ time: Int) -> Int {
    time >= 0 ? time / day : (time - day + 1) / day
  }

  /// 1970-01-01 was a Thursday.
  private static func weekday(_ day: Int) -> Int { ((day + 3) % 7 + 7) % 7 }

  private static func count(of weekdays: Set<Int>, from first: Int, to last: Int) -> Int {
    let weeks = (last - first + 1) / 7
    let rest = (0..<(last - first + 1) % 7).count { weekdays.contains(weekday(first + $0)) }
    return weeks * weekdays.count + rest
  }
}

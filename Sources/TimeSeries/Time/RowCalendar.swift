/// The days of the week and the hours on which the rows of a file fall, where they never fall on
/// some of them.
struct RowCalendar: Hashable, Sendable {
  /// The days of the week that have rows, Monday 0.
  let weekdays: Set<Int>
  /// The milliseconds since midnight at which rows fall; empty for days.
  let slots: Set<Int>
  private let step: Int

  private static let day = CivilDate.millisecondsPerDay
  /// A day of the week or an hour must be missing so often before it counts as one without rows.
  private static let leastAbsences = 3

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
      last - first >= Double(Self.leastAbsences * 7 * Self.day)
    else { return nil }
    var weekdays: Set<Int> = []
    var slots: Set<Int> = []
    var days: Set<Int> = []
    for value in values {
      let time = Int(value)
      let day = Self.dayNumber(time)
      days.insert(day)
      weekdays.insert(Self.weekday(day))
      slots.insert(time - day * Self.day)
    }
    let isDaily = step == Double(Self.day)
    // Rows of all times of day are no slots.
    guard isDaily ? slots.count == 1 : Double(slots.count) * step <= Double(Self.day) else {
      return nil
    }
    // A day that has rows has most of its slots; otherwise the hours are gaps and no habit.
    let filled = Double(values.count) / Double(days.count * slots.count)
    let hasHours = !isDaily && Double(slots.count) * step < Double(Self.day) && filled > 0.8
    guard weekdays.count < 7 || hasHours else { return nil }
    // Days without rows between the others must be those of the week alone, or nearly.
    let expected = Self.count(
      of: weekdays, from: Self.dayNumber(Int(first)), to: Self.dayNumber(Int(last)))
    guard Double(days.count) > 0.7 * Double(expected) else { return nil }
    self.weekdays = weekdays
    self.slots = isDaily || !hasHours ? [] : slots
    self.step = Int(step)
  }

  /// The time of the row after one.
  func next(after value: Double) -> Double {
    var time = Int(value)
    // A week has every day of it.
    for _ in 0...(8 * Self.day / step) {
      time += step
      if contains(time) { return Double(time) }
    }
    return value + Double(step)
  }

  /// The number of rows that should be between two.
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

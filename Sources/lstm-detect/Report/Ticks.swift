/// The places along an axis that carry a label.
struct Tick {
  var position: Double
  var label: String
}

/// Round numbers and round dates for axes.
enum Ticks {
  /// Multiples of 1, 2 or 5 times a power of ten within a range.
  static func numbers(_ range: ClosedRange<Double>, about wanted: Int) -> [Tick] {
    let span = range.upperBound - range.lowerBound
    guard span > 0, span.isFinite else { return [] }
    var step = 1.0
    while step < span / Double(wanted) { step *= 10 }
    while step > span / Double(wanted) { step /= 10 }
    let factor = [1.0, 2, 5, 10].first { step * $0 >= span / Double(wanted) } ?? 10
    step *= factor
    let first = (range.lowerBound / step).rounded(.up)
    let last = (range.upperBound / step).rounded(.down)
    guard first <= last, last - first < 1000 else { return [] }
    return stride(from: first, through: last, by: 1).map { index in
      Tick(position: index * step, label: label(index * step, step: step))
    }
  }

  private static func label(_ value: Double, step: Double) -> String {
    var decimals = 0
    var scaled = step
    while scaled < 0.999, decimals < 9 {
      scaled *= 10
      decimals += 1
    }
    return Numbers.fixed(value, decimals: decimals, groups: true)
  }

  /// Round times within a range of milliseconds since 1970, UTC.
  static func dates(_ range: ClosedRange<Double>, about wanted: Int) -> [Tick] {
    let day = 86_400_000.0
    let span = range.upperBound - range.lowerBound
    guard span > 0, span.isFinite, span < 4e15 else { return [] }
    let target = span / Double(wanted)
    if target > 20 * day { return months(range, every: monthsStep(target / day / 30.4)) }
    let steps = [1, 5, 15, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 172_800, 604_800]
      .map { $0 * 1000.0 }
    let step = steps.first { $0 >= target } ?? 14 * day
    let first = (range.lowerBound / step).rounded(.up)
    let last = (range.upperBound / step).rounded(.down)
    guard first <= last else { return [] }
    return stride(from: first, through: last, by: 1).map { index in
      let position = index * step
      let date = CivilDate(daysSince1970: Int((position / day).rounded(.down)))
      let seconds = Int(position / 1000) - Int((position / day).rounded(.down)) * 86_400
      let clock = "\(two(seconds / 3600)):\(two(seconds / 60 % 60))"
      let label = step >= day || seconds == 0 ? "\(date.day) \(date.monthName)" : clock
      return Tick(position: position, label: label)
    }
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func monthsStep(_ wanted: Double) -> Int {
    let steps = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200]
    return steps.first { Double($0) >= wanted } ?? 12_000
  }

  private static func months(_ range: ClosedRange<Double>, every step: Int) -> [Tick] {
    let day = 86_400_000.0
    let first = CivilDate(daysSince1970: Int((range.lowerBound / day).rounded(.down)))
    var month = first.year * 12 + first.month - 1
    month -= ((month % step) + step) % step
    var ticks: [Tick] = []
    while ticks.count < 100 {
      let (year, index) = month.quotientAndRemainder(dividingBy: 12)
      let date = CivilDate(year: year, month: index + 1, day: 1)
      let position = Double(date.daysSince1970) * day
      if position > range.upperBound { break }
      let label = index == 0 || step >= 12 ? "\(year)" : date.monthName
      if position >= range.lowerBound { ticks.append(Tick(position: position, label: label)) }
      month += step
    }
    return ticks
  }
}

/// A date of the proleptic Gregorian calendar.
struct CivilDate: Equatable {
  var year: Int
  var month: Int
  var day: Int

  var monthName: String {
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month - 1]
  }
}

extension CivilDate {
  /// Years are counted from March, so that the leap day comes last and month lengths follow
  /// (153 m + 2) / 5; 146097 days make 400 years.
  init(daysSince1970 days: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  var daysSince1970: Int {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

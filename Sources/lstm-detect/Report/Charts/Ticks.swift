import ResultText
import TimeSeries

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
    guard span > 0, span < 4e15, range.lowerBound > -1e16, range.upperBound < 1e16 else {
      return []
    }
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
      let name = monthNames[date.month - 1]
      let label = step >= day || seconds == 0 ? "\(date.day) \(name)" : clock
      return Tick(position: position, label: label)
    }
  }

  static let monthNames = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func monthsStep(_ wanted: Double) -> Int {
    let steps = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200]
    return steps.first { Double($0) >= 0.75 * wanted } ?? 12_000
  }

  private static func months(_ range: ClosedRange<Double>, every step: Int) -> [Tick] {
    let day = 86_400_000.0
    let first = CivilDate(daysSince1970: Int((range.lowerBound / day).rounded(.down)))
    var month = first.monthNumber
    month -= ((month % step) + step) % step
    var ticks: [Tick] = []
    while ticks.count < 100 {
      let date = CivilDate(monthNumber: month, day: 1)
      let position = Double(date.daysSince1970) * day
      if position > range.upperBound { break }
      let label = date.month == 1 || step >= 12 ? "\(date.year)" : monthNames[date.month - 1]
      if position >= range.lowerBound { ticks.append(Tick(position: position, label: label)) }
      month += step
    }
    return ticks
  }
}

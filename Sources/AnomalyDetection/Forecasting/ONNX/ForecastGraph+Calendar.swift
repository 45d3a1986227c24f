import LSTMCompute
import RealModule
import TimeSeries

extension ForecastGraph {
  /// What a calendar says of times: the columns of `CalendarTerms.values(at:)`, of each time.
  ///
  /// - Parameters:
  ///   - terms: The terms.
  ///   - time: `[B, M]`, milliseconds since 1970-01-01T00:00:00.
  /// - Returns: `[B, M, columns]`.
  func calendar(_ terms: CalendarTerms, at time: Value) -> Value {
    let days = graph.divide(time, graph.scalar(Double(CivilDate.millisecondsPerDay)))
    let wholeDays = graph.node("Floor", [days])
    let clock = graph.subtract(days, wholeDays)
    let day = graph.cast(wholeDays, .int64)
    // 1970-01-01 was a Thursday; Monday is 0.
    let weekday = graph.node("Mod", [graph.add(day, graph.integer(3)), graph.integer(7)])
    var columns: [Value] = []
    func harmonics(_ count: Int, of phase: Value) -> [Value] {
      (1...count).flatMap { number in
        let angle = graph.multiply(phase, graph.scalar(2 * Double.pi * Double(number)))
        // Not every runtime has a cosine of 64 bits.
        return [angle, graph.add(angle, graph.scalar(Double.pi / 2))].map {
          graph.node("Sin", [$0])
        }
      }
    }
    func isIn(_ place: Value, _ value: Int) -> Value {
      graph.cast(graph.node("Equal", [place, graph.integer(value)]), .float64)
    }
    for term in terms.terms {
      switch term {
      case .hour:
        let daily = harmonics(CalendarTerms.harmonicsOfDay, of: clock)
        columns += daily
        guard terms.terms.contains(.weekday) else { continue }
        let isWeekend = graph.cast(
          graph.node("GreaterOrEqual", [weekday, graph.integer(5)]), .float64)
        columns += daily.map { graph.multiply($0, isWeekend) }
      case .weekday: columns += (0..<7).map { isIn(weekday, $0) }
      case .month:
        let month = date(of: day).month
        columns += (1...12).map { isIn(month, $0) }
      case .yearday:
        let since = graph.cast(graph.subtract(day, firstDay(of: date(of: day).year)), .float64)
        columns += harmonics(
          CalendarTerms.harmonicsOfYear,
          of: graph.divide(graph.add(since, clock), graph.scalar(365.25)))
      case .holiday:
        columns += [0, 1, -1].map { isHoliday(graph.add(day, graph.integer($0)), terms) }
      }
    }
    return graph.concatenate(columns.map { graph.unsqueeze($0, 2) }, axis: 2)
  }

  /// 1 on holidays.
  private func isHoliday(_ day: Value, _ terms: CalendarTerms) -> Value {
    let holidays = graph.integers(terms.holidays.sorted())
    let isOne = graph.node("Equal", [graph.unsqueeze(day, 2), holidays])
    let count = graph.sum(graph.cast(isOne, .float64), axis: 2)
    return graph.cast(graph.node("Greater", [count, graph.scalar(0)]), .float64)
  }

  /// Year and month of days since 1970-01-01, of the years from 1 on; see `CivilDate`.
  func date(of day: Value) -> (year: Value, month: Value) {
    func plus(_ value: Value, _ number: Int) -> Value { graph.add(value, graph.integer(number)) }
    func times(_ value: Value, _ number: Int) -> Value {
      graph.multiply(value, graph.integer(number))
    }
    func over(_ value: Value, _ number: Int) -> Value {
      graph.divide(value, graph.integer(number))
    }
    let shifted = plus(day, 719_468)
    let era = over(shifted, 146_097)
    let dayOfEra = graph.subtract(shifted, times(era, 146_097))
    let leapless = graph.subtract(
      graph.add(graph.subtract(dayOfEra, over(dayOfEra, 1460)), over(dayOfEra, 36524)),
      over(dayOfEra, 146_096))
    let yearOfEra = over(leapless, 365)
    let dayOfYear = graph.subtract(
      dayOfEra,
      graph.subtract(
        graph.add(times(yearOfEra, 365), over(yearOfEra, 4)), over(yearOfEra, 100)))
    let fromMarch = over(plus(times(dayOfYear, 5), 2), 153)
    let isNextYear = graph.node("GreaterOrEqual", [fromMarch, graph.integer(10)])
    let month = graph.choose(isNextYear, plus(fromMarch, -9), plus(fromMarch, 3))
    let year = graph.add(
      graph.add(yearOfEra, times(era, 400)), graph.cast(isNextYear, .int64))
    return (year, month)
  }

  /// The first of January of years, in days since 1970-01-01.
  private func firstDay(of year: Value) -> Value {
    let before = graph.subtract(year, graph.integer(1))
    func over(_ number: Int) -> Value { graph.divide(before, graph.integer(number)) }
    let leaps = graph.add(graph.subtract(over(4), over(100)), over(400))
    return graph.subtract(
      graph.add(graph.multiply(before, graph.integer(365)), leaps), graph.integer(719_162))
  }
}

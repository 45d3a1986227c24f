/// Which of the rows to come a time is.
extension TimeAxis {
  enum Place: Hashable {
    /// The number of the row behind the last one, from 0.
    case row(Int)
    /// It lies between rows to come; the time of the one that is nearest.
    case between(nearest: Double)
    /// It is so far away that it is no row to come.
    case beyond
  }

  /// The places of some times among the rows to come, as `extended(by:)` has them.
  ///
  /// Rows that have no times, or times without a common step, count by their order.
  ///
  /// - Parameters:
  ///   - times: Times behind the last one, in ascending order.
  ///   - limit: How many rows to come there are at most.
  /// - Returns: One place for each.
  func places(of times: [Double], limit: Int) -> [Place] {
    guard kind != .rowNumbers, isEven, let last = values.last else {
      return times.indices.map { $0 < limit ? .row($0) : .beyond }
    }
    var places: [Place] = []
    var number = 1
    var time = next(after: last, number: number)
    var before: Double?
    for wanted in times {
      while number <= limit, !isSameRow(time, wanted), time < wanted {
        before = time
        number += 1
        time = next(after: time, number: number)
      }
      if number > limit {
        places.append(.beyond)
      } else if isSameRow(time, wanted) {
        places.append(.row(number - 1))
      } else {
        let nearest = before.map { wanted - $0 <= time - wanted ? $0 : time } ?? time
        places.append(.between(nearest: nearest))
      }
    }
    return places
  }

  /// Whether two values are the time of the same row: the same month where rows are months, whose last
  /// working days differ.
  private func isSameRow(_ first: Double, _ second: Double) -> Bool {
    guard months == nil else {
      return MonthSteps.monthNumber(first) == MonthSteps.monthNumber(second)
    }
    // Clocks that are put forward move the rows of a day by an hour; sums of a step such as 0.1 are
    // not quite what stands in a file.
    return (first - second).magnitude <= (kind == .times ? 0.125 : 1e-6) * step
  }

  /// Whether nearly all rows are whole steps apart.
  private var isEven: Bool {
    guard months == nil else { return true }
    guard step > 0, values.count > 1 else { return false }
    let uneven = zip(values.dropFirst(), values).count { next, value in
      let steps = (next - value) / step
      return (steps - steps.rounded()).magnitude > 1e-6 * max(1, steps)
    }
    return 10 * uneven <= values.count
  }
}

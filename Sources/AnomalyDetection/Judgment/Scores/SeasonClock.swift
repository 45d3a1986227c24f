import TimeSeries

/// Tells the place of a time within a season: the day of the week, the hour of the day, the month.
public struct SeasonClock: Hashable, Sendable, Codable {
  /// Milliseconds from one place to the next; 0 where the places are months of the year.
  let step: Double
  /// The number of places.
  let count: Int

  /// The clock of an axis; `nil` where its season is not one of time.
  ///
  /// - Parameters:
  ///   - axis: The times of the rows.
  ///   - season: The number of rows after which the series repeats itself.
  init?(_ axis: TimeAxis, season: Int) {
    guard axis.kind == .dates || axis.kind == .times, season > 1, axis.step > 0 else { return nil }
    if let months = axis.months {
      guard season * months == 12 else { return nil }
      (step, count) = (0, 12)
      return
    }
    // Where rows never fall on some days or hours, a week still has seven, and a day all of its own.
    let day = Double(CivilDate.millisecondsPerDay)
    let isSeason = axis.seasons.firstIndex(of: season)
    let span =
      switch (axis.step, isSeason) {
      case (day, 0): 7 * day
      case (..<day, 0): day
      case (..<day, 1): 7 * day
      default: Double(season) * axis.step
      }
    step = axis.step
    count = Int((span / axis.step).rounded())
  }

  /// The place of a time, 0 up to `count`.
  func place(of time: Double) -> Int {
    guard step > 0 else {
      let days = (time / Double(CivilDate.millisecondsPerDay)).rounded(.down)
      return CivilDate(daysSince1970: Int(days)).month - 1
    }
    let span = step * Double(count)
    let phase = time - span * (time / span).rounded(.down)
    let place = min(max((phase / step).rounded(), 0), Double(count))
    return Int(place) % count
  }

  var isUsable: Bool {
    (step == 0 && count == 12 || (1...1e13).contains(step)) && (2...1_000_000).contains(count)
  }
}

/// How much more residuals spread at some places of the season than at others.
///
/// On the day of a delivery stock is harder to tell than on others. The spread of each place is shrunk
/// towards that of all, so that places with few rows have about the common one.
public struct SeasonalSpread: Hashable, Sendable, Codable {
  /// So many rows count for the common spread at each place.
  private static let prior = 20.0
  /// Residuals beyond so many deviations count as ones of so many.
  private static let reach = 3.0

  let clock: SeasonClock
  /// The root of the mean square of all residuals, large ones cut.
  private let unit: Double
  /// For each place the sum of squares in that unit, and the number of rows.
  private var squares: [Double]
  private var counts: [Double]

  /// A spread that is the same everywhere, to be told by some residuals.
  ///
  /// - Returns: `nil` where the residuals have no spread.
  init?(_ clock: SeasonClock, residuals: [Double]) {
    let deviation = Tail.robustDeviation(residuals)
    guard deviation > 0 else { return nil }
    let all = Moments(
      residuals.lazy.filter(\.isFinite).map { min(($0 / deviation).magnitude, Self.reach) })
    let meanSquare = all.standardDeviation * all.standardDeviation + all.mean * all.mean
    guard meanSquare > 0 else { return nil }
    self.clock = clock
    unit = deviation * meanSquare.squareRoot()
    squares = [Double](repeating: Self.prior, count: clock.count)
    counts = squares
  }

  /// The spread of residuals that are there; `nil` where they are too few or have none.
  ///
  /// Seven rows of each place say something of its spread.
  init?(_ clock: SeasonClock, of rows: [(time: Double, residual: Double)]) {
    guard rows.count >= 7 * clock.count else { return nil }
    self.init(clock, residuals: rows.map(\.residual))
    for row in rows { add(row.residual, at: row.time) }
  }

  /// The spread at a time, over the common one.
  func factor(at time: Double) -> Double {
    let place = clock.place(of: time)
    return (squares[place] / counts[place]).squareRoot()
  }

  /// The same at each place of the clock.
  var factors: [Double] { zip(squares, counts).map { ($0 / $1).squareRoot() } }

  /// Takes a residual into account.
  mutating func add(_ residual: Double, at time: Double) {
    let place = clock.place(of: time)
    let usual = max(squares[place] / counts[place], 1)
    let square = residual / unit * (residual / unit)
    squares[place] += min(square, Self.reach * Self.reach * usual)
    counts[place] += 1
  }

  var isUsable: Bool {
    clock.isUsable && unit > 0 && unit.isFinite && squares.count == clock.count
      && counts.count == clock.count
      && zip(squares, counts).allSatisfy {
        $0 > 0 && $1 >= 1 && (1e-6...1e6).contains($0 / $1)
      }
  }
}

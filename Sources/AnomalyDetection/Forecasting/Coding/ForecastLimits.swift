public import TimeSeries

/// Values that a target cannot have, so that no forecast of it is beyond them: sales below 0, a share
/// above 1.
///
/// Each forecast is clipped before forecasts are blended, and so are quantiles: what a row is judged by
/// lies within the limits, and a source is weighted by the errors of its clipped forecasts.
public struct ForecastLimits: Hashable, Sendable, Codable {
  /// The lowest forecast of a target, by its name, in its unit.
  public var floors: [String: Double]
  /// The highest forecast of a target, by its name, in its unit.
  public var ceilings: [String: Double]

  /// Limits of some targets; none of those that are not named.
  public init(floors: [String: Double] = [:], ceilings: [String: Double] = [:]) {
    self.floors = floors
    self.ceilings = ceilings
  }

  /// Whether no target has a limit.
  public var isEmpty: Bool { floors.isEmpty && ceilings.isEmpty }

  /// A forecast of a target within its limits; NaN stays NaN.
  func clip(_ name: String, _ value: Double) -> Double {
    if let floor = floors[name], value < floor { return floor }
    if let ceiling = ceilings[name], value > ceiling { return ceiling }
    return value
  }

  /// What is wrong with the limits of some targets; `nil` where nothing is.
  func contradiction(targets: [String]) -> String? {
    for (word, limits) in [("floor", floors), ("ceiling", ceilings)] {
      for (name, value) in limits.sorted(by: { $0.key < $1.key }) {
        guard targets.contains(name) else {
          return "the \(word) of '\(name)', which is no target; there are "
            + targets.joined(separator: ", ")
        }
        guard value.isFinite else {
          return "the \(word) of '\(name)' is \(value), no finite number"
        }
      }
    }
    for name in targets {
      guard let floor = floors[name], let ceiling = ceilings[name], floor >= ceiling else {
        continue
      }
      return "the floor of '\(name)' is \(floor), which is not below its ceiling \(ceiling)"
    }
    return nil
  }

  /// How many measured values of a target are beyond its limits: of those below the floor and of those
  /// above the ceiling.
  public func countBeyond(_ name: String, of series: Series) -> (below: Int, above: Int) {
    guard let target = series.targets.firstIndex(of: name) else { return (0, 0) }
    let values = series.actual(target: target, rows: 0..<series.rowCount)
    return (
      floors[name].map { floor in values.count { $0 < floor } } ?? 0,
      ceilings[name].map { ceiling in values.count { $0 > ceiling } } ?? 0
    )
  }
}

extension Forecasts {
  /// Clips what each source forecasts, and the quantiles beside the network's.
  mutating func clip(by limits: ForecastLimits, targets: [String]) {
    guard !limits.isEmpty else { return }
    func clipped(_ cells: [Double]) -> [Double] {
      cells.enumerated().map { limits.clip(targets[$0 % targets.count], $1) }
    }
    values.forecasts = clipped(values.forecasts)
    for (index, uncertainty) in uncertainties.enumerated() where uncertainty.isValue {
      values.uncertainties[index] = clipped(values.uncertainties[index])
    }
    bySource = bySource.mapValues(clipped)
  }
}

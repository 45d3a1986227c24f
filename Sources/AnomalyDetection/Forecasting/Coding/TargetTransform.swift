import RealModule

/// What is done to a target before anything else, so that growth becomes a slope.
struct TargetTransform: Hashable, Sendable, Codable {
  /// What is added to a target before its logarithm is taken, by its name; none where nothing is done.
  var shifts: [String: Double]
  /// The range of a target's values that were fitted to, transformed, and as much again on both
  /// sides: no forecast is beyond it.
  var limits: [String: [Double]]

  /// Nothing is done.
  static let none = TargetTransform(shifts: [:], limits: [:])

  init(shifts: [String: Double], limits: [String: [Double]]) {
    self.shifts = shifts
    self.limits = limits
  }

  /// Logarithms of targets that are above 0, or at 0 and above, in the rows that are fitted to.
  ///
  /// - Returns: `nil` where a target is below 0.
  init?(logarithmsOf columns: [(name: String, values: ArraySlice<Double>)]) {
    self = .none
    for (name, values) in columns {
      guard let lowest = values.min(), lowest >= 0 else { return nil }
      guard let smallest = values.filter({ $0 > 0 }).min() else { return nil }
      let shift = lowest > 0 ? 0 : smallest / 2
      shifts[name] = shift
      let logarithms = values.map { Double.log($0 + shift) }
      guard let low = logarithms.min(), let high = logarithms.max() else { return nil }
      limits[name] = [low - (high - low), high + (high - low)]
    }
  }

  /// A target's values as they are learnt.
  func apply(_ name: String, _ values: [Double]) -> [Double] {
    guard let shift = shifts[name], let limits = limits[name] else { return values }
    let floor = Double.exp(limits[0])
    return values.map { Double.log(max($0 + shift, floor)) }
  }

  /// A target's value from one that was forecast.
  func invert(_ name: String, _ value: Double) -> Double {
    guard let shift = shifts[name], let limits = limits[name] else { return value }
    return Double.exp(min(max(value, limits[0]), limits[1])) - shift
  }
}

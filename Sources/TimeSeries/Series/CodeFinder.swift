/// Finds numbers that stand for missing values: they repeat, far outside of all others.
struct CodeFinder {
  /// A number in a column, and how often it stands there.
  struct Found: Hashable {
    var value: Double
    var count: Int
  }

  /// - Parameters:
  ///   - columns: The values of each column, NaN where missing.
  ///   - kept: Numbers that are values.
  /// - Returns: For each column the numbers that stand for missing values.
  static func codes(in columns: [[Double]], kept: Set<Double>) -> [[Found]] {
    var found = columns.map { codes(in: $0, kept: kept) { $0.isCode } }
    // What is a code in one column is one in others where it is less far outside.
    let known = Set(found.joined().map(\.value))
    guard !known.isEmpty else { return found }
    for index in columns.indices {
      let values = columns[index].filter { value in
        !found[index].contains { $0.value == value }
      }
      found[index] += codes(in: values, kept: kept) { extreme in
        known.contains(extreme.value) && extreme.isOutside
      }
    }
    return found
  }

  /// Values that repeat far outside but look like no code.
  static func suspects(in values: [Double], kept: Set<Double>) -> [Found] {
    codes(in: values, kept: kept) { !$0.isCode && $0.isSuspicious }
  }

  private static func codes(
    in values: [Double], kept: Set<Double>, _ isOne: (Extreme) -> Bool
  ) -> [Found] {
    var values = values.filter(\.isFinite)
    var found: [Found] = []
    // Few files have more than two codes.
    for _ in 0..<4 {
      let next = Extreme.both(of: values).first { !kept.contains($0.value) && isOne($0) }
      guard let next else { break }
      found.append(Found(value: next.value, count: next.count))
      values.removeAll { $0 == next.value }
    }
    return found
  }
}

/// The smallest or largest value of a column, beside all others.
private struct Extreme {
  let value: Double
  let count: Int
  let others: Int
  /// The range of the others.
  let low: Double
  let high: Double

  /// - Returns: None where the others are too few to tell.
  static func both(of values: [Double]) -> [Extreme] {
    guard let minimum = values.min(), let maximum = values.max(), minimum < maximum else {
      return []
    }
    return [minimum, maximum].compactMap { value in
      var low = Double.infinity
      var high = -Double.infinity
      var others = 0
      var distinct: Set<Double> = []
      for other in values where other != value {
        others += 1
        low = min(low, other)
        high = max(high, other)
        if distinct.count < 5 { distinct.insert(other) }
      }
      // Of a few levels, such as prices, any may lie far from the others.
      guard others >= 10, distinct.count == 5 else { return nil }
      return Extreme(
        value: value, count: values.count - others, others: others, low: low, high: high)
    }
  }

  private var range: Double { high - low }
  private var gap: Double { value < low ? low - value : value - high }

  /// Whether it is outside of the others by a part of their range, or negative where none is.
  var isOutside: Bool { count >= 2 && (gap >= 0.1 * range || value < 0 && low >= 0) }

  /// Whether it repeats far outside of the others.
  var isSuspicious: Bool { count >= 3 && count < others && gap >= 5 * range && value != 0 }

  /// Whether it is written like a code and outside of the others, or negative and far off where no
  /// other is.
  var isCode: Bool {
    guard count >= 2, gap > 0 else { return false }
    if value < 0, low >= 0 {
      if isRepeatedDigit { return true }
      return isLimit ? gap >= 0.1 * range : count >= 3 && gap >= range
    }
    return (isRepeatedDigit || isLimit) && gap >= range && value.magnitude >= 2 * high.magnitude
  }

  /// 99, 999, 9999.9, -8888: the same digit, two times at least.
  private var isRepeatedDigit: Bool {
    var digits = Array("\(value.magnitude)".utf8.filter { $0 &- 48 < 10 })
    guard (90..<1e15).contains(value.magnitude) else { return false }
    if value == value.rounded() { digits.removeLast() }
    guard let first = digits.first, digits.allSatisfy({ $0 == first }) else { return false }
    return first == UInt8(ascii: "9") ? digits.count >= 2 : first >= 55 && digits.count >= 3
  }

  /// The ends of types of numbers, and codes of instruments.
  private var isLimit: Bool {
    let limits: Set<Double> = [
      -200, 32767, -32768, 65535, 2_147_483_647, -2_147_483_648, 4_294_967_295, 1e20, -1e20, 1e30,
      -1e30, 1e31, 9.969209968386869e36,
    ]
    return limits.contains(value) || value.magnitude >= 1e30
  }
}

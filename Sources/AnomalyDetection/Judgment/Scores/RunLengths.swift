/// How many equal values follow each other, which tells a sensor that is stuck from one that is steady.
public struct RunLengths: Hashable, Sendable, Codable {
  /// A run has so many more values than three times the longest one that was seen, at the threshold.
  private static let slack = 10

  /// The longest run there was; a longer one counts as one at the threshold.
  private var longest: Int
  private var current = 0
  private var last: Double?

  /// A value that stays the same for a larger share of the rows than 1 in so many is a state, such as a
  /// flag, and never stuck.
  private static let leastRuns = 20

  /// Counts the runs of some values in order, where none of them is long as it is.
  ///
  /// A value that is missing, and so not finite, neither belongs to a run nor ends one, as when rows are
  /// judged.
  init?(_ values: [Double]) {
    longest = 0
    var count = 0
    for value in values where value.isFinite {
      add(value)
      count += 1
      longest = max(longest, current)
    }
    guard longest > 0, longest * Self.leastRuns <= count else { return nil }
  }

  private mutating func add(_ value: Double) {
    current = value == last ? current + 1 : 1
    last = value
  }

  /// The length of a run whose score is 1.
  private var limit: Int { 3 * longest + Self.slack }

  /// Follows the next value.
  ///
  /// - Parameter value: A finite value.
  /// - Returns: The length of the run that it belongs to, in units of the longest that is usual.
  mutating func follow(_ value: Double) -> Double {
    let ended = current
    add(value)
    if current == 1 { longest = max(longest, min(ended, limit)) }
    return Double(current) / Double(limit)
  }

  /// Whether the numbers can be lengths, which nothing overflows.
  var isUsable: Bool {
    (0...Self.most).contains(longest) && (0...Self.most).contains(current)
      && (current == 0) == (last == nil)
  }

  private static let most = 1 << 48
}

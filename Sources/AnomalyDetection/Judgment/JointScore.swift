/// How unusual a row is over all targets, and what each has to do with it.
///
/// The root mean square of the targets' scores: what moves many targets a little is as joint an
/// anomaly as what moves one a lot. A single score counts for ten at most.
public struct JointScore: Hashable, Sendable {
  fileprivate static let largest = 10.0

  /// The joint score.
  public let value: Double
  /// For each target its share of it; they sum to 1, and are 0 where all scores are.
  public let shares: [Double]

  /// The joint score of a row's scores; `nil` where no target was judged.
  ///
  /// - Parameter scores: The score of each target; `nil` where it was not judged.
  public init?(_ scores: [Double?]) {
    self.init(
      squares: scores.map { score in
        score.map { min($0, Self.largest) * min($0, Self.largest) }
      })
  }

  fileprivate init?(squares: [Double?]) {
    let known = squares.compactMap(\.self)
    guard !known.isEmpty else { return nil }
    let sum = known.reduce(0, +)
    value = (sum / Double(known.count)).squareRoot()
    shares = squares.map { sum > 0 ? ($0 ?? 0) / sum : 0 }
  }

  /// The target with the largest share; `nil` where all scores are 0.
  public var first: Int? {
    guard let largest = shares.max(), largest > 0 else { return nil }
    return shares.firstIndex(of: largest)
  }
}

/// Follows the joint score of rows that come in order.
///
/// The squares of the targets' scores are averaged over the rows before, the last ones counting most: what
/// is joint is seldom over in a row, and the targets that take part in it are rarely off in the same row.
public struct JointScorer: Hashable, Sendable, Codable {
  /// The share of a new row, of an exponential mean that spans ten rows.
  private static let share = 2.0 / 11

  /// For each target the mean of its squares.
  private(set) var squares: [Double]

  /// A scorer that has seen nothing.
  ///
  /// - Parameter count: The number of targets.
  public init(targetCount count: Int) { squares = [Double](repeating: 0, count: count) }

  /// Takes the next row into account.
  ///
  /// - Parameter scores: The score of each target; `nil` where it was not judged.
  /// - Returns: The joint score; `nil` where no target was judged.
  public mutating func score(_ scores: [Double?]) -> JointScore? {
    for (target, score) in scores.enumerated() {
      guard let score else { continue }
      let held = min(score, JointScore.largest)
      squares[target] += Self.share * (held * held - squares[target])
    }
    return JointScore(squares: zip(scores, squares).map { $0 == nil ? nil : $1 })
  }

  /// Whether these can be the squares of so many targets.
  func isUsable(targetCount count: Int) -> Bool {
    squares.count == count && squares.allSatisfy { $0 >= 0 && $0.isFinite }
  }
}

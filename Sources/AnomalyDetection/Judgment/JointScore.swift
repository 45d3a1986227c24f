/// How unusual a row is over all targets, and what each has to do with it.
///
/// The root mean square of the targets' scores: what moves many targets a little is as joint an
/// anomaly as what moves one a lot. A single score counts for ten at most.
public struct JointScore: Hashable, Sendable {
  private static let largest = 10.0

  /// The joint score.
  public let value: Double
  /// For each target its share of it; they sum to 1, and are 0 where all scores are.
  public let shares: [Double]

  /// The joint score of a row's scores; `nil` where no target was judged.
  ///
  /// - Parameter scores: The score of each target; `nil` where it was not judged.
  public init?(_ scores: [Double?]) {
    let squares = scores.map { score in
      score.map { min($0, Self.largest) * min($0, Self.largest) }
    }
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

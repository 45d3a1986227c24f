@testable import LSTMCompute
import Testing

/// Whether random masks are as random as they say; that all devices draw the same is tested with
/// the operations.
@Suite struct RandomMaskTests {
  private static func hits(
    _ share: Float, _ kind: RandomMask.Kind = .dropout, seed: UInt64 = 1, batch: UInt32 = 0,
    layer: Int = 0, direction: Int = 0
  ) -> [Bool] {
    let mask = RandomMask(
      share: share, kind, seed: seed, batchNumber: batch, layer: layer, direction: direction)
    return (0..<20_000).map { mask.isHit($0) }
  }

  private static func count(_ hits: some Sequence<Bool>) -> Double {
    hits.reduce(0) { $0 + ($1 ? 1 : 0) }
  }

  /// Within five standard deviations of a binomial distribution.
  @Test(arguments: [0.1, 0.25, 0.5, 0.9] as [Float]) func hasItsShare(share: Float) {
    let hits = Self.hits(share)
    let expected = Double(share) * Double(hits.count)
    let deviation = (expected * (1 - Double(share))).squareRoot()
    #expect(abs(Self.count(hits) - expected) < 5 * deviation)
    // Neighbors do not depend on each other.
    let pairs = zip(hits, hits.dropFirst()).map { $0 && $1 }
    let both = Double(share) * Double(share) * Double(pairs.count)
    #expect(abs(Self.count(pairs) - both) < 5 * (2 * both).squareRoot())
  }

  /// Two independent masks of one half agree in about half of their elements.
  @Test func othersAreIndependent() {
    let first = Self.hits(0.5)
    let others = [
      Self.hits(0.5, .zoneoutCell), Self.hits(0.5, seed: 2), Self.hits(0.5, batch: 1),
      Self.hits(0.5, layer: 1), Self.hits(0.5, direction: 1),
    ]
    for other in others {
      let agreeing = Self.count(zip(first, other).map { $0 == $1 })
      #expect(abs(agreeing - 10_000) < 5 * 5000.0.squareRoot())
    }
    #expect(Self.hits(0.5) == first)
  }
}

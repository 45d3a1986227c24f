/// The counter-based random generator Philox4x32-10.
///
/// Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011. A block of four numbers
/// depends on the key and the counter alone, so any device can draw the same numbers in any order.
public struct PhiloxGenerator: RandomNumberGenerator, Sendable {
  /// What the numbers are for; different streams of one seed are independent.
  public enum Stream: UInt32, Sendable {
    /// Initial parameters.
    case initialization = 1
    /// The order of the windows in an epoch.
    case shuffle = 2
    /// Made-up data of tests and benchmarks.
    case data = 3
  }

  private let key: (UInt32, UInt32)
  private let stream: UInt32
  private let substream: UInt32
  private var counter: UInt64 = 0
  private var block: SIMD4<UInt32> = .zero
  private var used = 4

  /// A generator that starts at the beginning of a stream.
  ///
  /// - Parameters:
  ///   - seed: The key.
  ///   - stream: What the numbers are for.
  ///   - substream: A number such as the epoch, to start afresh within a stream.
  public init(seed: UInt64, stream: Stream, substream: UInt32 = 0) {
    key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    self.stream = stream.rawValue
    self.substream = substream
  }

  /// The block of four numbers that belongs to a counter and a key.
  public static func block(
    counter: SIMD4<UInt32>, key: (UInt32, UInt32)
  ) -> SIMD4<UInt32> {
    var counter = counter
    var key = key
    for _ in 0..<10 {
      let first = UInt64(counter.x) * 0xD251_1F53
      let second = UInt64(counter.z) * 0xCD9E_8D57
      counter = SIMD4(
        UInt32(truncatingIfNeeded: second >> 32) ^ counter.y ^ key.0,
        UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ counter.w ^ key.1,
        UInt32(truncatingIfNeeded: first))
      key = (key.0 &+ 0x9E37_79B9, key.1 &+ 0xBB67_AE85)
    }
    return counter
  }

  /// The next 32 random bits.
  public mutating func nextBits() -> UInt32 {
    if used == 4 {
      block = Self.block(
        counter: SIMD4(
          UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32),
          substream, stream),
        key: key)
      counter += 1
      used = 0
    }
    defer { used += 1 }
    return block[used]
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    let low = UInt64(nextBits())
    return low | UInt64(nextBits()) << 32
  }

  /// The next number, uniform in [0, 1), a multiple of 2⁻²⁴.
  public mutating func nextUnitFloat() -> Float {
    Float(nextBits() >> 8) * 0x1p-24
  }
}

/// A hash by which files in a cache are named: FNV-1a in 128 bits.
///
/// It is no protection against somebody who looks for two texts with the same hash. Who relies on it
/// compares the text too.
package enum Fingerprint {
  private static let basis: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
  private static let prime: UInt128 = 0x0000_0000_0100_0000_0000_0000_0000_013b

  package static func of(_ bytes: some Sequence<UInt8>) -> UInt128 {
    bytes.reduce(basis) { ($0 ^ UInt128($1)) &* prime }
  }

  /// In 32 digits, for the name of a file.
  package static func name(of text: String) -> String {
    let digits = String(of(text.utf8), radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits
  }
}

import Foundation
import Testing

@testable import TimeSeries

/// Files of zstd, which libzstd unpacks where it is.
@Suite struct ZstandardTests {
  /// What `zstd -19 --check` makes of the text.
  private static let whole =
    "KLUv/WSpATUGAHZSKBWQKenYf9XS/szslLS9yZZyG+GfK7omACAAHwBVLveRD3v4kevY6qtJH7p43aWvc55p"
    + "ABxAcWgoCoYPiAEh8SIgCA8PeuxydPlh9B0foYdsRZcmpe8u0lOX6M6hz6by9KHjvDYPbpzm+JQP4yUf4UZb"
    + "8Tkm5a2L3C7xuTm8nQp9JUbphfPoLdN1Iw9ZL3QhvcdHdauvvWzsvQl16zV9hm4JJ6gR7GR3vwOArw4Qlnyu"
    + "5b6I0muJEXXmRCSXd3yNEMSkKmnM3H0="

  /// A frame that is skipped, then the first 20 lines by `zstd -1`, then the others by
  /// `zstd -3 --no-check` of a pipe, whose frame does not tell its size.
  private static let parts =
    "UCpNGAMAAABhYmMotS/9ZEUARQQAIokWFqAn6YZv37GKu6r4ErIJ2XsDQKpq8AiF6Syf9qJN+5mvneTSXp20"
    + "323ttKu9pvYr98yaNdv53Ec2ZdJHNnOxzyY1u9F2V7+aOC8NomFEKhADwgVDQHA4cQACEgAq2yZl26Bsm5Nt"
    + "Y7JtSmYb2IVkdgHbgFLALmAXsAvYBewCdpm5C7JNJ6U+HwAotS/9AFjtAwACihMMkLVtZv20kptjl1ecQPXi"
    + "lN5apFN40kuu9Y7HOs1ivab1isM69Vnf5K54aW5w4jLBVw/iDYvASabhG4fyzkNOV/jEHG8XoGRRjwEXDMcU"
    + "AGAbsA3YBmwD27RsF5fZBrZpmc1B4aBwUAzYxqptwDZgm6p2AduAbVIxlw=="

  private static let text =
    "day,units,row\n"
    + (0..<40).map { row in
      let day = row % 28 + 1
      return "2024-02-\(day < 10 ? "0" : "")\(day),\(row * 37 % 101),\(row)\n"
    }.joined()

  private func table(_ bytes: [UInt8]) throws(TimeSeriesError) -> Table {
    try Table(fileName: "a.csv.zst", bytes: bytes, pieceSize: 100)
  }

  @Test(arguments: [whole, parts]) func comesBack(encoded: String) throws {
    let bytes = Array(try #require(Data(base64Encoded: encoded)))
    guard Zstandard.isThere else {
      let reason = message { try table(bytes) }
      #expect(reason?.hasSuffix("zstd -dc a.csv.zst | lstm-detect run - ...") == true)
      return
    }
    #expect(try Zstandard.unpacked(bytes) == Array(Self.text.utf8))
    #expect(try table(bytes).rowCount == 40)
  }

  @Test(.enabled(if: Zstandard.isThere)) func damageIsNamed() throws {
    let bytes = Array(try #require(Data(base64Encoded: Self.whole)))
    for cut in [5, 17, bytes.count / 2, bytes.count - 1] {
      let reason = message { try table(Array(bytes.prefix(cut))) }
      #expect(reason == "a.csv.zst: the zstd file is damaged: it ends too early", "\(cut)")
    }
    for place in bytes.indices.dropFirst(4) {
      var broken = bytes
      broken[place] ^= 0x10
      // Some bits of a header change nothing; the checksum sees all that change the text.
      guard (try? Zstandard.unpacked(broken)) != Array(Self.text.utf8) else { continue }
      let reason = message { try table(broken) }
      #expect(reason?.hasPrefix("a.csv.zst: the zstd file is damaged: ") == true, "\(place)")
    }
    let reason = message { try table(bytes + Array("more".utf8)) }
    #expect(reason?.hasPrefix("a.csv.zst: the zstd file is damaged: ") == true)
  }
}

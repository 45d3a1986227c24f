internal import CReport
import LSTMCompute

/// The script of a page, and the rule by which a browser runs it and nothing else.
enum PageScript {
  /// The text between the tags.
  static let text = "\n(() => {\n\"use strict\";\n\(ReportAsset.script.text)})();\n"

  /// A content security policy: nothing is loaded, and no script runs but this one, known by its SHA-256,
  /// whatever a name from the data may be.
  ///
  /// - Parameter isLive: Whether the page has the script.
  /// - Returns: An element for the head of the page.
  static func policy(isLive: Bool) -> String {
    let scripts = isLive ? "'sha256-\(checksum)'" : "'none'"
    return "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      + "style-src 'unsafe-inline'; script-src \(scripts); base-uri 'none'; form-action 'none'\">"
  }

  /// The SHA-256 of the text in base 64 (RFC 4648).
  private static let checksum: String = {
    var digest = SHA256()
    Array(text.utf8).withUnsafeBytes { digest.add($0) }
    let digits = Array(digest.text)
    return base64(
      stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(String(digits[$0...$0 + 1]), radix: 16)
      })
  }()

  static func base64(_ bytes: [UInt8]) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for place in 0..<4 {
        text.append(place <= group.count ? letters[bits >> (18 - 6 * place) & 63] : "=")
      }
    }
    return text
  }
}

extension ReportAsset {
  var text: String { String(cString: cString) }
}

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// dygraphs, as the Debian package libjs-dygraphs installs it.
struct ChartLibrary {
  /// The script, safe to put into a page.
  var script: String
  /// The style sheet, safe to put into a page.
  var sheet: String

  static let folder = "/usr/share/javascript/dygraphs"

  /// The library from a folder; `nil` where it is not there.
  init?(folder: String = Self.folder) {
    guard
      let script = try? String(contentsOfFile: folder + "/dygraph.min.js", encoding: .utf8),
      let sheet = try? String(contentsOfFile: folder + "/dygraph.min.css", encoding: .utf8)
    else { return nil }
    self.script = Self.safe(script)
    self.sheet = Self.safe(sheet)
  }

  /// Breaks up what would end the element around it, and what would make browsers look for a map
  /// that is not there.
  private static func safe(_ text: String) -> String {
    text.replacing("</script", with: "<\\/script").replacing("sourceMappingURL", with: "")
  }
}

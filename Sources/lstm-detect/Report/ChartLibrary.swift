internal import CReport

/// dygraphs, which draws charts that zoom.
struct ChartLibrary {
  /// The script, safe to put into a page.
  let script: String
  /// The style sheet, safe to put into a page.
  let sheet: String
  /// What every copy has to say.
  let license: String

  /// The copy that is part of the program.
  static var embedded: ChartLibrary {
    ChartLibrary(
      script: ReportAsset.dygraphsScript.text, sheet: ReportAsset.dygraphsStyle.text,
      license: ReportAsset.dygraphsLicense.text)
  }

  init(script: String, sheet: String, license: String) {
    self.script = Self.safe(script)
    self.sheet = Self.safe(sheet)
    self.license = license
  }

  /// Breaks up what would end the element around it, and what would make browsers look for a map
  /// that is not there.
  private static func safe(_ text: String) -> String {
    text.replacing("</script", with: "<\\/script").replacing("sourceMappingURL", with: "")
  }
}

extension ReportAsset {
  var text: String { String(cString: cString) }
}

import LSTMCompute

/// A static line chart.
///
/// Its colors come from the style sheet of the page around it.
struct SVGChart {
  /// One line; NaN interrupts it.
  struct Line {
    var values: [Double]
    var style: String
  }
  /// A red mark with a text that shows when it is pointed at.
  struct Mark {
    var row: Int
    var value: Double
    var text: String
  }
  /// A labeled stretch of the horizontal axis.
  struct Shade {
    var x: ClosedRange<Double>
    var label: String
    var style: String
  }

  var label: String
  var x: [Double]
  var hasDates: Bool
  var lines: [Line]
  /// A stretch of values for each row, NaN where there is none.
  var band: (lowest: [Double], highest: [Double])?
  var marks: [Mark] = []
  var shades: [Shade] = []
  /// Whether the horizontal axis counts something, so that only whole numbers are labeled.
  var hasWholeNumbers = false
  var height = 280.0

  private let width = 960.0
  private let margin = (left: 64.0, right: 12.0, top: 24.0, bottom: 26.0)
  /// More columns than this no screen shows.
  private let columns = 800

  /// The chart as an `<svg>` element.
  func render() -> String {
    let frame = Frame(
      x: xRange, y: yRange, left: margin.left, top: margin.top,
      width: width - margin.left - margin.right, height: height - margin.top - margin.bottom)
    var svg = "<svg viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" "
    svg += "aria-label=\"\(HTML.escape(label))\">\n"
    for shade in shades { svg += render(shade, in: frame) }
    svg += renderAxes(in: frame)
    if let band { svg += render(band, in: frame) }
    for line in lines { svg += render(line, in: frame) }
    for mark in marks { svg += render(mark, in: frame) }
    return svg + "</svg>\n"
  }

  private var xRange: ClosedRange<Double> {
    let low = x.first ?? 0
    let high = x.last ?? 1
    return low...(high > low ? high : low + 1)
  }

  private var yRange: ClosedRange<Double> {
    var low = Double.infinity
    var high = -Double.infinity
    for values in lines.map(\.values) + (band.map { [$0.lowest, $0.highest] } ?? []) {
      for value in values where value.isFinite {
        low = min(low, value)
        high = max(high, value)
      }
    }
    for value in marks.map(\.value) {
      low = min(low, value)
      high = max(high, value)
    }
    guard low <= high else { return 0...1 }
    // No difference of two numbers of the range is infinite.
    let limit = Double.greatestFiniteMagnitude / 4
    (low, high) = (max(low, -limit), min(high, limit))
    guard low <= high else { return 0...1 }
    let padding = high > low ? (high - low) * 0.05 : max(1, high.magnitude * 0.1)
    return low - padding...high + padding
  }

  private func render(_ shade: Shade, in frame: Frame) -> String {
    let left = frame.horizontal(max(shade.x.lowerBound, frame.x.lowerBound))
    let right = frame.horizontal(min(shade.x.upperBound, frame.x.upperBound))
    guard right > left else { return "" }
    let box =
      "x=\"\(Frame.text(left))\" y=\"0\" width=\"\(Frame.text(right - left))\" "
      + "height=\"\(Frame.text(frame.top + frame.height))\""
    let text =
      right - left > 7 * Double(shade.label.count)
      ? "<text class=\"part\" x=\"\(Frame.text(left + 6))\" y=\"15\">\(HTML.escape(shade.label))</text>"
      : ""
    return "<rect class=\"\(shade.style)\" \(box)/>\(text)\n"
  }

  private func renderAxes(in frame: Frame) -> String {
    var svg = ""
    let right = frame.left + frame.width
    let bottom = frame.top + frame.height
    for tick in Ticks.numbers(frame.y, about: 5) {
      let y = frame.vertical(tick.position)
      svg += "<path class=\"grid\" d=\"M\(Frame.text(frame.left)) \(Frame.text(y))"
      svg += "H\(Frame.text(right))\"/>"
      svg += "<text class=\"tick\" text-anchor=\"end\" x=\"\(Frame.text(frame.left - 8))\" "
      svg += "y=\"\(Frame.text(y + 4))\">\(tick.label)</text>\n"
    }
    let ticks =
      hasDates ? Ticks.dates(frame.x, about: 8) : Ticks.numbers(frame.x, about: 8)
    for tick in ticks where !hasWholeNumbers || tick.position == tick.position.rounded() {
      let x = Frame.text(frame.horizontal(tick.position))
      svg += "<path class=\"axis\" d=\"M\(x) \(Frame.text(bottom))v5\"/>"
      svg += "<text class=\"tick\" text-anchor=\"middle\" x=\"\(x)\" "
      svg += "y=\"\(Frame.text(bottom + 19))\">\(tick.label)</text>\n"
    }
    return svg + "<path class=\"axis\" d=\"M\(Frame.text(frame.left)) \(Frame.text(bottom))"
      + "H\(Frame.text(right))\"/>\n"
  }

  private func render(_ line: Line, in frame: Frame) -> String {
    let rows = Thinning.rows(of: [line.values], columns: columns, keeping: marks.lazy.map(\.row))
    var path = ""
    var isDown = false
    for row in rows {
      guard line.values[row].isFinite else {
        isDown = false
        continue
      }
      path += isDown ? "L" : "M"
      path += frame.point(x[row], line.values[row])
      isDown = true
    }
    // Where lines lie closely they are drawn lightly, so that others show through.
    let style = rows.count < line.values.count ? line.style + " dense" : line.style
    return path.isEmpty ? "" : "<path class=\"\(style)\" d=\"\(path)\"/>\n"
  }

  private func render(
    _ band: (lowest: [Double], highest: [Double]), in frame: Frame
  ) -> String {
    let rows = Thinning.rows(of: [band.lowest, band.highest], columns: columns, keeping: [])
    var path = ""
    let isGap = { (row: Int) in !band.lowest[row].isFinite || !band.highest[row].isFinite }
    for stretch in rows.split(whereSeparator: isGap) where stretch.count > 1 {
      let upper = stretch.map { frame.point(x[$0], band.highest[$0]) }
      let lower = stretch.reversed().map { frame.point(x[$0], band.lowest[$0]) }
      path += "M" + (upper + lower).joined(separator: "L") + "Z"
    }
    return path.isEmpty ? "" : "<path class=\"band\" d=\"\(path)\"/>\n"
  }

  private func render(_ mark: Mark, in frame: Frame) -> String {
    "<circle class=\"mark\" cx=\"\(Frame.text(frame.horizontal(x[mark.row])))\" "
      + "cy=\"\(Frame.text(frame.vertical(mark.value)))\" r=\"\(marks.count > 120 ? 3 : 4)\">"
      + "<title>\(HTML.escape(mark.text))</title></circle>\n"
  }
}

/// The rectangle of a chart in which the data lies, and where a point of the data is in it.
private struct Frame {
  var x: ClosedRange<Double>
  var y: ClosedRange<Double>
  var left: Double
  var top: Double
  var width: Double
  var height: Double

  func horizontal(_ value: Double) -> Double {
    left + (value - x.lowerBound) / (x.upperBound - x.lowerBound) * width
  }

  func vertical(_ value: Double) -> Double {
    top + (y.upperBound - value) / (y.upperBound - y.lowerBound) * height
  }

  func point(_ x: Double, _ y: Double) -> String {
    Self.text(horizontal(x)) + " " + Self.text(vertical(y))
  }

  /// A coordinate with one decimal, which is finer than any screen.
  static func text(_ value: Double) -> String {
    // A value beyond the range of the chart lies beyond the page.
    let tenths = Checked.integer(min(max(value, -1e6), 1e6) * 10)
    let sign = tenths < 0 ? "-" : ""
    let (whole, rest) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
    return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(rest)"
  }
}

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
  /// A stretch of values for each row, NaN where there is none.
  struct Area {
    var lowest: [Double]
    var highest: [Double]
    var style: String
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
  /// Drawn below the lines, the first at the bottom.
  var areas: [Area] = []
  var marks: [Mark] = []
  var shades: [Shade] = []
  /// A place with a line from top to bottom, and what it is.
  var rule: (x: Double, label: String)?
  /// The labels below; `nil` where they follow from the axis.
  var ticks: [Tick]?
  /// Whether the horizontal axis counts something, so that only whole numbers are labeled.
  var hasWholeNumbers = false
  var height = 280.0
  var width = 960.0
  /// More columns than this no screen shows.
  var columns = 800

  private let margin = (left: 64.0, right: 12.0, top: 24.0, bottom: 26.0)

  /// The chart as an `<svg>` element.
  func render() -> String {
    let frame = Frame(
      x: xRange, y: yRange, left: margin.left, top: margin.top,
      width: width - margin.left - margin.right, height: height - margin.top - margin.bottom)
    var svg = Self.open(width: width, height: height, label: label)
    for shade in shades { svg += render(shade, in: frame) }
    svg += renderAxes(in: frame)
    for area in areas { svg += render(area, in: frame) }
    if let rule { svg += render(rule, in: frame) }
    for line in lines { svg += render(line, in: frame) }
    for mark in marks { svg += render(mark, in: frame) }
    return svg + "</svg>\n"
  }

  /// The beginning of an `<svg>` element of so many units.
  static func open(width: Double, height: Double, label: String) -> String {
    "<svg viewBox=\"0 0 \(Frame.text(width)) \(Frame.text(height))\" role=\"img\" "
      + "aria-label=\"\(HTML.escape(label))\">\n"
  }

  private var xRange: ClosedRange<Double> {
    let low = x.first ?? 0
    let high = x.last ?? 1
    return low...(high > low ? high : low + 1)
  }

  private var yRange: ClosedRange<Double> {
    var low = Double.infinity
    var high = -Double.infinity
    for values in lines.map(\.values) + areas.flatMap({ [$0.lowest, $0.highest] }) {
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
    for tick in Ticks.numbers(frame.y, about: 5) {
      let y = frame.vertical(tick.position)
      svg += "<path class=\"grid\" d=\"M\(Frame.text(frame.left)) \(Frame.text(y))"
      svg += "H\(Frame.text(right))\"/>"
      svg += "<text class=\"tick\" text-anchor=\"end\" x=\"\(Frame.text(frame.left - 8))\" "
      svg += "y=\"\(Frame.text(y + 4))\">\(tick.label)</text>\n"
    }
    let span = frame.x.upperBound - frame.x.lowerBound
    let count = hasWholeNumbers ? max(1, min(8, Checked.integer(span))) : 8
    let ticks =
      self.ticks
      ?? (hasDates ? Ticks.dates(frame.x, about: count) : Ticks.numbers(frame.x, about: count))
    return svg + frame.horizontalAxis(ticks)
  }

  private func render(_ rule: (x: Double, label: String), in frame: Frame) -> String {
    let place = frame.horizontal(rule.x)
    let x = Frame.text(place)
    let share = (place - frame.left) / frame.width
    let anchor = share < 0.15 ? "start" : share > 0.85 ? "end" : "middle"
    return
      "<path class=\"level\" d=\"M\(x) \(Frame.text(frame.top))v\(Frame.text(frame.height))\"/>"
      + "<text class=\"tick\" text-anchor=\"\(anchor)\" x=\"\(x)\" y=\"15\">\(HTML.escape(rule.label))"
      + "</text>\n"
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

  private func render(_ area: Area, in frame: Frame) -> String {
    let rows = Thinning.rows(of: [area.lowest, area.highest], columns: columns, keeping: [])
    var path = ""
    let isGap = { (row: Int) in !area.lowest[row].isFinite || !area.highest[row].isFinite }
    for stretch in rows.split(whereSeparator: isGap) where stretch.count > 1 {
      let upper = stretch.map { frame.point(x[$0], area.highest[$0]) }
      let lower = stretch.reversed().map { frame.point(x[$0], area.lowest[$0]) }
      path += "M" + (upper + lower).joined(separator: "L") + "Z"
    }
    return path.isEmpty ? "" : "<path class=\"\(area.style)\" d=\"\(path)\"/>\n"
  }

  private func render(_ mark: Mark, in frame: Frame) -> String {
    "<circle class=\"mark\" cx=\"\(Frame.text(frame.horizontal(x[mark.row])))\" "
      + "cy=\"\(Frame.text(frame.vertical(mark.value)))\" r=\"\(marks.count > 120 ? 3 : 4)\">"
      + "<title>\(HTML.escape(mark.text))</title></circle>\n"
  }
}

import AnomalyDetection
import ResultText

/// A small static chart of bars over a line of numbers.
struct BarChart {
  struct Bar {
    var range: ClosedRange<Double>
    var value: Double
    /// What shows when it is pointed at.
    var text: String
    var style: String
  }

  var label: String
  var bars: [Bar] = []
  /// Places with a dashed line.
  var marks: [Double] = []

  private let width = 360.0
  private let height = 190.0

  init(label: String) { self.label = label }

  /// The chart as an `<svg>` element.
  func render() -> String {
    guard let first = bars.first, let last = bars.last else { return "" }
    let highest = bars.map(\.value).max() ?? 0
    let frame = Frame(
      x: first.range.lowerBound...last.range.upperBound, y: 0...max(highest, 1), left: 8, top: 8,
      width: width - 16, height: height - 34)
    var svg = SVGChart.open(width: width, height: height, label: label)
    for bar in bars where bar.value > 0 {
      let left = frame.horizontal(bar.range.lowerBound)
      let right = frame.horizontal(bar.range.upperBound)
      let top = min(frame.vertical(bar.value), frame.top + frame.height - 1.5)
      svg +=
        "<rect class=\"\(bar.style)\" x=\"\(Frame.text(left + 0.5))\" y=\"\(Frame.text(top))\" "
      svg += "width=\"\(Frame.text(right - left - 1))\" "
      svg += "height=\"\(Frame.text(frame.top + frame.height - top))\">"
      svg += "<title>\(HTML.escape(bar.text))</title></rect>\n"
    }
    for mark in marks where frame.x.contains(mark) {
      svg += "<path class=\"level\" d=\"M\(Frame.text(frame.horizontal(mark))) "
      svg += "\(Frame.text(frame.top))v\(Frame.text(frame.height))\"/>\n"
    }
    return svg + frame.horizontalAxis(Ticks.numbers(frame.x, about: 5)) + "</svg>\n"
  }
}

/// Shares of rows as bars, each with a mark where it should end.
struct ShareChart {
  var label: String
  var coverages: [Coverage]

  private let line = 26.0

  /// The chart as an `<svg>` element.
  func render() -> String {
    let (width, left, right) = (360.0, 56.0, 70.0)
    let height = Double(coverages.count) * line + 6
    var svg = SVGChart.open(width: width, height: height, label: label)
    for (index, coverage) in coverages.enumerated() {
      let top = Double(index) * line + 5
      let span = width - left - right
      let wanted = Numbers.percent(coverage.wanted)
      svg += "<text class=\"tick\" text-anchor=\"end\" x=\"\(Frame.text(left - 8))\" "
      svg += "y=\"\(Frame.text(top + 13))\">\(wanted)</text>"
      svg += "<rect class=\"bar\" x=\"\(Frame.text(left))\" y=\"\(Frame.text(top + 3))\" "
      svg += "width=\"\(Frame.text(span * coverage.share))\" height=\"12\"/>"
      svg += "<path class=\"level\" d=\"M\(Frame.text(left + span * coverage.wanted)) "
      svg += "\(Frame.text(top))v18\"/><text class=\"tick\" x=\"\(Frame.text(left + span + 8))\" "
      svg += "y=\"\(Frame.text(top + 13))\">\(Numbers.fixed(coverage.share * 100, decimals: 1)) %"
      svg += "</text>\n"
    }
    return svg + "</svg>\n"
  }
}

import LSTMCompute

/// The rectangle of a chart in which the data lies, and where a point of the data is in it.
struct Frame {
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

  /// The labels below, with a line above them.
  func horizontalAxis(_ ticks: [Tick]) -> String {
    let bottom = Frame.text(top + height)
    var svg = ""
    for tick in ticks {
      let x = Frame.text(horizontal(tick.position))
      svg += "<path class=\"axis\" d=\"M\(x) \(bottom)v5\"/>"
      svg += "<text class=\"tick\" text-anchor=\"middle\" x=\"\(x)\" "
      svg += "y=\"\(Frame.text(top + height + 19))\">\(tick.label)</text>\n"
    }
    return svg + "<path class=\"axis\" d=\"M\(Frame.text(left)) \(bottom)"
      + "H\(Frame.text(left + width))\"/>\n"
  }
}

/// Samples in the text format that Prometheus reads (its documentation, "Exposition formats", version 0.0.4).
package struct PrometheusPage {
  /// What a metric is.
  package enum Kind: String {
    /// A number that only grows.
    case counter
    /// A number as it is now.
    case gauge
    /// Counts by upper bound.
    case histogram
  }

  /// A number with the labels that tell it from others of the same metric.
  package struct Sample {
    var suffix: String
    var labels: [(name: String, value: String)]
    var value: Double

    /// A sample.
    ///
    /// - Parameters:
    ///   - labels: Names, which are letters and `_`, and their values, which may be any text.
    ///   - value: The number.
    ///   - suffix: What follows the metric's name: `_bucket`, `_sum` and `_count` of a histogram.
    package init(_ labels: [(name: String, value: String)], _ value: Double, suffix: String = "") {
      self.labels = labels
      self.value = value
      self.suffix = suffix
    }
  }

  private let prefix: String
  /// The page so far.
  package private(set) var text = ""

  /// An empty page.
  ///
  /// - Parameter prefix: What all names begin with, such as `lstm_detect_`.
  package init(prefix: String) { self.prefix = prefix }

  /// Adds a metric; one without samples is left out.
  package mutating func add(
    _ name: String, _ help: String, kind: Kind = .gauge, _ samples: [Sample]
  ) {
    guard !samples.isEmpty else { return }
    text += "# HELP \(prefix)\(name) \(help)\n# TYPE \(prefix)\(name) \(kind.rawValue)\n"
    for sample in samples {
      text += prefix + name + sample.suffix
      if !sample.labels.isEmpty {
        text +=
          "{" + sample.labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",") + "}"
      }
      text += " \(Self.number(sample.value))\n"
    }
  }

  /// A label's value, in which a backslash, a quote and a line end have one before them.
  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }

  private static func number(_ value: Double) -> String {
    value.isNaN ? "NaN" : value == .infinity ? "+Inf" : value == -.infinity ? "-Inf" : "\(value)"
  }
}

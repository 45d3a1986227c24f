public import AnomalyDetection
public import ArgumentParser
public import LSTMCompute
public import TimeSeries

// What users type, turned into values. A `nil` from an initialiser becomes a usage error that
// names the option and the text.

extension Threshold: ExpressibleByArgument {
  /// Reads `sigma:K` or `absolute:V`.
  public init?(argument: String) { self.init(argument) }
  /// What the manual shows as the default.
  public var defaultValueDescription: String { description }
}

extension DeviceSelection: ExpressibleByArgument {
  /// Reads `auto`, `cpu`, `reference`, `opencl` or `opencl:N`.
  public init?(argument: String) { self.init(argument) }
  /// What the manual shows as the default.
  public var defaultValueDescription: String { description }
}

extension Loss: ExpressibleByArgument {}
extension OpenCLPlanSelection: ExpressibleByArgument {}
extension FittingOptions.Subject: ExpressibleByArgument {}
extension SeriesOptions.Missing: ExpressibleByArgument {}
extension SeriesOptions.Duplicates: ExpressibleByArgument {}
extension Scaler.Kind: ExpressibleByArgument {}

extension Optimizer: ExpressibleByArgument {
  /// Reads `adam`, `sgd`, or `sgd:M` with a momentum M in 0 ..< 1.
  public init?(argument: String) {
    switch argument {
    case "adam": self = .adam()
    case "sgd": self = .sgd()
    default:
      guard argument.hasPrefix("sgd:"), let momentum = Double(argument.dropFirst(4)),
        (0..<1).contains(momentum)
      else { return nil }
      self = .sgd(momentum: momentum)
    }
  }

  /// What a user types for it.
  public var defaultValueDescription: String {
    switch self {
    case .adam: "adam"
    case .sgd(0): "sgd"
    case .sgd(let momentum): "sgd:\(momentum)"
    }
  }
}

/// Names of columns, separated by commas; a name with a comma in it is put in double quotes, in
/// which a double quote is written twice.
struct ColumnList: ExpressibleByArgument {
  var names: [String]

  init?(argument: String) {
    var names: [String] = []
    var name = ""
    var isQuoted = false
    var rest = argument[...]
    while let character = rest.popFirst() {
      switch character {
      case "\"" where isQuoted && rest.first == "\"": name.append(rest.removeFirst())
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        names.append(name)
        name = ""
      default: name.append(character)
      }
    }
    names.append(name)
    names = names.map { name in
      let start = name.drop { $0 == " " }
      return String(start.reversed().drop { $0 == " " }.reversed())
    }
    guard !isQuoted, !names.contains(""), Set(names).count == names.count else { return nil }
    self.names = names
  }
}

/// The widths of stacked layers, such as `64,32`.
struct WidthList: ExpressibleByArgument {
  var widths: [Int]
  var defaultValueDescription: String { widths.map(String.init).joined(separator: ",") }

  init(_ widths: [Int]) { self.widths = widths }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let widths = parts.compactMap { Int($0) }
    guard widths.count == parts.count, widths.allSatisfy({ $0 >= 1 }) else { return nil }
    self.widths = widths
  }
}

/// How the charts of a report are drawn.
enum ChartStyle: String, CaseIterable, ExpressibleByArgument {
  case auto, dygraphs, svg
}

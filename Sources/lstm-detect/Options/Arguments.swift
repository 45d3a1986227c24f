public import AnomalyDetection
public import ArgumentParser
public import LSTMCompute
public import TimeSeries

// What users type, turned into values. A `nil` from an initializer becomes a usage error that
// names the option and the text.

extension Threshold: ExpressibleByArgument {
  /// Reads `sigma:K`, or K alone, or `absolute:V`.
  public init?(argument: String) {
    self.init(Double(argument) == nil ? argument : "sigma:\(argument)")
  }
  /// What the manual shows as the default.
  public var defaultValueDescription: String { description }
}

extension SplitPlan.HeldOut: ExpressibleByArgument {
  /// Reads a share or a time; a number up to 1 that is no share is told from a time by `validate`.
  public init?(argument: String) {
    guard let heldOut = Self(argument) ?? Double(argument).map(Self.fraction) else { return nil }
    self = heldOut
  }
  /// What the manual shows as the default.
  public var defaultValueDescription: String { description }
}

extension DeviceSelection: ExpressibleByArgument {
  /// Reads `auto`, `cpu`, `reference`, `opencl` or `opencl:N`; `gpu` is another name of `opencl`.
  public init?(argument: String) {
    self.init(argument.hasPrefix("gpu") ? "opencl" + argument.dropFirst(3) : argument)
  }
  /// What the manual shows as the default.
  public var defaultValueDescription: String { description }
}

extension Loss: ExpressibleByArgument {
  /// Reads `mse`, `mae`, `huber`, `gaussian` or `quantile:Q,Q,...`.
  public init?(argument: String) {
    let prefix = "quantile:"
    if argument.hasPrefix(prefix) {
      self.init(quantiles: argument.dropFirst(prefix.count))
    } else if !argument.contains("(") {
      self.init(argument)
    } else {
      return nil
    }
  }

  /// What a user types for it.
  public var defaultValueDescription: String {
    guard case .quantile(let quantiles) = self else { return description }
    return "quantile:" + quantiles.map { "\($0)" }.joined(separator: ",")
  }
}

extension EventRules.Direction: ExpressibleByArgument {}
extension OpenCLPlanSelection: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension BidirectionalMerge: ExpressibleByArgument {}
extension FittingOptions.Subject: ExpressibleByArgument {}
extension SeriesOptions.Missing: ExpressibleByArgument {}
extension SeriesOptions.Duplicates: ExpressibleByArgument {}
extension Scaler.Kind: ExpressibleByArgument {}

extension Optimizer: ExpressibleByArgument {
  /// Reads `adam`, `adamw`, `rmsprop`, `sgd`, or `sgd:M` and `nesterov:M` with a momentum M below 1.
  public init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    let momentum = parts.count == 2 ? Double(parts[1]) : nil
    switch (parts[0], parts.count) {
    case ("adam", 1): self = .adam()
    case ("adamw", 1): self = .adamW()
    case ("rmsprop", 1): self = .rmsprop()
    case ("sgd", 1): self = .sgd()
    case ("sgd", 2):
      guard let momentum, (0..<1).contains(momentum) else { return nil }
      self = .sgd(momentum: momentum)
    case ("nesterov", 2):
      guard let momentum, momentum > 0, momentum < 1 else { return nil }
      self = .sgd(momentum: momentum, nesterov: true)
    default: return nil
    }
  }

  /// What a user types for it; its weight decay is an option of its own.
  public var defaultValueDescription: String {
    switch self {
    case .adam: "adam"
    case .adamW: "adamw"
    case .rmsprop: "rmsprop"
    case .sgd(0, _, _): "sgd"
    case .sgd(let momentum, let nesterov, _): "\(nesterov ? "nesterov" : "sgd"):\(momentum)"
    }
  }
}

extension Initializer: ExpressibleByArgument {}
extension LSTMLayer.Bias: ExpressibleByArgument {}
extension FittingOptions.Head: ExpressibleByArgument {}

extension LearningRateSchedule: ExpressibleByArgument {
  /// Reads `constant`, `step:N:FACTOR`, `cosine`, `cosine:WARMUP` or `plateau:PATIENCE:FACTOR`.
  public init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    let count = parts.count > 1 ? Int(parts[1]) : nil
    let factor = parts.count > 2 ? Double(parts[2]).flatMap { $0 > 0 && $0 < 1 ? $0 : nil } : nil
    switch (parts[0], parts.count) {
    case ("constant", 1): self = .constant
    case ("cosine", 1): self = .cosine()
    case ("cosine", 2):
      guard let count, count >= 0 else { return nil }
      self = .cosine(warmUp: count)
    case ("step", 3):
      guard let count, count >= 1, let factor else { return nil }
      self = .step(epochs: count, factor: factor)
    case ("plateau", 3):
      guard let count, count >= 0, let factor else { return nil }
      self = .plateau(patience: count, factor: factor)
    default: return nil
    }
  }

  /// What a user types for it.
  public var defaultValueDescription: String {
    switch self {
    case .constant: "constant"
    case .step(let epochs, let factor): "step:\(epochs):\(factor)"
    case .cosine(0): "cosine"
    case .cosine(let warmUp): "cosine:\(warmUp)"
    case .plateau(let patience, let factor): "plateau:\(patience):\(factor)"
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

extension [ColumnList] {
  /// The names of all lists, in the order in which they were given.
  var names: [String] { flatMap(\.names) }
  /// The same; `nil` where the option was not given.
  var given: [String]? { isEmpty ? nil : names }

  /// Throws where lists that an option was given have a name in common.
  func checkDistinct(_ option: String) throws {
    var seen: Set<String> = []
    guard let repeated = names.first(where: { !seen.insert($0).inserted }) else { return }
    throw ValidationError("\(option) names '\(repeated)' twice.")
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
  case auto, live, svg

  /// `dygraphs` is the old name of `live`; it goes with the next version.
  init?(argument: String) {
    self.init(rawValue: argument == "dygraphs" ? "live" : argument)
  }
}

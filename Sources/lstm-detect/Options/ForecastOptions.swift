public import AnomalyDetection
public import ArgumentParser
import LSTMCompute
import ResultText
import TimeSeries

/// What forecasts are made of, beyond the network.
struct ForecastOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What the network learns to forecast: value (the value itself), change (from the last value), "
        + "season (from the value one season before) or linear (what a linear regression leaves "
        + "over). (default: what is best on the rows held out)",
      valueName: "what", visibility: .hidden))
  var learn: FittingOptions.Subject?

  @Option(
    help: ArgumentHelp(
      "What the network sees of the targets: levels (their values), changes or both. (default: what "
        + "is best on the rows held out)",
      valueName: "what", visibility: .hidden))
  var inputs: FittingOptions.Inputs?

  @Option(
    help: ArgumentHelp(
      "What is done to the targets first: none, or log, so that growth becomes a slope. (default: "
        + "what is best on the rows held out)",
      valueName: "rule", visibility: .hidden))
  var transform: FittingOptions.Transform?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Columns that are known of a row before it comes, such as prices and promotions, separated by "
        + "commas: they are seen of the rows that are forecast.",
      valueName: "names"))
  var known: [ColumnList] = []

  @Option(
    help: ArgumentHelp(
      "What is seen of the date of the row that is forecast: auto (what suits the rows, or nothing), "
        + "none, or terms of hour, weekday, month, yearday and holiday, separated by commas.",
      valueName: "terms"))
  var calendar = FittingOptions.Calendar.auto

  @Option(
    help: ArgumentHelp(
      "A file with the dates of holidays, one in each line, such as 2024-12-25; what follows a date "
        + "after a comma is passed over.",
      valueName: "file", visibility: .hidden), completion: .file())
  var holidays: String?

  @Option(
    name: .customLong("floor"), parsing: .unconditional,
    help: ArgumentHelp(
      "What no forecast is below, because no value can be: one number for all targets, or one for "
        + "each, as sales=0,stock=-5. Every forecast, and every quantile, is cut there before "
        + "forecasts are blended and judged by.",
      valueName: "number|target=number,..."))
  var floors: TargetNumbers?

  @Option(
    name: .customLong("ceiling"), parsing: .unconditional,
    help: ArgumentHelp(
      "What no forecast is above, in the same way.",
      valueName: "number|target=number,...", visibility: .hidden))
  var ceilings: TargetNumbers?

  @Option(
    help: ArgumentHelp(
      "By which forecasts rows are judged: auto (those of network, regression and the simple ones "
        + "that were good on the rows held out, by how good they were lately), network, or simple "
        + "(the last value or that of a season before).",
      valueName: "who", visibility: .hidden))
  var judge = FittingOptions.Judge.auto

  @Option(
    help: ArgumentHelp(
      "How long to look for what is left open: none (a fixed choice), quick (not longer than a fit "
        + "takes) or thorough (each choice is fitted to its end).",
      valueName: "effort", visibility: .hidden))
  var search = FittingOptions.Search.quick

  @Flag(
    help: ArgumentHelp(
      "The network alone: it sees the scaled columns, learns the change from the last value by the "
        + "squared error, and judges by itself, unless other options say otherwise; for models that "
        + "are to run elsewhere.",
      visibility: .hidden))
  var plain = false

  func validate() throws {
    try known.checkDistinct("--known")
    try Check.path(holidays, "--holidays")
    if case .terms(let terms) = calendar, terms.contains(.holiday), holidays == nil {
      throw ValidationError("--calendar holiday needs the dates: give --holidays.")
    }
    if case .all(let floor) = floors, case .all(let ceiling) = ceilings, floor >= ceiling {
      throw ValidationError("--floor \(floor) must be below --ceiling \(ceiling).")
    }
    if holidays != nil, calendar == .none {
      throw ValidationError("--holidays and --calendar none cannot be given together.")
    }
  }

  /// Puts what is told here into the options of a fit.
  func apply(to options: inout FittingOptions) throws {
    options.subject = learn ?? (plain ? .change : nil)
    options.inputs = inputs ?? (plain ? .levels : nil)
    options.transform = transform ?? (plain ? FittingOptions.Transform.none : nil)
    options.calendar = plain && calendar == .auto ? .none : calendar
    options.judge = plain && judge == .auto ? .network : judge
    options.search = search
  }

  /// The holidays, in days since 1970-01-01; none where no file has some.
  ///
  /// - Throws: `TimeSeriesError` where the file is not as needed.
  func holidays(among axis: TimeAxis) throws(TimeSeriesError) -> Set<Int> {
    guard let holidays else { return [] }
    return try CalendarTerms.readHolidays(path: holidays, axis: axis)
  }

  /// What no forecast of some targets is below or above.
  ///
  /// - Throws: `CommandError` where a name is that of no target, or a floor is not below its ceiling.
  func limits(for targets: [String]) throws(CommandError) -> ForecastLimits {
    let limits = ForecastLimits(
      floors: try floors?.numbers(for: targets, option: "--floor") ?? [:],
      ceilings: try ceilings?.numbers(for: targets, option: "--ceiling") ?? [:])
    for name in targets {
      guard let floor = limits.floors[name], let ceiling = limits.ceilings[name], floor >= ceiling
      else { continue }
      throw CommandError(
        description: "--floor \(floor) of '\(name)' must be below its --ceiling \(ceiling)")
    }
    return limits
  }

  func record() -> [(name: String, value: JSONValue)] {
    [
      ("learn", .optional(learn?.rawValue)), ("inputs", .optional(inputs?.rawValue)),
      ("transform", .optional(transform?.rawValue)),
      ("known", known.isEmpty ? .null : .array(known.names.map(JSONValue.string))),
      ("calendar", .string(calendar.defaultValueDescription)), ("holidays", .optional(holidays)),
      ("floor", floors?.document ?? .null), ("ceiling", ceilings?.document ?? .null),
      ("judge", .string(judge.rawValue)), ("search", .string(search.rawValue)),
      ("plain", plain ? .bool(true) : .null),
    ]
  }
}

extension FittingOptions.Inputs: ExpressibleByArgument {}
extension FittingOptions.Transform: ExpressibleByArgument {}
extension FittingOptions.Judge: ExpressibleByArgument {}
extension FittingOptions.Search: ExpressibleByArgument {}

extension FittingOptions.Calendar: ExpressibleByArgument {
  /// Reads `auto`, `none` or terms separated by commas.
  public init?(argument: String) {
    switch argument {
    case "auto": self = .auto
    case "none": self = .none
    default:
      let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
      let terms = parts.compactMap { CalendarTerms.Term(rawValue: String($0)) }
      guard terms.count == parts.count, Set(terms).count == terms.count else { return nil }
      self = .terms(terms)
    }
  }

  /// What a user types for it.
  public var defaultValueDescription: String {
    switch self {
    case .auto: "auto"
    case .none: "none"
    case .terms(let terms): terms.map(\.rawValue).joined(separator: ",")
    }
  }
}

import LSTMCompute
import TimeSeries

/// Makes the graph of a forecaster.
///
/// Inputs, all of 64 bits:
///
/// - `rows` `[batch, rows, C]`: the columns, features and then those targets that are not among them, of
///   as many rows as a window has or more. NaN is a missing value; the last one known stands for it.
/// - `time` `[batch, rows + horizon]`, where the calendar counts: milliseconds since
///   1970-01-01T00:00:00, those of the rows to come too.
/// - `known` `[batch, horizon, K]`, where columns are known ahead: their values in the rows to come; where
///   one is NaN there is no forecast.
///
/// Outputs, all of 64 bits: `forecast` `[batch, horizon, targets]`, what is expected of the rows after the
/// last one, and `forecast_by_row` `[batch, rows - window + 1, horizon, targets]`, the same from each row
/// on that has a window before it. So are the quantiles, such as `quantile_0.1`, `standard_deviation`, and
/// `member_spread` of an ensemble.
///
/// Shapes within: `N` rows, `W` windows, `H` leads, `T` targets, always after the batch.
struct ForecastGraph {
  let forecaster: Forecaster
  let graph = GraphBuilder()
  /// `[B, N, C]`, missing values filled.
  let rows: GraphBuilder.Value
  /// `[B, N, T]`, the targets as they were measured, NaN where they are missing.
  let measured: GraphBuilder.Value
  /// `[B, N + H]`; `nil` where no one looks at it.
  let time: GraphBuilder.Value?
  /// `[B, H, K]`; `nil` where no column is known ahead.
  let known: GraphBuilder.Value?
  /// The number of rows, and their numbers.
  let count: GraphBuilder.Value
  let places: GraphBuilder.Value

  typealias Value = GraphBuilder.Value

  /// The columns of `rows`.
  static func columns(of forecaster: Forecaster) -> [String] {
    forecaster.features + forecaster.targets.filter { !forecaster.features.contains($0) }
  }

  var recipe: Recipe? { forecaster.recipe }
  var targets: [String] { forecaster.targets }
  var horizon: Int { forecaster.horizon }
  var steps: Int { forecaster.steps }
  /// The columns that are known ahead, in the order of `known`.
  var knownNames: [String] { forecaster.columns.known ?? [] }

  init(_ forecaster: Forecaster) throws(LSTMError) {
    try Self.check(forecaster)
    self.forecaster = forecaster
    let columns = Self.columns(of: forecaster)
    let horizon = forecaster.horizon
    let batch = ONNXModel.ValueInfo.Dimension.name("batch")
    let given = graph.input(
      "rows", .float64, [batch, .name("rows"), .size(columns.count)],
      documentation: columns.joined(separator: ", "))
    let recipe = forecaster.recipe
    let needsTime =
      recipe?.looksAtCalendar == true || recipe?.filter?.spreads?.contains { $0 != nil } == true
    time =
      needsTime
      ? graph.input(
        "time", .float64, [batch, .name("rows + \(horizon)")],
        documentation: "milliseconds since 1970-01-01T00:00:00, of \(horizon) rows to come too")
      : nil
    let knownNames = forecaster.columns.known ?? []
    known =
      knownNames.isEmpty
      ? nil
      : graph.input(
        "known", .float64, [batch, .size(horizon), .size(knownNames.count)],
        documentation: knownNames.joined(separator: ", "))
    // The value before stands for a missing one.
    rows = graph.scan(
      states: [graph.pick(given, axis: 1, 0)], sequences: [(given, .float64)], axis: 1
    ) { step, states, parts in
      let filled = step.choose(step.node("IsNaN", [parts[0]]), states[0], parts[0])
      return ([filled], filled)
    }
    measured = graph.gather(
      given, axis: 2,
      graph.integers(forecaster.targets.map { name in columns.firstIndex(of: name) ?? 0 }))
    count = graph.size(given, axis: 1)
    places = graph.range(count)
  }

  /// Throws where the graph would be another function.
  private static func check(_ forecaster: Forecaster) throws(LSTMError) {
    let known = forecaster.columns.known ?? []
    // The metadata of the graph have a name a line.
    if let name = (columns(of: forecaster) + known).first(where: { $0.contains(where: \.isNewline) }
    ) {
      throw .invalidConfiguration(
        "the column '\(name)' has a line end in its name, which the graph's metadata have no place for; "
          + "rename it and fit the model anew")
    }
    if let name = forecaster.targets.first(where: known.contains) {
      throw .invalidConfiguration(
        "the target '\(name)' is known ahead, which an ONNX graph has no place for; fit a model without "
          + "--known \(name)")
    }
    let shifts = forecaster.recipe?.transform.shifts ?? [:]
    guard shifts.isEmpty || forecaster.targets.allSatisfy({ shifts[$0] != nil }) else {
      throw .invalidConfiguration(
        "the model takes logarithms of some of its targets; an ONNX graph takes those of all or none"
      )
    }
  }

  /// The file of the graph.
  func model() throws(LSTMError) -> ONNXModel {
    let columns = columnsSeen()
    let windows = windows(of: inputs(columns))
    var said = try outputs(of: windows, columns)
    judge(&said, columns)
    correct(&said)
    add(hidingUnknown(said, columns))
    graph.describe(
      ONNXModel.wholeForecaster,
      "Forecasts \(targets.joined(separator: ", ")) from the rows before; see the inputs.")
    return graph.model(metadata: metadata, version: LibraryVersion.current)
  }

  private var metadata: [String: String] {
    var metadata = [
      "swift_lstm_columns": Self.columns(of: forecaster).joined(separator: "\n"),
      "swift_lstm_targets": targets.joined(separator: "\n"),
      "swift_lstm_window": "\(steps)", "swift_lstm_horizon": "\(horizon)",
      "swift_lstm_rows": "\(forecaster.rowsLookedBackAt)",
    ]
    if known != nil { metadata["swift_lstm_known"] = knownNames.joined(separator: "\n") }
    return metadata
  }

  /// Makes outputs of what is said.
  private func add(_ said: Said) {
    let uncertainties = forecaster.uncertaintyNames
    for (name, value) in zip(["forecast"] + uncertainties, [said.forecasts] + said.uncertainties) {
      let shape: [ONNXModel.ValueInfo.Dimension] = [.size(horizon), .size(targets.count)]
      graph.output(
        name, .float64, [.name("batch")] + shape, graph.pick(value, axis: 1, -1),
        documentation: "of the rows after the last one: \(targets.joined(separator: ", "))")
      graph.output(
        "\(name)_by_row", .float64, [.name("batch"), .name("rows - \(steps - 1)")] + shape, value,
        documentation: "of the rows from each row on, the first one being row \(steps)")
    }
  }

  // MARK: - Parts of values

  /// The values at the origins of the windows, the last row of each, of those at all rows.
  func atOrigins(_ value: Value) -> Value { graph.slice(value, axis: 1, steps - 1) }

  /// Values of so many rows before each row, of the first row before that.
  func shifted(_ value: Value, by count: Int) -> Value {
    graph.gather(value, axis: 1, place(count))
  }

  /// For each row the number of the one so many rows before, 0 before the first.
  func place(_ count: Int) -> Value {
    graph.node("Max", [graph.subtract(places, graph.integer(count)), graph.integer(0)])
  }

  /// Whether there are so many rows before each row: `[N]`.
  func has(_ count: Int) -> Value {
    graph.node("GreaterOrEqual", [places, graph.integer(count)])
  }
}

extension Forecaster {
  /// So many rows, and forecasts are what they are after any number of rows more, but for outliers
  /// before them and for who was good lately.
  package var rowsLookedBackAt: Int {
    guard let recipe else { return steps }
    let linear = recipe.linear.map { $0.regressors.context } ?? 0
    let season = max(recipe.inputs.season ?? 0, recipe.season ?? 0)
    return steps + max(linear, season, 1)
  }

  /// The names of what is said beside each forecast.
  var uncertaintyNames: [String] {
    (loss.uncertainties.map(\.uncertainty) + (members.count > 1 ? [.memberSpread] : []))
      .map(\.columnName)
  }
}

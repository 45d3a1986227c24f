import LSTMCompute
import TimeSeries

/// The last rows of a series, as far as the forecasts of the next ones look back at them.
///
/// A row is scaled and coded once, when the row after it is known, and kept. All that is computed looks at
/// these rows alone, so that it is the same to the last bit as over the whole series.
struct ForecastWindow: Sendable {
  /// What is known of a row before its values are.
  struct Ahead {
    /// Its time: milliseconds since 1970, or its number.
    var time: Double
    /// The values of the columns that are known ahead; NaN where one is missing.
    var known: [String: Double] = [:]
  }

  let forecaster: Forecaster
  /// The features, and the targets that are not among them.
  let names: [String]
  /// So many rows are looked back at.
  let reach: Int
  /// The number of rows that were seen.
  private(set) var count = 0
  /// The last rows, missing values filled.
  private var columns: [[Double]]
  private var times: [Double] = []
  /// For each target the last values that are looked back at: transformed, and without outliers.
  private var seen: [[Double]]
  private var runs: [OutlierFilter.Run]
  /// What the network sees of the last rows but those whose coding depends on rows to come.
  private var inputs: [Float] = []

  init(_ forecaster: Forecaster) {
    self.forecaster = forecaster
    names =
      forecaster.features + forecaster.targets.filter { !forecaster.features.contains($0) }
    let recipe = forecaster.recipe
    let looksBack = max(recipe?.linear?.firstRow ?? 0, recipe?.season ?? 0)
    // Each row of a window looks back as far.
    reach = forecaster.steps + looksBack + forecaster.horizon + 1
    columns = names.map { _ in [] }
    seen = forecaster.targets.map { _ in [] }
    runs = forecaster.targets.map { _ in OutlierFilter.Run() }
  }

  /// Whether enough rows were seen to forecast the next one.
  var isFull: Bool { count >= forecaster.steps }

  /// The last value of a column; `nil` where there is none yet.
  func last(_ column: Int) -> Double? { columns[column].last }

  /// The time of the last row; `nil` where there is none.
  var lastTime: Double? { times.last }

  // MARK: - The rows to come

  /// The columns with what is known of the rows to come.
  private func history(_ ahead: [Ahead]) -> History {
    let own = zip(names, columns).map { name, values in
      (name, forecaster.targets.firstIndex(of: name).map { seen[$0] } ?? values)
    }
    let known = (forecaster.columns.known ?? []).compactMap { name in
      names.firstIndex(of: name).map { index in
        (name, columns[index] + ahead.map { $0.known[name] ?? .nan })
      }
    }
    return History(
      count: times.count, columns: Dictionary(uniqueKeysWithValues: own),
      known: Dictionary(uniqueKeysWithValues: known), times: times + ahead.map(\.time))
  }

  /// What is forecast for the next rows.
  ///
  /// - Parameters:
  ///   - ahead: What is known of them: of as many as the horizon has where the network sees columns
  ///     known ahead, of `leads` otherwise.
  ///   - leads: How many of them are forecast by others than the network, at most the horizon.
  ///   - predictors: The networks.
  /// - Returns: The forecasts of each source from the row after the last, judged by the network's as
  ///   yet; `nil` where fewer rows than a window's were seen.
  /// - Throws: `DetectionError.dataMismatch` where a value is too far off to be scaled; what the device
  ///   refuses.
  func forecasts(
    _ ahead: [Ahead], leads: Int, by predictors: [Predictor]
  ) throws -> Forecasts? {
    guard isFull else { return nil }
    let (row, recipe, targets) = (times.count, forecaster.recipe, forecaster.targets)
    let history = history(ahead)
    let linear = targets.indices.map { target in
      (1...leads).map { lead in
        recipe?.linear?.forecast(target: target, lead: lead, rows: row..<row + 1, of: history)[0]
          ?? .nan
      }
    }
    let width = forecaster.network.specification.inputSize
    let open = try code(openRows, of: history)
    let window = Array((inputs + open).suffix(forecaster.steps * width))
    let outputs = try predictors.map { try $0.predict(window, rows: 1) }
    var forecasts = forecaster.decode(outputs, rows: row..<row + 1) { _, lead, target in
      guard lead <= leads else { return 0 }
      return forecaster.coding.subject.base(
        of: history[targets[target]], season: recipe?.season, lead: lead, row: row,
        linear: linear[target][lead - 1])
    }
    hideUnknown(&forecasts, of: history)
    if recipe != nil { addOthers(to: &forecasts, linear: linear) }
    forecasts.clip(by: forecaster.limits, targets: targets)
    return forecasts
  }

  /// Leaves out the forecasts of rows of which a column that is known ahead has no value.
  private func hideUnknown(_ forecasts: inout Forecasts, of history: History) {
    var hidden: Set<Int> = []
    for name in forecaster.columns.known ?? [] {
      let values = history.known(name)
      for row in times.count..<times.count + forecaster.horizon
      where row >= values.count || !values[row].isFinite {
        hidden.insert(row)
      }
    }
    forecasts.hide(hidden)
  }

  /// Adds the forecasts of all who make them beside the network.
  private func addOthers(to forecasts: inout Forecasts, linear: [[Double]]) {
    guard let transform = forecaster.recipe?.transform else { return }
    let (targets, horizon) = (forecaster.targets, forecaster.horizon)
    func all(_ value: (_ target: Int, _ lead: Int) -> Double) -> [Double] {
      (0..<horizon * targets.count).map { cell in
        let (lead, target) = (cell / targets.count + 1, cell % targets.count)
        return lead > linear[target].count
          ? .nan : transform.invert(targets[target], value(target, lead))
      }
    }
    for (source, baseline) in forecaster.simpleForecasts {
      forecasts.bySource[source] = all { baseline.next(of: seen[$0], lead: $1) }
    }
    if forecaster.recipe?.linear != nil {
      forecasts.bySource[.linear] = all { linear[$0][$1 - 1] }
    }
  }

  /// The simple forecasts of a target as they are, where it is judged by nothing else.
  func plainForecasts(target: Int, lead: Int) -> [ForecastSource: Double]? {
    guard forecaster.recipe?.blend?.sources[target].allSatisfy(\.isSimple) == true,
      let column = names.firstIndex(of: forecaster.targets[target])
    else { return nil }
    return Dictionary(
      uniqueKeysWithValues: forecaster.simpleForecasts.map {
        (
          $0.source,
          forecaster.limits.clip(
            forecaster.targets[target], $0.baseline.next(of: columns[column], lead: lead))
        )
      })
  }

  // MARK: - What the network sees

  /// How many of the last rows have a coding that looks at rows to come.
  private var openCount: Int {
    guard let inputs = forecaster.recipe?.inputs else { return 0 }
    return inputs.known.isEmpty ? 1 : forecaster.horizon
  }

  private var openRows: Range<Int> { max(0, times.count - openCount)..<times.count }

  /// What the network sees of some rows.
  private func code(_ rows: Range<Int>, of history: History) throws -> [Float] {
    guard let recipe = forecaster.recipe, !rows.isEmpty else { return [] }
    let targets = forecaster.targets
    let linear = recipe.linear.map { model in
      targets.indices.map { target in
        model.forecast(
          target: target, lead: 1, rows: rows.lowerBound + 1..<rows.upperBound + 1, of: history)
      }
    }
    let columns = recipe.inputs.columns(
      of: history, features: forecaster.features, targets: targets, linear: linear?.count ?? 0,
      forecast: { linear?[$0][$1 - rows.lowerBound - 1] ?? .nan }, horizon: forecaster.horizon,
      rows: rows)
    return recipe.inputs.inputs(columns, rows: rows.count)
  }

  /// What a network that sees values sees of a row.
  private func scaled(_ values: [Double]) throws(DetectionError) -> [Float] {
    try zip(forecaster.features, values).map { name, value throws(DetectionError) in
      guard let scale = forecaster.scaler[name] else {
        throw .dataMismatch("the model was not fitted to the column '\(name)'")
      }
      let scaled = Float(scale.transform(value))
      guard scaled.magnitude <= Series.largestScaled else {
        throw .dataMismatch(
          "the value \(value) of '\(name)' is too far from those that were trained on to be scaled")
      }
      return scaled
    }
  }

  // MARK: - The next row

  /// Takes the next row.
  ///
  /// - Parameters:
  ///   - values: A value for each of the columns, missing ones filled.
  ///   - missing: For each target whether it was missing.
  ///   - ahead: The row's time and the values that were known ahead.
  ///   - moment: Its time in milliseconds since 1970; `nil` where rows have none.
  /// - Throws: `DetectionError.dataMismatch` where a value is too far off; then nothing changes.
  mutating func append(
    _ values: [Double], missing: [Bool], at ahead: Ahead, moment: Double?
  ) throws {
    let (row, recipe) = (times.count, forecaster.recipe)
    let history = history([ahead])
    var coded: [Float]
    if recipe == nil {
      coded = try scaled(values)
    } else {
      // With this row the first one of those that were open is known.
      coded = times.count >= openCount ? try code(openRows.prefix(1), of: history) : []
    }
    for (target, name) in forecaster.targets.enumerated() {
      let value = names.firstIndex(of: name).map { values[$0] } ?? .nan
      var next = recipe?.transform.apply(name, [value])[0] ?? value
      if let linear = recipe?.linear, let filter = recipe?.filter, count >= linear.firstRow {
        let expected = linear.forecast(
          target: target, lead: 1, rows: row..<row + 1, of: history)[0]
        if filter.replaces(
          missing[target] ? nil : next, target: target, expected: expected, at: moment,
          &runs[target])
        {
          next = expected
        }
      }
      seen[target].append(next)
    }
    for index in columns.indices { columns[index].append(values[index]) }
    times.append(ahead.time)
    inputs += coded
    count += 1
    if times.count >= 2 * reach { trim() }
  }

  /// Forgets the rows that nothing looks back at any more.
  private mutating func trim() {
    let spare = max(0, times.count - reach)
    times.removeFirst(spare)
    for index in columns.indices { columns[index].removeFirst(spare) }
    for index in seen.indices { seen[index].removeFirst(spare) }
    inputs.removeFirst(
      max(0, inputs.count - forecaster.steps * forecaster.network.specification.inputSize))
  }
}

extension ForecastWindow {
  /// What goes into a file.
  struct State: Codable {
    var count: Int
    var columns: [[Double]]
    var times: [Double]
    var seen: [[Double]]
    var runs: [OutlierFilter.Run]
    var inputs: [Float]
  }

  var state: State {
    var window = self
    window.trim()
    return State(
      count: count, columns: window.columns, times: window.times, seen: window.seen, runs: runs,
      inputs: window.inputs)
  }

  /// A window that goes on where another one was.
  ///
  /// - Returns: `nil` where the state is of another forecaster.
  init?(_ forecaster: Forecaster, _ state: State) {
    self.init(forecaster)
    let rows = state.times.count
    let width = forecaster.network.specification.inputSize
    guard state.columns.count == columns.count, state.seen.count == seen.count,
      state.runs.count == runs.count, state.count >= rows, rows <= reach,
      rows == min(state.count, reach),
      (state.columns + state.seen).allSatisfy({ $0.count == rows && $0.allSatisfy(\.isFinite) }),
      zip(state.times, state.times.dropFirst()).allSatisfy(<),
      state.inputs.count == min(max(0, rows - openCount), forecaster.steps) * width
    else { return nil }
    (count, columns, times, seen) = (state.count, state.columns, state.times, state.seen)
    (runs, inputs) = (state.runs, state.inputs)
  }
}

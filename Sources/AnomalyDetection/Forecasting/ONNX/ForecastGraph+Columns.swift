import LSTMCompute
import RealModule
import TimeSeries

/// The columns of a series as a graph looks at them.
struct SeenColumns {
  typealias Value = GraphBuilder.Value

  /// `[B, N, T]`, the targets transformed and without outliers.
  var seen: Value
  /// For each target and lead the change that the regression expects after each row, `[B, N]`; none
  /// without a regression.
  var changes: [[Value]] = []
  /// What a calendar says of each row and of those to come, `[B, N + H, columns]`.
  var calendars: [CalendarTerms: Value] = [:]
}

extension ForecastGraph {
  /// Transforms the targets, keeps outliers out, and makes the linear forecasts.
  func columnsSeen() -> SeenColumns {
    var columns = SeenColumns(seen: coded)
    for terms in [recipe?.inputs.calendar, recipe?.linear?.regressors.calendar] {
      guard let terms, let time, columns.calendars[terms] == nil else { continue }
      columns.calendars[terms] = calendar(terms, at: time)
    }
    guard let linear = recipe?.linear else { return columns }
    if let filter = recipe?.filter { columns.seen = cleaned(by: filter, linear, columns) }
    columns.changes = changes(linear, columns)
    return columns
  }

  /// `[B, N, T]`, the targets, missing values filled.
  var filledTargets: Value {
    let names = Self.columns(of: forecaster)
    return graph.gather(
      rows, axis: 2, graph.integers(targets.map { names.firstIndex(of: $0) ?? 0 }))
  }

  /// The same transformed.
  private var coded: Value {
    guard let shifts = shifts else { return filledTargets }
    let floors = targets.map { Double.exp(recipe?.transform.limits[$0]?[0] ?? 0) }
    let shifted = graph.add(filledTargets, shifts)
    let cut = graph.node("Max", [shifted, graph.doubles(floors, shape: [targets.count])])
    // What is no number is none after it.
    return graph.choose(graph.node("IsNaN", [shifted]), shifted, graph.node("Log", [cut]))
  }

  /// `[T]`, what is added to targets before their logarithms; `nil` where none are taken.
  private var shifts: Value? {
    guard let transform = recipe?.transform, !transform.shifts.isEmpty else { return nil }
    return graph.doubles(targets.map { transform.shifts[$0] ?? 0 }, shape: [targets.count])
  }

  /// Values of the targets from transformed ones, `[..., T]`.
  func inverted(_ value: Value) -> Value {
    guard let transform = recipe?.transform, let shifts else { return value }
    func limits(_ place: Int) -> Value {
      graph.doubles(
        targets.map { transform.limits[$0]?[place] ?? 0 }, shape: [targets.count])
    }
    return graph.subtract(graph.node("Exp", [graph.clip(value, limits(0), limits(1))]), shifts)
  }

  /// The same of one target.
  func inverted(_ value: Value, target: Int) -> Value {
    let name = targets[target]
    guard let transform = recipe?.transform, let shift = transform.shifts[name],
      let limits = transform.limits[name]
    else { return value }
    let cut = graph.clip(value, graph.scalar(limits[0]), graph.scalar(limits[1]))
    return graph.subtract(graph.node("Exp", [cut]), graph.scalar(shift))
  }

  /// Values of the targets within their limits, `[..., T]`.
  func limited(_ value: Value) -> Value {
    let limits = forecaster.limits
    guard !limits.isEmpty else { return value }
    return graph.clip(
      value,
      graph.doubles(targets.map { limits.floors[$0] ?? -.infinity }, shape: [targets.count]),
      graph.doubles(targets.map { limits.ceilings[$0] ?? .infinity }, shape: [targets.count]))
  }

  /// A target of `[B, N, T]`.
  func target(_ index: Int, of value: Value) -> Value { graph.pick(value, axis: 2, index) }

  /// `[B, N]`, a column as it is looked back at.
  func column(_ name: String, _ columns: SeenColumns) -> Value {
    if let index = targets.firstIndex(of: name) { return target(index, of: columns.seen) }
    return graph.pick(
      rows, axis: 2, Self.columns(of: forecaster).firstIndex(of: name) ?? 0)
  }

  /// `[B, N]`, a column that is known ahead, so many rows after each row.
  func known(_ name: String, lead: Int, _ columns: SeenColumns) -> Value {
    let all = knownToCome(name, columns)
    return graph.slice(
      all, axis: 1, graph.integers([lead]), graph.add(count, graph.integers([lead])))
  }

  /// `[B, N + H]`, the same of all rows.
  private func knownToCome(_ name: String, _ columns: SeenColumns) -> Value {
    guard let known, let place = knownNames.firstIndex(of: name) else {
      preconditionFailure("a column that is known ahead")
    }
    return graph.concatenate(
      [column(name, columns), graph.pick(known, axis: 2, place)], axis: 1)
  }

  /// What a calendar says so many rows after each row, `[B, N, columns]`.
  func calendar(_ terms: CalendarTerms, lead: Int, _ columns: SeenColumns) -> Value {
    guard let all = columns.calendars[terms] else { preconditionFailure("a calendar and times") }
    return graph.slice(
      all, axis: 1, graph.integers([lead]), graph.add(count, graph.integers([lead])))
  }
}

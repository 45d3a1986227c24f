import LSTMCompute
import TimeSeries

/// The weights of a regression by what they are multiplied with.
struct FoldedWeights {
  /// Of the target's own values less the last one: that many rows before the last, from 0.
  var own: [Double]
  /// Of the other columns' last values.
  var levels: [(name: String, weight: Double)] = []
  /// Of their last changes.
  var changes: [(name: String, weight: Double)] = []
  /// Of the columns known ahead in the row that is forecast, and of their changes since the last row.
  var known: [(name: String, level: Double, change: Double)] = []
  var calendar: [Double] = []

  /// Takes the weights of `Regressors.matrix` apart, whose order they have.
  init(_ model: LinearModel, _ regressors: Regressors, target: String, lead: Int) {
    var rest = model.weights[...]
    func next() -> Double { rest.popFirst() ?? 0 }
    own = [Double](repeating: 0, count: regressors.context + 1)
    for lag in 1..<max(2, regressors.lags) { own[lag] += next() }
    func addMean(_ count: Int, _ weight: Double) {
      for lag in 0..<count { own[lag] += weight / Double(count) }
    }
    addMean(max(2, regressors.lags), next())
    for season in regressors.seasons {
      let back = (lead + season - 1) / season * season
      for shift in -1...1 { own[max(0, back - lead - shift)] += next() }
      own[back + season - lead] += next()
      addMean(season, next())
    }
    for name in regressors.features where name != target {
      levels.append((name, next()))
      changes.append((name, next()))
    }
    for name in regressors.known { known.append((name, next(), next())) }
    calendar = Array(rest)
  }
}

extension ForecastGraph {
  /// The changes that a regression expects after each row, for each target and lead: `[B, N]`.
  ///
  /// Those of rows with too few before them are not asked for.
  func changes(_ linear: LinearForecaster, _ columns: SeenColumns) -> [[Value]] {
    targets.indices.map { target in
      let values = self.target(target, of: columns.seen)
      let context = linear.regressors.context
      // [N, K], the rows that are looked back at from each.
      let lags = graph.node(
        "Max",
        [
          graph.subtract(
            graph.unsqueeze(places, 1), graph.integers(Array(0...context))),
          graph.integer(0),
        ])
      let history = graph.subtract(
        graph.gather(values, axis: 1, lags), graph.unsqueeze(values, 2))
      return (1...horizon).map { lead in
        let model = linear.models[target][lead - 1]
        let weights = FoldedWeights(
          model, linear.regressors, target: targets[target], lead: lead)
        let own = graph.squeeze(
          graph.product(history, graph.doubles(weights.own, shape: [context + 1, 1])), 2)
        let others = beside(weights, model, linear, lead: lead, columns, without: [])
        return graph.clip(
          graph.add(own, others), graph.scalar(model.lowest), graph.scalar(model.highest))
      }
    }
  }

  /// What all but a target's own values add to its change, `[B, N]`.
  func beside(
    _ weights: FoldedWeights, _ model: LinearModel, _ linear: LinearForecaster, lead: Int,
    _ columns: SeenColumns, without names: [String]
  ) -> Value {
    var sum = graph.scalar(model.intercept)
    func add(_ value: Value, _ weight: Double) {
      sum = graph.add(sum, graph.multiply(value, graph.scalar(weight)))
    }
    for ((name, level), (_, change)) in zip(weights.levels, weights.changes)
    where !names.contains(name) {
      let values = column(name, columns)
      add(values, level)
      add(graph.subtract(values, shifted(values, by: 1)), change)
    }
    for (name, level, change) in weights.known {
      let ahead = known(name, lead: lead, columns)
      add(ahead, level)
      add(graph.subtract(ahead, column(name, columns)), change)
    }
    if let terms = linear.regressors.calendar {
      let said = graph.product(
        calendar(terms, lead: lead, columns),
        graph.doubles(weights.calendar, shape: [weights.calendar.count, 1]))
      sum = graph.add(sum, graph.squeeze(said, 2))
    }
    return sum
  }
}

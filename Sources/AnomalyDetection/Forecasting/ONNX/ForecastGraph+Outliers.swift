import LSTMCompute
import TimeSeries

extension ForecastGraph {
  /// `[B, N, T]`, the targets with the regression's forecasts in the place of outliers and of missing
  /// values; see `OutlierFilter`.
  func cleaned(
    by filter: OutlierFilter, _ linear: LinearForecaster, _ columns: SeenColumns
  ) -> Value {
    let count = targets.count
    let context = linear.regressors.context
    var own: [Double] = []
    var levels = [Double](repeating: 0, count: count * count)
    var changes = levels
    var fixed: [Value] = []
    for (target, name) in targets.enumerated() {
      let model = linear.models[target][0]
      let weights = FoldedWeights(model, linear.regressors, target: name, lead: 1)
      // The state has the oldest row first.
      own += weights.own.reversed()
      for ((other, level), (_, change)) in zip(weights.levels, weights.changes) {
        guard let place = targets.firstIndex(of: other) else { continue }
        levels[place * count + target] = level
        changes[place * count + target] = change
      }
      let all = beside(weights, model, linear, lead: 1, columns, without: targets)
      // A regression on its own values alone adds the same to each row.
      let values = self.target(target, of: columns.seen)
      let spread = graph.add(all, graph.multiply(values, graph.scalar(0)))
      fixed.append(graph.unsqueeze(shifted(spread, by: 1), 2))
    }
    let isKnown = graph.cast(has(linear.firstRow), .float64)
    let models = linear.models.map { $0[0] }
    let values = columns.seen
    let start = graph.multiply(graph.pick(values, axis: 1, 0), graph.scalar(0))
    let empty = graph.node(
      "Tile", [graph.unsqueeze(start, 2), graph.integers([1, 1, context + 1])])
    // Where each row of the batch sees the same.
    let mask = graph.add(
      graph.unsqueeze(isKnown, 0, 2), graph.multiply(values, graph.scalar(0)))
    return graph.scan(
      states: [empty, start],
      sequences: [
        (values, .float64), (graph.concatenate(fixed, axis: 2), .float64), (mask, .float64),
        (graph.cast(graph.node("IsNaN", [measured]), .float64), .float64),
        (limits(of: filter), .float64),
      ], axis: 1
    ) { step, states, parts in
      let (history, run) = (states[0], states[1])
      let last = step.pick(history, axis: 2, -1)
      let before = step.pick(history, axis: 2, -2)
      let weighted = step.multiply(
        step.subtract(history, step.unsqueeze(last, 2)),
        step.doubles(own, shape: [count, context + 1]))
      func others(_ value: Value, _ weights: [Double]) -> Value {
        step.product(value, step.doubles(weights, shape: [count, count]))
      }
      var change = step.add(step.sum(weighted, axis: 2), parts[1])
      change = step.add(change, others(last, levels))
      change = step.add(change, others(step.subtract(last, before), changes))
      let expected = step.add(
        last,
        step.clip(
          change, step.doubles(models.map(\.lowest), shape: [count]),
          step.doubles(models.map(\.highest), shape: [count])))
      func isOn(_ value: Value) -> Value { step.node("Greater", [value, step.scalar(0)]) }
      let isMissing = isOn(parts[3])
      let isFar = step.node(
        "And",
        [
          step.node(
            "Greater",
            [step.node("Abs", [step.subtract(parts[0], expected)]), parts[4]]),
          isOn(parts[2]),
        ])
      let counted = step.choose(isFar, step.add(run, step.scalar(1)), step.scalar(0))
      let isOutlier = step.node(
        "And",
        [
          isFar,
          step.node("LessOrEqual", [counted, step.scalar(Double(OutlierFilter.mostInARow))]),
        ])
      func all(_ conditions: Value...) -> Value {
        conditions.dropFirst().reduce(conditions[0]) { step.node("And", [$0, $1]) }
      }
      let isReplaced = step.node(
        "Or",
        [
          all(isMissing, step.isFinite(expected), isOn(parts[2])),
          all(step.node("Not", [isMissing]), isOutlier),
        ])
      let seen = step.choose(isReplaced, expected, parts[0])
      return (
        [
          step.concatenate(
            [step.slice(history, axis: 2, 1), step.unsqueeze(seen, 2)], axis: 2),
          step.choose(isMissing, run, counted),
        ], seen
      )
    }
  }

  /// `[B, N, T]`, the largest distance from what is expected that is no outlier.
  private func limits(of filter: OutlierFilter) -> Value {
    let zeros = graph.multiply(measuredOrZero, graph.scalar(0))
    let factors = targets.indices.map { target -> Value in
      let limit = graph.scalar(filter.limits[target])
      guard let spread = filter.spreads?[target], let time else {
        return graph.add(graph.slice(zeros, axis: 2, target, target + 1), limit)
      }
      let past = graph.slice(time, axis: 1, graph.integers([0]), count)
      let factors = graph.doubles(spread.factors, shape: [spread.factors.count])
      let factor = graph.gather(factors, axis: 0, place(of: past, spread.clock))
      return graph.unsqueeze(graph.multiply(factor, limit), 2)
    }
    return graph.concatenate(factors, axis: 2)
  }

  /// `[B, N, T]` of numbers all of which are finite.
  private var measuredOrZero: Value {
    graph.choose(graph.isFinite(measured), measured, graph.scalar(0))
  }

  /// The place of times within a season, `[B, N]`; see `SeasonClock`.
  private func place(of time: Value, _ clock: SeasonClock) -> Value {
    guard clock.step > 0 else {
      let days = graph.divide(time, graph.scalar(Double(CivilDate.millisecondsPerDay)))
      let day = graph.cast(graph.node("Floor", [days]), .int64)
      return graph.subtract(date(of: day).month, graph.integer(1))
    }
    let span = graph.scalar(clock.step * Double(clock.count))
    let turns = graph.node("Floor", [graph.divide(time, span)])
    let phase = graph.subtract(time, graph.multiply(turns, span))
    let nearest = graph.node(
      "Floor", [graph.add(graph.divide(phase, graph.scalar(clock.step)), graph.scalar(0.5))])
    let cut = graph.clip(nearest, graph.scalar(0), graph.scalar(Double(clock.count)))
    return graph.node("Mod", [graph.cast(cut, .int64), graph.integer(clock.count)])
  }
}

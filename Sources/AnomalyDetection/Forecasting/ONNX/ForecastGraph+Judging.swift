import LSTMCompute
import TimeSeries

extension ForecastGraph {
  /// Puts the forecasts that rows are judged by in the network's place; see `Forecaster.blend`.
  func judge(_ said: inout Said, _ columns: SeenColumns) {
    guard let blend = recipe?.blend else { return }
    let network = said.forecasts
    let each = targets.indices.map { target -> Value in
      let own = graph.pick(network, axis: 3, target)
      guard blend.sources[target] != [.network] else { return own }
      let isPlain = blend.sources[target].allSatisfy(\.isSimple)
      // [B, W, H, S]
      let sources = blend.sources[target].map { source -> Value in
        graph.unsqueeze(
          source == .network
            ? own : forecasts(of: source, target: target, isPlain: isPlain, columns), 3)
      }
      guard sources.count > 1 else { return graph.squeeze(sources[0], 3) }
      return blended(
        graph.concatenate(sources, axis: 3), errors: blend.errors[target], target: target)
    }
    let judged = limited(
      graph.concatenate(each.map { graph.unsqueeze($0, 3) }, axis: 3))
    // A target that is judged by the network alone has a difference of 0.
    let shift = graph.subtract(judged, network)
    for (index, uncertainty) in forecaster.loss.uncertainties.enumerated() {
      guard case .quantile = uncertainty.uncertainty else { continue }
      said.uncertainties[index] = limited(graph.add(said.uncertainties[index], shift))
    }
    said.forecasts = judged
  }

  /// What a source beside the network forecasts of a target, `[B, W, H]`.
  private func forecasts(
    of source: ForecastSource, target: Int, isPlain: Bool, _ columns: SeenColumns
  ) -> Value {
    // Simple forecasts that are blended with others look at what has no outliers.
    let values = self.target(
      target, of: isPlain ? filledTargets : inverted(columns.seen))
    let leads = (1...horizon).map { lead -> Value in
      switch source {
      case .network, .persistence: return values
      case .seasonalNaive: return seasonal(values, lead: lead, otherwise: graph.scalar(.nan))
      case .linear:
        let context = recipe?.linear?.regressors.context ?? 0
        let forecast = graph.add(
          self.target(target, of: columns.seen), columns.changes[target][lead - 1])
        let value = graph.choose(has(context), forecast, graph.scalar(.nan))
        return inverted(value, target: target)
      }
    }
    let all = graph.concatenate(leads.map { graph.unsqueeze(atOrigins($0), 2) }, axis: 2)
    return limited(all, target: target)
  }

  /// Forecasts of one target within its limits.
  private func limited(_ value: Value, target: Int) -> Value {
    let (floors, ceilings) = (forecaster.limits.floors, forecaster.limits.ceilings)
    let name = targets[target]
    guard floors[name] != nil || ceilings[name] != nil else { return value }
    return graph.clip(
      value, graph.scalar(floors[name] ?? -.infinity), graph.scalar(ceilings[name] ?? .infinity))
  }

  /// The mean of some forecasts, each weighted by how good it was lately; see `Blend`.
  ///
  /// - Parameters:
  ///   - forecasts: `[B, W, H, S]`.
  ///   - errors: For each lead those of the sources on the rows held out.
  ///   - target: The target.
  /// - Returns: `[B, W, H]`.
  private func blended(_ forecasts: Value, errors: [[Double]], target: Int) -> Value {
    let actual = atOrigins(self.target(target, of: measured))
    let windows = graph.range(graph.size(forecasts, axis: 1))
    // What was said, as many rows ago as the lead, of the last row of each window.
    let past = (1...horizon).map { lead -> Value in
      let back = graph.subtract(windows, graph.integer(lead))
      let said = graph.gather(
        graph.pick(forecasts, axis: 2, lead - 1), axis: 1,
        graph.node("Max", [back, graph.integer(0)]))
      let isThere = graph.node("GreaterOrEqual", [back, graph.integer(0)])
      return graph.unsqueeze(
        graph.choose(graph.unsqueeze(isThere, 1), said, graph.scalar(.nan)), 2)
    }
    let errorsNow = graph.node(
      "Abs",
      [
        graph.subtract(graph.unsqueeze(actual, 2, 3), graph.concatenate(past, axis: 2))
      ])
    // Only where all have one.
    let missing = graph.sum(
      graph.cast(graph.node("Not", [graph.isFinite(errorsNow)]), .float64), axis: 3,
      keepsAxis: true)
    let start = graph.add(
      graph.multiply(
        graph.cast(graph.isFinite(graph.pick(forecasts, axis: 1, 0)), .float64), graph.scalar(0)),
      graph.doubles(
        errors.flatMap { $0.map { $0 * Blend.priorRows } },
        shape: [horizon, errors[0].count]))
    let sums = graph.scan(
      states: [start], sequences: [(errorsNow, .float64), (missing, .float64)], axis: 1
    ) { step, states, parts in
      let next = step.add(step.multiply(states[0], step.scalar(Blend.decay)), parts[0])
      let isKnown = step.node("Equal", [parts[1], step.scalar(0)])
      let sums = step.choose(isKnown, next, states[0])
      return ([sums], sums)
    }
    return weighted(forecasts, by: sums)
  }

  /// The mean of forecasts `[B, W, H, S]` by the sums of their errors.
  private func weighted(_ forecasts: Value, by sums: Value) -> Value {
    let isThere = graph.isFinite(forecasts)
    let least = graph.least(
      graph.choose(isThere, sums, graph.scalar(.infinity)), axis: 3)
    let ratio = graph.choose(
      graph.node("Equal", [sums, least]), graph.scalar(1), graph.divide(least, sums))
    let square = graph.multiply(ratio, ratio)
    let fourth = graph.multiply(square, square)
    let tenth = graph.multiply(graph.multiply(fourth, fourth), square)
    let counts = graph.node(
      "And",
      [isThere, graph.node("GreaterOrEqual", [tenth, graph.scalar(Blend.leastWeight)])])
    let weights = graph.choose(counts, tenth, graph.scalar(0))
    let total = graph.sum(weights, axis: 3)
    let sum = graph.sum(
      graph.multiply(weights, graph.choose(counts, forecasts, graph.scalar(0))), axis: 3)
    return graph.choose(
      graph.node("Greater", [total, graph.scalar(0)]), graph.divide(sum, total),
      graph.scalar(.nan))
  }
}

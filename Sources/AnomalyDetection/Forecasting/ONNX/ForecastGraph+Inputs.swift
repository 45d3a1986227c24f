import LSTMCompute
import TimeSeries

extension ForecastGraph {
  /// `[B, N, I]` of 32 bits, what the network sees of each row.
  func inputs(_ columns: SeenColumns) -> Value {
    guard let inputs = recipe?.inputs else {
      let scales = forecaster.features.compactMap { forecaster.scaler[$0] }
      let values = forecaster.features.map { column($0, columns) }
      return graph.cast(scaled(values, by: scales), .float32)
    }
    let layout = inputs.layout(
      features: forecaster.features, targets: targets, linear: columns.changes.count,
      horizon: horizon)
    let values = scaled(
      layout.map { value(of: $0, inputs, columns) }, by: inputs.scales)
    func limit(_ place: Int) -> Value {
      graph.doubles(inputs.limits.map { $0[place] }, shape: [inputs.limits.count])
    }
    // 0, the middle, for what is not known.
    let known = graph.choose(
      graph.isFinite(values), graph.clip(values, limit(0), limit(1)), graph.scalar(0))
    return graph.cast(known, .float32)
  }

  private func scaled(_ values: [Value], by scales: [Scaler.Column]) -> Value {
    let all = graph.concatenate(values.map { graph.unsqueeze($0, 2) }, axis: 2)
    let offsets = graph.doubles(scales.map(\.offset), shape: [scales.count])
    return graph.divide(
      graph.subtract(all, offsets), graph.doubles(scales.map(\.scale), shape: [scales.count]))
  }

  /// One of the columns that the network sees, `[B, N]`, not scaled yet.
  private func value(
    of column: InputCoding.Column, _ inputs: InputCoding, _ columns: SeenColumns
  ) -> Value {
    let zero = graph.scalar(0)
    switch column {
    case .level(let name): return self.column(name, columns)
    case .change(let name):
      let values = self.column(name, columns)
      return graph.subtract(values, shifted(values, by: 1))
    case .season(let name):
      let values = self.column(name, columns)
      let back = (inputs.season ?? 1) - 1
      return graph.choose(has(back), graph.subtract(shifted(values, by: back), values), zero)
    case .linear(let target):
      let change = columns.changes[target][0]
      let context = recipe?.linear?.regressors.context ?? 0
      let isKnown = graph.node("And", [graph.isFinite(change), has(context)])
      return graph.choose(isKnown, change, zero)
    case .known(let name, let lead): return known(name, lead: lead, columns)
    case .calendar(let place):
      guard let terms = inputs.calendar else { preconditionFailure("a calendar") }
      return graph.pick(calendar(terms, lead: 1, columns), axis: 2, place)
    }
  }

  /// `[T, B * W, I]`, the windows that end with each row that has enough before it.
  func windows(of inputs: Value) -> Value {
    // [T, W], the row of each step of each window.
    let starts = graph.slice(
      places, axis: 0, graph.integers([0]), graph.subtract(count, graph.integers([steps - 1])))
    let rows = graph.add(
      graph.unsqueeze(starts, 0),
      graph.constant(
        .init(integers: Array(0..<steps), shape: [steps, 1])))
    let width = forecaster.network.specification.inputSize
    // [B, T, W, I]
    let gathered = graph.gather(inputs, axis: 1, rows)
    return graph.reshape(graph.transpose(gathered, [1, 0, 2, 3]), [steps, -1, width])
  }
}

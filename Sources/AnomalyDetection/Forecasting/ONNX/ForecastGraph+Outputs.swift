import LSTMCompute
import TimeSeries

extension ForecastGraph {
  /// What is said of each window, `[B, W, H, T]`.
  struct Said {
    var forecasts: Value
    var uncertainties: [Value]
  }

  /// The forecasts of the networks, from their windows `[T, B * W, I]`.
  func outputs(of windows: Value, _ columns: SeenColumns) throws(LSTMError) -> Said {
    let base = bases(columns)
    var all: [Said] = []
    for network in forecaster.members {
      let results = try graph.add(network, inputs: windows)
      guard var outputs = results.predictions else { preconditionFailure("a head") }
      if network.specification.decoderSteps != nil {
        outputs = graph.transpose(outputs, [1, 0, 2])
      }
      all.append(decode(graph.cast(outputs, .float64), base))
    }
    var said = all.count > 1 ? mean(of: all) : all[0]
    said = hidingUnknown(said, columns)
    said.forecasts = limited(said.forecasts)
    for (index, uncertainty) in forecaster.loss.uncertainties.enumerated()
    where uncertainty.uncertainty.isValue {
      said.uncertainties[index] = limited(said.uncertainties[index])
    }
    return said
  }

  /// A network's outputs in the targets' units; see `TargetCoding.decode`.
  private func decode(_ outputs: Value, _ base: Value) -> Said {
    let coding = forecaster.coding
    let loss = forecaster.loss
    let count = targets.count
    let isDirect = coding.isDirect == true
    // [B, W, H, T, P]
    let windowCount = graph.subtract(self.count, graph.integers([steps - 1]))
    let shape = graph.concatenate(
      [
        graph.size(rows, axis: 0), windowCount,
        graph.integers([horizon, count, loss.outputsPerTarget]),
      ], axis: 0)
    let all = graph.node("Reshape", [outputs, shape])
    let scaleShape = isDirect ? [horizon, count] : [count]
    let scales = graph.doubles(coding.scales.map(\.scale), shape: scaleShape)
    let offsets = graph.doubles(coding.scales.map(\.offset), shape: scaleShape)
    func output(_ place: Int) -> Value { graph.pick(all, axis: 4, place) }
    func scaled(_ place: Int) -> Value {
      graph.add(graph.multiply(output(place), scales), offsets)
    }
    let own = scaled(loss.forecastPlace ?? 0)
    var relative = base
    if !isDirect, coding.subject == .change {
      // Each lead is relative to the forecast of the lead before.
      relative = graph.add(
        base, graph.node("CumSum", [own, graph.integer(2)], ["exclusive": .integer(1)]))
    }
    let uncertainties = loss.uncertainties.map { place, uncertainty -> Value in
      guard uncertainty.isValue else {
        let deviation = graph.node(
          "Exp", [graph.divide(output(place), graph.scalar(2))])
        return graph.multiply(deviation, graph.node("Abs", [scales]))
      }
      return graph.add(scaled(place), relative)
    }
    return Said(
      forecasts: limited(inverted(graph.add(own, relative))),
      uncertainties: uncertainties.map { inverted($0) })
  }

  /// What each forecast is relative to, `[B, W, H, T]`; see `PreparedSeries.base`.
  private func bases(_ columns: SeenColumns) -> Value {
    let coding = forecaster.coding
    let context = recipe?.linear?.regressors.context ?? 0
    let leads = (1...horizon).map { lead -> Value in
      let number = coding.isDirect == true ? lead : 1
      let each = targets.indices.map { target -> Value in
        let values = self.target(target, of: columns.seen)
        switch coding.subject {
        case .value: return graph.multiply(values, graph.scalar(0))
        case .change: return values
        case .season:
          return seasonal(values, lead: number, otherwise: values)
        case .linear:
          guard !columns.changes.isEmpty else { return values }
          let change = columns.changes[target][number - 1]
          let isKnown = graph.node("And", [graph.isFinite(change), has(context)])
          return graph.choose(isKnown, graph.add(values, change), values)
        }
      }
      return together(each)
    }
    return graph.concatenate(leads.map { graph.unsqueeze($0, 2) }, axis: 2)
  }

  /// `[B, W, T]` of the last rows of the windows, from `[B, N]` of each target.
  func together(_ each: [Value]) -> Value {
    atOrigins(graph.concatenate(each.map { graph.unsqueeze($0, 2) }, axis: 2))
  }

  /// `[B, N]`, the value some seasons before the row that is forecast, another one where that is before
  /// the first row.
  func seasonal(_ values: Value, lead: Int, otherwise: Value) -> Value {
    let period = recipe?.season ?? 1
    let back = (lead + period - 1) / period * period - lead
    return graph.choose(has(back), shifted(values, by: back), otherwise)
  }

  /// What the networks of an ensemble say together; see `DecodedOutputs`.
  private func mean(of all: [Said]) -> Said {
    let count = Double(all.count)
    func mean(_ values: [Value]) -> Value {
      graph.divide(values.dropFirst().reduce(values[0], graph.add), graph.scalar(count))
    }
    let forecasts = mean(all.map(\.forecasts))
    var uncertainties = forecaster.loss.uncertainties.indices.map { number -> Value in
      let each = all.map { $0.uncertainties[number] }
      guard forecaster.loss.uncertainties[number].uncertainty == .standardDeviation else {
        return mean(each)
      }
      return graph.node("Sqrt", [mean(each.map { graph.multiply($0, $0) })])
    }
    let squares = all.map { said -> Value in
      let distance = graph.subtract(said.forecasts, forecasts)
      return graph.multiply(distance, distance)
    }
    let sum = squares.dropFirst().reduce(squares[0], graph.add)
    uncertainties.append(graph.node("Sqrt", [graph.divide(sum, graph.scalar(count - 1))]))
    return Said(forecasts: forecasts, uncertainties: uncertainties)
  }

  /// What is said, NaN where a column that is known ahead has no value.
  func hidingUnknown(_ said: Said, _ columns: SeenColumns) -> Said {
    guard !knownNames.isEmpty else { return said }
    let leads = (1...horizon).map { lead -> Value in
      let each = knownNames.map {
        graph.isFinite(atOrigins(known($0, lead: lead, columns)))
      }
      let all = each.dropFirst().reduce(each[0]) { graph.node("And", [$0, $1]) }
      return graph.unsqueeze(all, 2, 3)
    }
    let isKnown = graph.concatenate(leads, axis: 2)
    func hiding(_ value: Value) -> Value { graph.choose(isKnown, value, graph.scalar(.nan)) }
    return Said(
      forecasts: hiding(said.forecasts), uncertainties: said.uncertainties.map(hiding))
  }

  /// What is said beside the forecasts, made right; see `Bands`.
  func correct(_ said: inout Said) {
    guard let bands = forecaster.bands else { return }
    var above: [(share: Float, number: Int)] = []
    var below: [(share: Float, number: Int)] = []
    for (number, uncertainty) in forecaster.loss.uncertainties.enumerated() {
      // [H, T]
      let corrections = graph.doubles(
        (0..<horizon).flatMap { lead in bands.corrections.map { $0[lead][number] } },
        shape: [horizon, targets.count])
      switch uncertainty.uncertainty {
      case .quantile(let share):
        said.uncertainties[number] = graph.add(said.uncertainties[number], corrections)
        if share < 0.5 { below.append((share, number)) } else { above.append((share, number)) }
      case .standardDeviation:
        said.uncertainties[number] = graph.multiply(said.uncertainties[number], corrections)
      case .memberSpread: break
      }
    }
    // From the forecast outward none is nearer than the one before.
    var last = said.forecasts
    for (_, number) in above.sorted(by: { $0.share < $1.share }) {
      let quantile = limited(said.uncertainties[number])
      last = graph.choose(graph.node("GreaterOrEqual", [quantile, last]), quantile, last)
      said.uncertainties[number] = last
    }
    last = said.forecasts
    for (_, number) in below.sorted(by: { $0.share > $1.share }) {
      let quantile = limited(said.uncertainties[number])
      last = graph.choose(graph.node("Less", [quantile, last]), quantile, last)
      said.uncertainties[number] = last
    }
  }
}

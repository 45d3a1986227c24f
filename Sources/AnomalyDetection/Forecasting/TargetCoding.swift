import LSTMCompute
import RealModule
import TimeSeries

/// What a network's outputs stand for, and how to get from them to values and back.
struct TargetCoding: Hashable, Sendable, Codable {
  /// What the outputs stand for.
  var subject: FittingOptions.Subject
  /// Offset and scale of each target.
  var scales: [Scaler.Column]

  /// The coding of a series' targets, scaled so that a training sees numbers of about one.
  ///
  /// - Parameters:
  ///   - subject: What the outputs stand for.
  ///   - series: The series.
  ///   - scaler: The scaling of the values.
  ///   - rows: The rows that are trained on.
  init(_ subject: FittingOptions.Subject, series: Series, scaler: Scaler, rows: Range<Int>) {
    self.subject = subject
    scales = series.targets.compactMap { name in
      switch subject {
      case .value: return scaler[name]
      case .change:
        let values = series[name] ?? []
        var statistics = ResidualStatistics()
        for row in rows where row > 0 { statistics.add(values[row] - values[row - 1]) }
        let deviation = statistics.standardDeviation
        return Scaler.Column(
          name: name, offset: statistics.mean, scale: deviation > 0 ? deviation : 1)
      }
    }
  }

  /// Windows whose targets are coded.
  func encode(_ windows: WindowedSeries, of series: Series) throws(LSTMError) -> WindowedSeries {
    guard subject == .change else { return windows }
    let columns = series.targets.map { series[$0] ?? [] }
    var targets = windows.targets
    let count = columns.count
    for (index, (values, scale)) in zip(columns, scales).enumerated() {
      for row in values.indices {
        let change = row == 0 ? 0 : values[row] - values[row - 1]
        targets[row * count + index] = Float(scale.transform(change))
      }
    }
    return try WindowedSeries(
      inputs: windows.inputs, inputSize: windows.inputSize, targets: targets,
      targetSize: windows.targetSize, steps: windows.steps, horizon: windows.horizon,
      windows: windows.windows, targetWeights: windows.targetWeights, rowMask: windows.rowMask)
  }

  /// A network's outputs as values of the targets.
  ///
  /// A forecast change is added to the last value known, and for later rows to the forecast before;
  /// so are quantiles of a change, which therefore say nothing about how sure the rows between were.
  ///
  /// - Parameters:
  ///   - outputs: `[windows, horizon, targets, P]`, as the network gives them.
  ///   - loss: What the network was fitted by, which tells what the `P` outputs are.
  ///   - windows: The windows.
  ///   - series: The series.
  /// - Returns: `[windows, horizon, targets]` of the forecasts, and of each of the loss's
  ///   uncertainties.
  func decode(
    _ outputs: [Float], by loss: Loss, of windows: WindowedSeries, _ series: Series
  ) -> DecodedOutputs {
    let columns = series.targets.map { series[$0] ?? [] }
    return decode(outputs, by: loss, horizon: windows.horizon) { window, target in
      columns[target][Int(windows.windows[window].targetRow) - 1]
    }
  }

  /// The same, where `lastValue` tells a target's value in the last row of a window.
  func decode(
    _ outputs: [Float], by loss: Loss, horizon: Int,
    lastValue: (_ window: Int, _ target: Int) -> Double
  ) -> DecodedOutputs {
    let count = scales.count
    let perTarget = loss.outputsPerTarget
    let cells = 0..<outputs.count / perTarget
    func scaled(_ place: Int) -> [Double] {
      cells.map { scales[$0 % count].inverse(Double(outputs[$0 * perTarget + place])) }
    }
    var forecasts = scaled(loss.forecastPlace ?? 0)
    var uncertainties = loss.uncertainties.map { place, uncertainty in
      switch uncertainty {
      case .quantile: scaled(place)
      case .standardDeviation:
        cells.map {
          let logVariance = Double(outputs[$0 * perTarget + place])
          return Double.exp(logVariance / 2) * scales[$0 % count].scale.magnitude
        }
      }
    }
    guard subject == .change else {
      return DecodedOutputs(forecasts: forecasts, uncertainties: uncertainties)
    }
    let quantiles = loss.uncertainties.indices.filter {
      loss.uncertainties[$0].uncertainty != .standardDeviation
    }
    let size = horizon * count
    for window in 0..<forecasts.count / size {
      for target in 0..<count {
        var last = lastValue(window, target)
        for lead in 0..<horizon {
          let cell = window * size + lead * count + target
          for quantile in quantiles { uncertainties[quantile][cell] += last }
          last += forecasts[cell]
          forecasts[cell] = last
        }
      }
    }
    return DecodedOutputs(forecasts: forecasts, uncertainties: uncertainties)
  }
}

/// A network's outputs in the targets' units.
struct DecodedOutputs: Sendable {
  /// `[windows, horizon, targets]`.
  var forecasts: [Double]
  /// The same for each of the loss's uncertainties, in their order.
  var uncertainties: [[Double]]
}

import LSTMCompute
import RealModule
import TimeSeries

/// What a network's outputs stand for, and how to get from them to values and back.
struct TargetCoding: Hashable, Sendable, Codable {
  /// What the outputs stand for.
  var subject: FittingOptions.Subject
  /// Offset and scale of each target; of each lead's, `[horizon, targets]`, where `isDirect`.
  var scales: [Scaler.Column]
  /// Whether each lead is relative to what is known before all of them.
  ///
  /// `nil`, as models of earlier versions have it, adds a change to the forecast of the lead before;
  /// with one lead it is the same.
  var isDirect: Bool?

  /// The coding of a series' targets, scaled so that a training sees numbers of about one.
  ///
  /// - Parameters:
  ///   - subject: What the outputs stand for.
  ///   - all: The series, at least one.
  ///   - season: The number of rows after which they repeat themselves.
  ///   - scaler: The scaling of the values.
  ///   - rows: For each series the rows that are trained on.
  init(
    _ subject: FittingOptions.Subject, _ all: [PreparedSeries], season: Int?, scaler: Scaler,
    rows: [Range<Int>]
  ) {
    self.subject = subject
    let horizon = all[0].horizon
    isDirect = horizon > 1 ? true : nil
    scales = []
    for lead in 1...horizon {
      for (target, name) in all[0].series.targets.enumerated() {
        if subject == .value {
          let values = zip(all, rows).flatMap { $0.coded[name]?[$1] ?? [] }
          scales.append(Scaler.Column(kind: scaler.kind, name: name, values: values[...]))
          continue
        }
        var statistics = Moments()
        for (prepared, rows) in zip(all, rows) {
          let values = prepared.coded[name] ?? []
          let base = prepared.base(subject, season: season, target: target, lead: lead)
          for row in rows where row > 0 && row + lead <= rows.upperBound {
            statistics.add(values[row + lead - 1] - base[row])
          }
        }
        let deviation = statistics.standardDeviation
        scales.append(
          Scaler.Column(
            name: name, offset: statistics.mean, scale: deviation > 0 ? deviation : 1))
      }
    }
  }

  /// The coded targets of a training, and how much each counts.
  ///
  /// - Parameters:
  ///   - prepared: The series.
  ///   - season: The number of rows after which it repeats itself.
  /// - Returns: `[rows, horizon, targets]`, for the forecasts that begin with each row; 0 beyond the
  ///   end.
  func encode(_ prepared: PreparedSeries, season: Int?) -> [Float] {
    let count = prepared.series.rowCount
    let targets = prepared.series.targets
    let size = prepared.horizon * targets.count
    var coded = [Float](repeating: 0, count: count * size)
    for lead in 1...prepared.horizon {
      for (target, name) in targets.enumerated() {
        let values = prepared.coded[name] ?? []
        let base = prepared.base(subject, season: season, target: target, lead: lead)
        let place = (lead - 1) * targets.count + target
        let scale = scales[isDirect == true ? place : target]
        for row in 0..<max(0, count - lead + 1) {
          coded[row * size + place] = Float(scale.transform(values[row + lead - 1] - base[row]))
        }
      }
    }
    return coded
  }

  /// A network's outputs as values of the targets.
  ///
  /// - Parameters:
  ///   - outputs: `[rows, horizon, targets, P]`, as the network gives them.
  ///   - loss: What the network was fitted by, which tells what the `P` outputs are.
  ///   - horizon: The number of leads.
  ///   - base: What a lead of a target is relative to.
  /// - Returns: `[rows, horizon, targets]` of the forecasts, and of each of the loss's uncertainties.
  func decode(
    _ outputs: [Float], by loss: Loss, horizon: Int,
    base: (_ row: Int, _ lead: Int, _ target: Int) -> Double
  ) -> DecodedOutputs {
    let count = isDirect == true ? scales.count / horizon : scales.count
    let perTarget = loss.outputsPerTarget
    let cells = 0..<outputs.count / perTarget
    let size = horizon * count
    func scale(_ cell: Int) -> Scaler.Column { scales[cell % (isDirect == true ? size : count)] }
    func scaled(_ place: Int) -> [Double] {
      cells.map { scale($0).inverse(Double(outputs[$0 * perTarget + place])) }
    }
    var forecasts = scaled(loss.forecastPlace ?? 0)
    var uncertainties = loss.uncertainties.map { place, uncertainty -> [Double] in
      switch uncertainty {
      case .quantile: return scaled(place)
      case .standardDeviation:
        return cells.map {
          let logVariance = Double(outputs[$0 * perTarget + place])
          return Double.exp(logVariance / 2) * scale($0).scale.magnitude
        }
      // No network says it: it is between them.
      case .memberSpread: return []
      }
    }
    let quantiles = loss.uncertainties.indices.filter {
      loss.uncertainties[$0].uncertainty.isValue
    }
    for row in 0..<forecasts.count / size {
      for target in 0..<count {
        var last = base(row, 1, target)
        for lead in 1...horizon {
          let cell = row * size + (lead - 1) * count + target
          if isDirect == true { last = base(row, lead, target) }
          for quantile in quantiles { uncertainties[quantile][cell] += last }
          forecasts[cell] += last
          if isDirect != true, subject == .change { last = forecasts[cell] }
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

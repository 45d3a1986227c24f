public import LSTMCompute
public import TimeSeries

extension Forecaster {
  /// Forecasts the rows of a series, each from the rows before it.
  ///
  /// - Parameters:
  ///   - series: A series with this forecaster's features and targets.
  ///   - rows: The rows wanted, up to one after the last; the first `steps` rows of the series
  ///     have no forecast.
  ///   - backend: What the network runs on.
  /// - Returns: The forecasts, for those rows that have one.
  /// - Throws: `DetectionError.dataMismatch` where the columns are others, or an error of the data
  ///   or the device.
  public func forecast(
    _ series: Series, rows: Range<Int>, on backend: any Backend
  ) throws -> Forecasts {
    try check(series)
    // Where recent errors decide what counts, all rows before have a part in it.
    let first = recipe?.blend == nil ? rows.lowerBound : 0
    let prepared = try prepare(series)
    let all = try forecast(
      prepared, rows: min(first, rows.upperBound)..<rows.upperBound, on: backend)
    return all.from(rows.lowerBound)
  }

  /// Throws where a series has other columns.
  func check(_ series: Series) throws {
    try checkUnits()
    guard series.features == features, series.targets == targets else {
      throw DetectionError.dataMismatch(
        "the model forecasts \(targets.joined(separator: ", ")) from "
          + "\(features.joined(separator: ", ")), but the data has "
          + "\(series.targets.joined(separator: ", ")) and "
          + "\(series.features.joined(separator: ", "))")
    }
  }

  /// The series as the network sees it.
  ///
  /// - Parameters:
  ///   - series: The series.
  ///   - seen: What is looked back at, where that is known.
  /// - Returns: The series, scaled and coded.
  /// - Throws: An error of the data.
  func prepare(_ series: Series, seen: Series? = nil) throws -> PreparedSeries {
    try PreparedSeries(
      series, steps: steps, horizon: horizon, scaler: scaler, recipe: recipe,
      hasDecoder: network.specification.decoderSteps != nil, seen: seen)
  }

  /// The forecasts of a series that has been prepared, from each of some rows.
  func forecast(
    _ prepared: PreparedSeries, rows: Range<Int>, on backend: any Backend
  ) throws -> Forecasts {
    try Self.forecasts([(self, prepared)], rows: [rows], on: backend)[0]
  }

  /// The forecasts of several series, made by the same networks in one go.
  ///
  /// - Parameters:
  ///   - all: For each series, at least one, the forecaster in its units, and the series prepared by
  ///     it. All have the same networks.
  ///   - rows: For each series the rows that are forecast first.
  ///   - backend: What the networks run on.
  /// - Returns: The forecasts of each.
  /// - Throws: An error of the data or of the device.
  static func forecasts(
    _ all: [(forecaster: Forecaster, prepared: PreparedSeries)], rows: [Range<Int>],
    on backend: any Backend
  ) throws -> [Forecasts] {
    let first = all[0].forecaster
    let rows = zip(all, rows).map { its, rows in
      rows.clamped(to: first.steps..<max(first.steps, its.prepared.series.rowCount + 1))
    }
    let size = first.horizon * first.targets.count
    let windows = try PreparedSeries.windows(
      of: all.map(\.prepared), rows,
      outputs: all[0].prepared.hasDecoder ? first.targets.count : size)
    let outputs = try first.members.map { try $0.predict(windows, on: backend) }
    guard all.count > 1 else {
      return [first.forecasts(outputs, of: all[0].prepared, rows: rows[0])]
    }
    var start = 0
    let width = size * first.loss.outputsPerTarget
    return zip(all, rows).map { its, rows in
      let end = start + rows.count * width
      defer { start = end }
      return its.forecaster.forecasts(
        outputs.map { Array($0[start..<end]) }, of: its.prepared, rows: rows)
    }
  }

  /// The forecasts that rows are judged by, from the networks' outputs.
  private func forecasts(
    _ outputs: [[Float]], of prepared: PreparedSeries, rows: Range<Int>
  ) -> Forecasts {
    var forecasts = decode(outputs, of: prepared, rows: rows)
    blend(&forecasts, of: prepared.series)
    bands?.apply(to: &forecasts, limits: limits, targets: targets)
    forecasts.hide(prepared.unknownRows)
    return forecasts
  }

  /// The forecasts that the networks' outputs make, and those of all others beside them.
  ///
  /// - Parameters:
  ///   - outputs: `[rows, horizon, targets, P]` of each network.
  ///   - prepared: The series.
  ///   - rows: The rows at which the forecasts start.
  /// - Returns: The forecasts, judged by the network's as yet.
  func decode(_ outputs: [[Float]], of prepared: PreparedSeries, rows: Range<Int>) -> Forecasts {
    let bases = targets.indices.map { target in
      (1...horizon).map {
        prepared.base(coding.subject, season: recipe?.season, target: target, lead: $0)
      }
    }
    var forecasts = decode(outputs, rows: rows) { bases[$2][$1 - 1][$0] }
    forecasts.hide(prepared.unknownRows)
    if recipe != nil { addOthers(to: &forecasts, prepared) }
    forecasts.clip(by: limits, targets: targets)
    return forecasts
  }

  /// The forecasts that the networks' outputs make.
  ///
  /// - Parameters:
  ///   - outputs: `[rows, horizon, targets, P]` of each network.
  ///   - rows: The rows at which the forecasts start.
  ///   - base: What a lead of a target is relative to, by row, lead and target.
  /// - Returns: The forecasts, judged by the network's as yet.
  func decode(
    _ outputs: [[Float]], rows: Range<Int>,
    base: (_ row: Int, _ lead: Int, _ target: Int) -> Double
  ) -> Forecasts {
    let all = outputs.map { outputs in
      var values = coding.decode(outputs, by: loss, horizon: horizon) { row, lead, target in
        base(rows.lowerBound + row, lead, target)
      }
      values.invert(recipe?.transform, targets: targets)
      values.forecasts = values.forecasts.enumerated().map { cell, value in
        limits.clip(targets[cell % targets.count], value)
      }
      return values
    }
    let uncertainties = loss.uncertainties.map(\.uncertainty)
    return Forecasts(
      rows: rows, horizon: horizon, targetCount: targets.count,
      uncertainties: uncertainties + (all.count > 1 ? [.memberSpread] : []),
      values: all.count > 1 ? DecodedOutputs(meanOf: all, uncertainties) : all[0])
  }

  /// Adds the forecasts of all who make them beside the network.
  private func addOthers(to forecasts: inout Forecasts, _ prepared: PreparedSeries) {
    let rows = forecasts.rows
    func all(_ value: (_ target: Int, _ lead: Int) -> [Double]) -> [Double] {
      var cells = [Double](repeating: .nan, count: rows.count * horizon * targets.count)
      for target in targets.indices {
        for lead in 1...horizon {
          let column = value(target, lead)
          for (index, value) in column.enumerated() {
            cells[(index * horizon + lead - 1) * targets.count + target] = value
          }
        }
      }
      return cells
    }
    // Of what is looked back at, so that an outlier has no echo in them.
    let seen = prepared.seen.mapping { name, values in
      guard let transform = recipe?.transform, targets.contains(name) else { return values }
      return values.map { transform.invert(name, $0) }
    }
    for (source, baseline) in simpleForecasts {
      forecasts.bySource[source] = all { target, lead in
        seen.forecast(by: baseline, target: target, from: rows, lead: lead)
      }
    }
    if let transform = recipe?.transform, !prepared.linear.isEmpty {
      forecasts.bySource[.linear] = all { target, lead in
        prepared.linear[target][lead - 1][rows].map { transform.invert(targets[target], $0) }
      }
    }
  }

  /// The simple forecasts that there are.
  var simpleForecasts: [(source: ForecastSource, baseline: Baseline)] {
    [(.persistence, .persistence)]
      + (recipe?.season.map { [(.seasonalNaive, .seasonalNaive(season: $0))] } ?? [])
  }

  /// The simple forecasts of a target as they are, where it is judged by nothing else.
  func plainForecasts(
    of series: Series, target: Int, lead: Int, rows: Range<Int>
  ) -> [ForecastSource: [Double]]? {
    guard recipe?.blend?.sources[target].allSatisfy(\.isSimple) == true else { return nil }
    return Dictionary(
      uniqueKeysWithValues: simpleForecasts.map {
        (
          $0.source,
          series.forecast(by: $0.baseline, target: target, from: rows, lead: lead)
            .map { limits.clip(targets[target], $0) }
        )
      })
  }

  /// Puts the forecasts that rows are judged by in the network's place.
  func blend(_ forecasts: inout Forecasts, of series: Series) {
    guard let blend = recipe?.blend else { return }
    let rows = forecasts.rows
    for target in targets.indices where blend.sources[target] != [.network] {
      let actual = series.actual(target: target, rows: 0..<series.rowCount)
      for lead in 1...horizon {
        func cell(_ row: Int) -> Int { (row * horizon + lead - 1) * targets.count + target }
        let plain = plainForecasts(of: series, target: target, lead: lead, rows: rows)
        let blended = blend.forecasts(
          target: target, lead: lead, count: rows.count,
          { source, row in
            plain?[source]?[row] ?? forecasts.bySource[source]?[cell(row)] ?? .nan
          },
          actual: { row in
            let measured = rows.lowerBound + row + lead - 1
            return measured < actual.count ? actual[measured] : .nan
          })
        for (row, blended) in blended.enumerated() {
          // The weighted mean of two equal numbers may be another by a rounding.
          let value = limits.clip(targets[target], blended)
          let shift = value - forecasts.values.forecasts[cell(row)]
          forecasts.values.forecasts[cell(row)] = value
          for (index, uncertainty) in forecasts.uncertainties.enumerated() {
            guard case .quantile = uncertainty else { continue }
            let quantile = forecasts.values.uncertainties[index][cell(row)] + shift
            forecasts.values.uncertainties[index][cell(row)] = limits.clip(
              targets[target], quantile)
          }
        }
      }
    }
  }
}

extension DecodedOutputs {
  /// Takes transformed values back, and the quantiles beside them.
  mutating func invert(_ transform: TargetTransform?, targets: [String]) {
    guard let transform, !transform.shifts.isEmpty else { return }
    func inverted(_ cells: [Double]) -> [Double] {
      cells.enumerated().map { transform.invert(targets[$0 % targets.count], $1) }
    }
    forecasts = inverted(forecasts)
    uncertainties = uncertainties.map(inverted)
  }
}

extension Forecasts {
  /// Leaves out the forecasts of some rows.
  mutating func hide(_ hidden: Set<Int>) {
    guard !hidden.isEmpty else { return }
    for start in rows {
      for lead in 1...horizon where hidden.contains(start + lead - 1) {
        for target in 0..<targetCount {
          let cell = ((start - rows.lowerBound) * horizon + lead - 1) * targetCount + target
          values.forecasts[cell] = .nan
          for number in uncertainties.indices { values.uncertainties[number][cell] = .nan }
          bySource[.network]?[cell] = .nan
        }
      }
    }
  }

  /// The same from a row on.
  func from(_ row: Int) -> Forecasts {
    guard row > rows.lowerBound else { return self }
    let skipped = min(row, rows.upperBound) - rows.lowerBound
    func cut(_ cells: [Double]) -> [Double] {
      Array(cells[(skipped * horizon * targetCount)...])
    }
    return Forecasts(
      rows: rows.lowerBound + skipped..<rows.upperBound, horizon: horizon, targetCount: targetCount,
      uncertainties: uncertainties,
      values: DecodedOutputs(
        forecasts: cut(values.forecasts), uncertainties: values.uncertainties.map(cut)),
      bySource: bySource.mapValues(cut))
  }
}

extension Series {
  /// The forecasts that a baseline makes for a lead from each of some rows.
  fileprivate func forecast(
    by baseline: Baseline, target: Int, from rows: Range<Int>, lead: Int
  ) -> [Double] {
    forecast(
      by: baseline, target: target, rows: rows.lowerBound + lead - 1..<rows.upperBound + lead - 1,
      lead: lead)
  }
}

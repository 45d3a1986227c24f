import TimeSeries

// A network that is fitted to several series sees each in units of its scale. What was fitted is the same
// thing in a series' own units once offsets and scales are put into it.

extension Forecaster {
  /// The forecaster in the units of one of the series that it was fitted to, or of one like them.
  ///
  /// - Parameter member: The series.
  /// - Returns: A forecaster of that series alone.
  public func forecaster(of member: FittedPanel.Member) -> Forecaster {
    guard let panel else { return self }
    let units = panel.scaler(of: member, kind: scaler.kind)
    var recipe = recipe?.inUnits(of: units, targets: targets, features: features, horizon: horizon)
    recipe?.blend = member.blend
    var columns = columns
    columns.series = nil
    var origin = origin
    (origin.firstTime, origin.lastTime) = (member.firstTime, member.lastTime)
    (origin.trainingRows, origin.validationRows) = (member.trainingRows, member.validationRows)
    return Forecaster(
      network: network, scaler: units, coding: coding.inUnits(of: units), columns: columns,
      steps: steps, horizon: horizon, residuals: member.residuals,
      calibrations: member.calibrations, origin: origin, recipe: recipe, limits: limits,
      others: others)
  }
}

extension TargetCoding {
  fileprivate func inUnits(of units: Scaler) -> TargetCoding {
    var coding = self
    coding.scales = scales.map {
      subject == .value ? units.level($0, of: $0.name) : units.difference($0, of: $0.name)
    }
    return coding
  }
}

extension Scaler {
  /// What scales a value of a column in its own unit as `scale` does in units of this scaler.
  fileprivate func level(_ scale: Column, of name: String) -> Column {
    guard let unit = self[name] else { return scale }
    return Column(
      name: scale.name, offset: unit.inverse(scale.offset), scale: scale.scale * unit.scale)
  }

  /// The same for differences of values.
  fileprivate func difference(_ scale: Column, of name: String) -> Column {
    guard let unit = self[name] else { return scale }
    return Column(
      name: scale.name, offset: scale.offset * unit.scale, scale: scale.scale * unit.scale)
  }
}

extension Recipe {
  fileprivate func inUnits(
    of units: Scaler, targets: [String], features: [String], horizon: Int
  ) -> Recipe {
    var recipe = self
    let layout = inputs.layout(
      features: features, targets: targets, linear: linear == nil ? 0 : targets.count,
      horizon: horizon)
    recipe.inputs.scales = zip(layout, inputs.scales).map { column, scale in
      switch column {
      case .level(let name), .known(let name, _): units.level(scale, of: name)
      case .change(let name), .season(let name): units.difference(scale, of: name)
      case .linear(let target): units.difference(scale, of: targets[target])
      case .calendar: scale
      }
    }
    recipe.linear = linear?.inUnits(of: units)
    recipe.filter?.limits = zip(targets, filter?.limits ?? []).map { target, limit in
      min(limit * (units[target]?.scale ?? 1), .greatestFiniteMagnitude)
    }
    return recipe
  }
}

extension LinearForecaster {
  fileprivate func inUnits(of units: Scaler) -> LinearForecaster {
    var linear = self
    for (target, name) in targets.enumerated() {
      let scale = units[name]?.scale ?? 1
      let layout = regressors.layout(target: name)
      linear.models[target] = models[target].map { model in
        var model = model
        model.intercept *= scale
        model.lowest *= scale
        model.highest *= scale
        for (index, regressor) in layout.enumerated() {
          switch regressor {
          case .own: break
          case .calendar: model.weights[index] *= scale
          case .level(let column), .difference(let column):
            let unit = units[column] ?? Scaler.Column(name: column, offset: 0, scale: 1)
            model.weights[index] *= scale / unit.scale
            if case .level = regressor { model.intercept -= model.weights[index] * unit.offset }
          }
        }
        return model
      }
    }
    return linear
  }
}

extension Blend {
  /// The same with errors in other units, those of each target.
  func scaled(by scales: [Double]) -> Blend {
    var blend = self
    blend.errors = zip(errors, scales).map { leads, scale in
      leads.map { $0.map { $0 * scale } }
    }
    return blend
  }

  /// What most of some blends are: the sources of at least half of them, or of most.
  ///
  /// - Parameter blends: At least one, in the same units.
  /// - Returns: One blend for all of them.
  static func typical(of blends: [Blend]) -> Blend {
    var typical = blends[0]
    for target in typical.sources.indices {
      let uses = ForecastSource.allCases.map { source in
        blends.count { $0.sources[target].contains(source) }
      }
      let least = min(uses.max() ?? 0, (blends.count + 1) / 2)
      let chosen = zip(ForecastSource.allCases, uses).filter { $1 > 0 && $1 >= least }.map(\.0)
      typical.sources[target] = chosen
      typical.errors[target] = typical.errors[target].indices.map { lead in
        chosen.map { source in
          let errors = blends.compactMap { blend in
            blend.sources[target].firstIndex(of: source).map { blend.errors[target][lead][$0] }
          }
          return errors.reduce(0, +) / Double(max(1, errors.count))
        }
      }
    }
    return typical
  }
}

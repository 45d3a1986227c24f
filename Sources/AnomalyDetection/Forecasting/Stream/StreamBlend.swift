/// The forecasts that the rows of a stream are judged by: where several count, each by how good it was
/// lately, as `Blend.forecasts` has it for a whole series.
struct StreamBlend: Sendable {
  private let blend: Blend?
  private let targets: [String]
  private let limits: ForecastLimits
  /// For each target and lead who counts how much.
  private var states: [[Blend.State]]
  /// For each target and lead what each source said in the last rows.
  private var said: [[[[Double]]]]

  /// - Parameters:
  ///   - forecaster: The forecaster.
  ///   - leads: The number of leads that will be asked for.
  init(_ forecaster: Forecaster, leads: Int) {
    blend = forecaster.recipe?.blend
    targets = forecaster.targets
    limits = forecaster.limits
    states = blend?.errors.map { $0.prefix(leads).map(Blend.State.init) } ?? []
    said = states.map { $0.map { _ in [] } }
  }

  /// The forecast that a row is judged by; asked once for each row, target and lead.
  ///
  /// - Parameters:
  ///   - forecasts: The forecasts of all sources from one row.
  ///   - target: The target's number.
  ///   - lead: The lead, from 1.
  ///   - actual: What was measured in the row before; NaN where it is missing.
  ///   - window: What the forecasts look back at.
  /// - Returns: NaN where there is none.
  mutating func judged(
    _ forecasts: Forecasts, target: Int, lead: Int, actual: Double, of window: ForecastWindow
  ) -> Double {
    let place = forecasts.rows.lowerBound + lead - 1
    let own = forecasts.expected(row: place, target: target, lead: lead)
    guard let blend, blend.sources[target] != [.network] else { return own }
    let plain = window.plainForecasts(target: target, lead: lead)
    let all = blend.sources[target].map {
      plain?[$0] ?? forecasts.expected(row: place, target: target, lead: lead, by: $0)
    }
    said[target][lead - 1].append(all)
    if said[target][lead - 1].count > lead {
      let past = said[target][lead - 1].removeFirst()
      states[target][lead - 1].observe(actual, past)
    }
    let combined = states[target][lead - 1].combine(all)
    return own.isNaN ? .nan : limits.clip(targets[target], combined)
  }
}

extension StreamBlend {
  /// What goes into a file.
  struct State: Codable {
    var states: [[Blend.State]]
    var said: [[[[Double]]]]
  }

  var state: State { State(states: states, said: said) }

  /// A blend that goes on where another one was.
  ///
  /// - Returns: `nil` where the state is of another forecaster.
  init?(_ forecaster: Forecaster, leads: Int, _ state: State) {
    self.init(forecaster, leads: leads)
    guard state.states.count == states.count, state.said.count == said.count else { return nil }
    for target in states.indices {
      let sources = blend?.sources[target].count ?? 0
      guard state.states[target].count == states[target].count,
        state.said[target].count == said[target].count,
        state.states[target].allSatisfy({ $0.isUsable(sources: sources) }),
        zip(1..., state.said[target]).allSatisfy({ lead, rows in
          rows.count <= lead && rows.allSatisfy { $0.count == sources }
        })
      else { return nil }
    }
    (states, said) = (state.states, state.said)
  }
}

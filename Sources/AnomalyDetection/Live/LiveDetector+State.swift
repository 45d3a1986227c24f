extension LiveDetector {
  /// All that a detector knows of the rows that it has seen.
  public struct State: Codable, Sendable {
    /// How rows are judged.
    public var rules: Rules
    var window: ForecastWindow.State
    var blend: StreamBlend.State
    /// Of adaptive scorers what they know.
    var calibrations: [Calibration?]
    /// The dynamic scorers.
    var dynamic: [DynamicScorer?]
    var mergers: [EventMerger]
    var eventTimes: [EventTimes?]
    var lastActual: [Double]
    var joint: JointScorer

    /// The time of the last row that was taken; `nil` where there is none.
    package var lastTime: Double? { window.times.last }
  }

  /// All that the detector knows.
  public var state: State {
    State(
      rules: rules, window: window.state, blend: blend.state,
      calibrations: judges.map { ($0.scorer as? AdaptiveScorer)?.calibration },
      dynamic: judges.map { $0.scorer as? DynamicScorer },
      mergers: judges.map(\.merger), eventTimes: eventTimes, lastActual: lastActual,
      joint: joint)
  }

  /// Goes on where another detector of the same forecaster was.
  ///
  /// - Parameter state: What that one knew.
  /// - Throws: `DetectionError.dataMismatch` where rows were judged by other rules, or the state does not
  ///   fit the forecaster; then nothing has changed.
  public func restore(_ state: State) throws(DetectionError) {
    guard state.rules == rules else {
      throw .dataMismatch(
        "rows were judged by other rules (\(state.rules.difference(from: rules)))")
    }
    let (adaptive, dynamic) = (
      judges.map { $0.scorer as? AdaptiveScorer }, judges.map { $0.scorer as? DynamicScorer }
    )
    guard let window = ForecastWindow(forecaster, state.window),
      let blend = StreamBlend(forecaster, leads: 1, state.blend),
      state.calibrations.count == judges.count, state.dynamic.count == judges.count,
      state.mergers.count == judges.count, state.lastActual.count == judges.count,
      state.eventTimes.count == judges.count,
      zip(adaptive, state.calibrations).allSatisfy({ ($0 == nil) == ($1 == nil) }),
      zip(dynamic, state.dynamic).allSatisfy({ ($0 == nil) == ($1 == nil) }),
      state.calibrations.allSatisfy({ $0?.isUsable ?? true }),
      state.joint.isUsable(targetCount: judges.count),
      state.mergers.allSatisfy({ $0.rules == rules.events })
    else { throw .dataMismatch("the state is damaged, or of another model") }
    (self.window, self.blend, lastActual) = (window, blend, state.lastActual)
    (eventTimes, joint) = (state.eventTimes, state.joint)
    for target in judges.indices {
      let own = judges[target].scorer
      let scorer: any Scorer =
        if let adaptive = own as? AdaptiveScorer, let calibration = state.calibrations[target] {
          adaptive.goingOn(from: calibration)
        } else {
          state.dynamic[target] ?? own
        }
      judges[target] = RowJudge(scorer, merger: state.mergers[target])
    }
  }
}

extension LiveDetector.Rules {
  /// In what rules differ from others, in words.
  fileprivate func difference(from other: Self) -> String {
    if threshold != other.threshold { return "--threshold \(threshold), not \(other.threshold)" }
    func names(_ kinds: [ScoreKind]) -> String { kinds.map(\.rawValue).joined(separator: ",") }
    if kinds != other.kinds { return "--scores \(names(kinds)), not \(names(other.kinds))" }
    let (own, others) = (events, other.events)
    if own.direction != others.direction {
      return "--direction \(own.direction.rawValue), not \(others.direction.rawValue)"
    }
    for (option, mine, its) in [
      ("--min-length", own.leastLength, others.leastLength), ("--gap", own.gap, others.gap),
      ("--mute", own.mute, others.mute),
    ] where mine != its {
      return "\(option) \(mine), not \(its)"
    }
    return own.leastSize != others.leastSize
      ? "--min-size \(own.leastSize), not \(others.leastSize)" : "--ignore with other dates"
  }
}

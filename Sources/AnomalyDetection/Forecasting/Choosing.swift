import LSTMCompute
import RealModule
import TimeSeries

/// What was left open in the options, chosen on the rows held out.
struct Choices {
  /// What the network learns.
  var subject: FittingOptions.Subject
  /// How the series is seen.
  var recipe: Recipe
  /// What was chosen and why, one line for each.
  var notes: [String]
}

extension FittingOptions {
  /// More rows than these say no more about what to choose.
  private static let mostRows = 8000
  /// What is more complicated must be better by this much.
  private static let margin = 0.995

  /// Chooses calendar, transform and what the network learns, by linear forecasts, which take no time.
  ///
  /// - Parameter parts: The series, at least one, with the rows to fit to and those to hold out.
  /// - Returns: The choices.
  /// - Throws: `DetectionError.dataMismatch` where what is asked for does not suit the data.
  func choose(for parts: [FittingPart]) throws -> Choices {
    let season = season ?? Series.season(of: parts.map { ($0.series, $0.split.fit) })
    if subject == .season, season == nil {
      throw DetectionError.dataMismatch(
        "the rows have no season that is known by their times; --season tells how many rows make one"
      )
    }
    let longest = parts.longest
    let calendars = try self.calendars(for: longest.series, rows: longest.split.fit)
    let transforms = try self.transforms(for: longest.series, rows: longest.split.fit)
    var candidates: [(calendar: CalendarTerms?, transform: TargetTransform, score: Double)] = []
    for calendar in calendars {
      for transform in transforms {
        guard calendars.count * transforms.count > 1, parts.hasValidation else {
          candidates.append((calendar, transform, 0))
          continue
        }
        let linear = linear(
          parts, calendar: calendar, transform: transform, season: season, horizon: 1,
          mostRows: Self.mostRows)
        candidates.append((calendar, transform, linear.score))
      }
    }
    var best = candidates[0]
    for candidate in candidates.dropFirst() where candidate.score < best.score * Self.margin {
      best = candidate
    }
    let (linear, score) = linear(
      parts, calendar: best.calendar, transform: best.transform, season: season,
      horizon: horizon, mostRows: .max)
    let subject = try subject(parts, linear: linear, score: score, season: season)
    if subject == .linear, linear == nil {
      throw DetectionError.dataMismatch(
        "there are too few rows for a linear regression; --learn change needs none")
    }
    let filter = filter(parts, linear: linear, transform: best.transform, score: score)
    let recipe = Recipe(
      transform: best.transform,
      inputs: InputCoding(
        kind: inputs ?? .both,
        season: season.flatMap { 2 * $0 <= parts.typicalTrainingCount ? $0 : nil },
        calendar: best.calendar, known: longest.series.known, seesLinear: linear != nil),
      linear: linear, filter: filter, season: season, blend: nil)
    return Choices(
      subject: subject, recipe: recipe,
      notes: notes(subject: subject, calendar: best.calendar, transform: best.transform))
  }

  private func notes(
    subject: Subject, calendar: CalendarTerms?, transform: TargetTransform
  ) -> [String] {
    var notes: [String] = []
    if self.subject == nil {
      let what =
        switch subject {
        case .value: "the values"
        case .change: "the changes from the last value"
        case .season: "the differences to the last season"
        case .linear: "what a linear regression leaves over"
        }
      notes.append(what)
    }
    if self.transform == nil, !transform.shifts.isEmpty { notes.append("of logarithms") }
    if self.calendar == .auto, let calendar {
      notes.append("with " + calendar.terms.map(\.rawValue).joined(separator: ", "))
    }
    return notes
  }

  private func calendars(for series: Series, rows: Range<Int>) throws -> [CalendarTerms?] {
    let isTime = series.time.kind == .dates || series.time.kind == .times
    switch calendar {
    case .none where holidays.isEmpty: return [nil]
    case .none, .auto:
      guard holidays.isEmpty || isTime else { throw noCalendar(series) }
      guard calendar == .auto,
        let terms = CalendarTerms.usual(for: series.time, in: rows, holidays: holidays)
      else { return [holidays.isEmpty ? nil : CalendarTerms([.holiday], holidays: holidays)] }
      return [nil, terms]
    case .terms(let terms):
      guard isTime else { throw noCalendar(series) }
      return [CalendarTerms(terms + (holidays.isEmpty ? [] : [.holiday]), holidays: holidays)]
    }
  }

  private func noCalendar(_ series: Series) -> DetectionError {
    .dataMismatch("\(series.path): the rows have no dates, of which a calendar could tell")
  }

  private func transforms(for series: Series, rows: Range<Int>) throws -> [TargetTransform] {
    guard transform != Transform.none else { return [.none] }
    let logarithms = TargetTransform(
      logarithmsOf: series.targets.map { ($0, (series[$0] ?? [])[rows]) })
    // A standard deviation of a logarithm is none of the value.
    let isPossible = training.loss != .gaussian
    if transform == .log {
      guard let logarithms, isPossible else {
        throw DetectionError.dataMismatch(
          "logarithms need targets that are nowhere below 0, and a loss other than gaussian")
      }
      return [logarithms]
    }
    return [.none] + (isPossible && losses.isEmpty == false ? [logarithms].compactMap { $0 } : [])
  }

  /// The linear forecasts, and how far they are off on the rows held out, over all targets.
  private func linear(
    _ parts: [FittingPart], calendar: CalendarTerms?, transform: TargetTransform,
    season: Int?, horizon: Int, mostRows: Int
  ) -> (model: LinearForecaster?, score: Double) {
    let typical = parts.typicalTrainingCount
    let series = parts.typical.series
    let coded = linearParts(parts, transform: transform, horizon: horizon)
    let seasons = Set(series.time.seasons + [season].compactMap { $0 })
      .filter { $0 > 1 && 3 * $0 <= typical }.sorted()
    let regressors = Regressors(
      lags: max(2, min(24, typical / 16)), seasons: seasons,
      features: series.features, known: series.known, calendar: calendar)
    guard
      let model = LinearForecaster(
        regressors, parts: coded, horizon: horizon, mostRows: mostRows)
    else { return (nil, .infinity) }
    return (
      model,
      score(of: parts) { part, target in
        model.forecast(
          target: target, lead: 1, rows: coded[part].validation, of: coded[part].history
        ).map { transform.invert(series.targets[target], $0) }
      }
    )
  }

  /// The series with their targets transformed.
  private func linearParts(
    _ parts: [FittingPart], transform: TargetTransform, horizon: Int
  ) -> [LinearForecaster.Part] {
    parts.map { part in
      let coded = part.series.transformed(by: transform)
      return LinearForecaster.Part(
        series: coded, history: History(coded, horizon: horizon), training: part.split.training,
        validation: part.split.validation)
    }
  }

  /// What keeps outliers out of the forecasts after them, where it does no harm on the rows held out.
  private func filter(
    _ parts: [FittingPart], linear: LinearForecaster?, transform: TargetTransform,
    score: Double
  ) -> OutlierFilter? {
    guard let linear, parts.hasValidation else { return nil }
    let coded = linearParts(parts, transform: transform, horizon: horizon)
    let filter = OutlierFilter(linear, parts: coded)
    let cleaned = coded.map {
      History(filter.clean($0.series, by: linear, horizon: horizon), horizon: horizon)
    }
    let filtered = self.score(of: parts) { part, target in
      linear.forecast(target: target, lead: 1, rows: coded[part].validation, of: cleaned[part])
        .map { transform.invert(linear.targets[target], $0) }
    }
    return filtered <= score * (2 - Self.margin) ? filter : nil
  }

  /// The geometric mean over all targets of how far forecasts are off on the rows held out.
  func score(
    of parts: [FittingPart], _ forecasts: (_ part: Int, _ target: Int) -> [Double]
  ) -> Double {
    let targets = parts[0].series.targets
    let scores = targets.indices.compactMap { target in
      Metrics(
        actual: parts.flatMap { $0.series.actual(target: target, rows: $0.split.validation) },
        expected: parts.indices.flatMap { forecasts($0, target) }
          .map { limits.clip(targets[target], $0) })?.score
    }
    guard scores.count == targets.count else { return .infinity }
    let sum = scores.reduce(0) { $0 + Double.log(max($1, .leastNormalMagnitude)) }
    return Double.exp(sum / Double(scores.count))
  }

  private func subject(
    _ parts: [FittingPart], linear: LinearForecaster?, score: Double, season: Int?
  ) throws -> Subject {
    if let subject { return subject }
    guard parts.hasValidation else { return .change }
    func simple(_ baseline: Baseline) -> Double {
      self.score(of: parts) { part, target in
        parts[part].series.forecast(
          by: baseline, target: target, rows: parts[part].split.validation)
      }
    }
    var best: (subject: Subject, score: Double) = (.change, simple(.persistence))
    if let season {
      let seasonal = simple(.seasonalNaive(season: season))
      if seasonal < best.score { best = (.season, seasonal) }
    }
    return linear != nil && score < best.score * Self.margin ? .linear : best.subject
  }
}

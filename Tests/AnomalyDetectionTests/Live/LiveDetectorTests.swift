import Foundation
import LSTMCompute
import Testing

@testable import AnomalyDetection
@testable import TimeSeries

/// Rows that come one at a time are judged as those of a whole series, to the last bit.
@Suite struct LiveDetectorTests {
  /// Hours of a day with a season, a level that moves once, a feature, missing values, gaps in time and
  /// two rows that are wrong.
  private static func series(
    rows: Int = 420, missing: Set<Int> = [200, 201, 333], hasKnown: Bool = true
  ) throws -> Series {
    var text = "time,load,solar,kind,open\n"
    var hour = 0
    for row in 0..<rows {
      hour += row == 250 ? 5 : 1
      let time = Date(timeIntervalSince1970: 1_704_067_200 + 3600 * Double(hour)).ISO8601Format()
      let noise = Double((row * 7919) % 101) / 101
      var load = 100 + 30 * sin(Double(hour) * 2 * .pi / 24) + 5 * noise
      if row > 300 { load += 12 }
      if row == 350 || row == 380 { load += 150 }
      let solar = max(0, 20 * sin(Double(hour) * 2 * .pi / 24) + noise)
      text +=
        "\(time.dropLast()),\(missing.contains(row) ? "" : "\(load)"),\(solar),\(["a", "b", "c"][row / 50 % 3]),"
        + "\(row % 7 == 0 ? 1 : 0)\n"
    }
    return try Series(
      table: Table(fileName: "made-up.csv", text: text),
      options: {
        var options = SeriesOptions(targets: ["load", "solar"])
        if hasKnown { options.known = ["open"] }
        return options
      }())
  }

  private static func forecaster(
    _ series: Series, horizon: Int = 1, change: (inout FittingOptions) -> Void = { _ in }
  ) throws -> Forecaster {
    var options = FittingOptions.automatic(steps: 12)
    options.horizon = horizon
    options.layers = [LSTMLayer(hiddenSize: 6)]
    options.training.epochs = 2
    options.search = .none
    change(&options)
    let split = try SplitPlan(
      series: series, trainUntil: .fraction(0.7), validation: 0.2, steps: 12, horizon: horizon)
    return try Forecaster.fit(series, split: split, options: options, on: CPUBackend()).forecaster
  }

  private static func row(_ number: Int, of series: Series) -> LiveRow {
    var values = Dictionary(
      uniqueKeysWithValues: series.columns.map { ($0.name, $0.values[number]) })
    for target in series.targets.indices where series.isMissing(target: target, row: number) {
      values[series.targets[target]] = .nan
    }
    return LiveRow(
      values: values,
      time: RowTime(kind: series.time.kind, value: series.time.values[number], isUTC: false))
  }

  /// Fails where a detector says something else of a row than an analysis.
  private static func compare(
    _ answer: LiveDetector.Answer, _ analysis: Analysis, row: Int
  ) {
    for (finding, target) in zip(answer.targets, analysis.targets) {
      guard target.judgedRows.contains(row) else {
        #expect(finding.row.judgment.expected == nil)
        continue
      }
      let place = row - target.judgedRows.lowerBound
      #expect(finding.row.judgment == target.judgments[place], "row \(row)")
      #expect(
        finding.row.lowest.bitPattern == target.lowest[place].bitPattern
          || finding.row.lowest.isNaN && target.lowest[place].isNaN)
      #expect(
        finding.row.highest.bitPattern == target.highest[place].bitPattern
          || finding.row.highest.isNaN && target.highest[place].isNaN)
      let alarms = target.events.flatMap(\.alarmRows)
      #expect((finding.row.alarm != nil) == alarms.contains(row), "row \(row)")
      if let ended = finding.row.ended { #expect(target.events.contains(ended)) }
    }
    if let rows = analysis.targets.first?.judgedRows, rows.contains(row) {
      #expect(answer.joint == analysis.jointScores[row - rows.lowerBound])
    }
  }

  enum Case: CaseIterable {
    case automatic, plain, members, simple, horizon, fixed, dynamic, muted
  }

  @Test(arguments: Case.allCases) func saysWhatAnAnalysisSays(kind: Case) throws {
    let series = try Self.series(hasKnown: kind != .horizon)
    let forecaster = try Self.forecaster(series, horizon: kind == .horizon ? 3 : 1) { options in
      switch kind {
      case .plain:
        options = FittingOptions(steps: 12)
        options.training.epochs = 2
      case .members: options.members = 2
      case .simple: options.judge = .simple
      case .automatic, .horizon, .fixed, .dynamic, .muted: break
      }
    }
    var rules = EventRules()
    if kind == .muted { (rules.mute, rules.gap) = (40, 1) }
    let threshold: Threshold =
      kind == .fixed ? .sigma(2) : kind == .dynamic ? .dynamic(pruning: 0.1) : .adaptive(2)
    let analysis = try Analysis(
      of: series, with: forecaster, threshold: threshold, rules: rules, on: CPUBackend())
    func detector() throws -> LiveDetector {
      try LiveDetector(
        forecaster, on: CPUBackend(), threshold: threshold, events: rules)
    }
    var live = try detector()
    for row in 0..<series.rowCount {
      // What a detector knows goes into a file and comes from there.
      if row % 60 == 59 {
        let next = try detector()
        try withTemporaryFile { path in
          let file = LiveFile(model: "m", form: Self.form, detector: live.state)
          try file.write(to: path)
          try next.restore(try LiveFile(path: path, model: "m").detector)
        }
        live = next
      }
      Self.compare(try live.append(Self.row(row, of: series)), analysis, row: row)
    }
    #expect(analysis.eventCount > 0)
  }

  @Test func whatIsKnownOfSeveralRowsAheadIsRefused() throws {
    let series = try Self.series()
    let forecaster = try Self.forecaster(series, horizon: 2)
    let error = #expect(throws: DetectionError.self) {
      try LiveDetector(forecaster, on: CPUBackend())
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains("--horizon 1"))
  }

  @Test func rowsOfAContextAreLookedBackAt() throws {
    let series = try Self.series()
    let forecaster = try Self.forecaster(series)
    let analysis = try Analysis(
      of: series, with: forecaster, threshold: .adaptive(2), on: CPUBackend())
    let live = try LiveDetector(forecaster, on: CPUBackend(), threshold: .adaptive(2))
    let first = Self.row(360, of: series).time
    try live.take(series, rows: 0..<360, before: first)
    #expect(throws: DetectionError.self) {
      try live.take(series, rows: 0..<360, before: first)
    }
    for row in 360..<series.rowCount {
      let answer = try live.append(Self.row(row, of: series))
      for (finding, target) in zip(answer.targets, analysis.targets) {
        #expect(
          finding.row.judgment == target.judgments[row - target.judgedRows.lowerBound])
      }
    }
  }

  @Test func badRowsThrowAndChangeNothing() throws {
    let series = try Self.series(rows: 300)
    let forecaster = try Self.forecaster(series)
    let (live, other) = (
      try LiveDetector(forecaster, on: CPUBackend()), try LiveDetector(forecaster, on: CPUBackend())
    )
    var empty = Self.row(0, of: series)
    empty.values["load"] = .nan
    #expect(try !live.append(empty).isTaken)
    for row in 0..<80 {
      var early = Self.row(row, of: series)
      early.time.value = series.time.values[max(0, row - 1)]
      var infinite = Self.row(row, of: series)
      infinite.values["load"] = .infinity
      if row > 0 { #expect(throws: DetectionError.self) { try live.append(early) } }
      #expect(throws: DetectionError.self) { try live.append(infinite) }
      let next = Self.row(row, of: series)
      let (one, two) = (try live.append(next), try other.append(next))
      #expect(one.targets.map(\.row.judgment) == two.targets.map(\.row.judgment))
    }
  }

  @Test func aStateOfOtherRulesOrAnotherModelIsRefused() throws {
    let series = try Self.series(rows: 300)
    let forecaster = try Self.forecaster(series)
    let live = try LiveDetector(forecaster, on: CPUBackend(), threshold: .sigma(3))
    for row in 0..<20 { _ = try live.append(Self.row(row, of: series)) }
    let other = try LiveDetector(forecaster, on: CPUBackend(), threshold: .sigma(4))
    let error = #expect(throws: DetectionError.self) { try other.restore(live.state) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("--threshold sigma:3, not sigma:4"))
    try withTemporaryFile { path in
      try LiveFile(model: "m", form: Self.form, detector: live.state).write(to: path)
      #expect(throws: DetectionError.self) { try LiveFile(path: path, model: "n") }
      var bytes = try Data(contentsOf: URL(filePath: path))
      let place = try #require(bytes.lastIndex(of: UInt8(ascii: "7")))
      bytes[place] = UInt8(ascii: "8")
      try bytes.write(to: URL(filePath: path))
      #expect(throws: DetectionError.self) { try LiveFile(path: path, model: "m") }
    }
  }

  private static let form = LiveReader.Form(
    header: [], delimiter: 44, isJSON: false, row: 0, isUTC: nil)
}

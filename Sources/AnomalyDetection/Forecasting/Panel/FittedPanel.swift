import TimeSeries

/// The series that one forecaster was fitted to, each with what is its own: how it is scaled, how far
/// its forecasts are off, and by which forecasts its rows are judged.
public struct FittedPanel: Hashable, Sendable, Codable {
  /// One of the series.
  public struct Member: Hashable, Sendable, Codable {
    /// What stands in the key columns.
    public internal(set) var key: [String]
    /// What is subtracted from each of the panel's columns.
    var offsets: [Double]
    /// What the difference is divided by.
    var scales: [Double]
    /// The residuals of each target on the rows that were held out, in the target's unit, one step
    /// ahead.
    public internal(set) var residuals: [Moments]
    /// What each target's residuals and values were on the rows fitted to and held out, in the
    /// target's unit; `nil` of a series that was not fitted to.
    var calibrations: [Calibration]?
    /// By which forecasts rows are judged; `nil` where it is the network's alone.
    var blend: Blend?
    /// The time of the first row that was fitted to.
    public internal(set) var firstTime: String
    /// The time of the last row that was fitted to or held out.
    public internal(set) var lastTime: String
    /// The number of rows that were fitted to.
    public internal(set) var trainingRows: Int
    /// The number of rows that were held out.
    public internal(set) var validationRows: Int
  }

  /// The number of columns that tell series apart.
  var keyCount: Int
  /// The columns that are scaled: features, and targets that are not among them.
  var columns: [String]
  /// Whether a column is scaled alike in all series: a flag, or what does not vary within a series.
  var isShared: [Bool]
  /// The series, in the order of their keys.
  public internal(set) var members: [Member]
  /// The residuals of each target in all series, in units of their scales: for series that were not
  /// fitted to.
  var typicalResiduals: [Moments]
  /// By which forecasts the rows of most series are judged, with errors in units of their scales.
  var typicalBlend: Blend?

  /// The series of a key; `nil` where it was not fitted to.
  public func member(_ key: [String]) -> Member? { members.first { $0.key == key } }

  /// How the columns of a series are scaled.
  func scaler(of member: Member, kind: Scaler.Kind) -> Scaler {
    Scaler(
      kind: kind,
      columns: columns.indices.map {
        Scaler.Column(name: columns[$0], offset: member.offsets[$0], scale: member.scales[$0])
      })
  }
}

extension FittedPanel {
  /// The scales of the columns of some series.
  ///
  /// A flag, 1 or 0, stays as it is, and what does not vary within any series, such as the size of a
  /// store, is scaled over all of them, because it tells series apart; all else is scaled by the rows
  /// of the series itself.
  ///
  /// - Parameters:
  ///   - panel: The series.
  ///   - splits: For each the rows that are fitted to.
  ///   - kind: How columns are scaled.
  init(_ panel: Panel, splits: [SplitPlan], kind: Scaler.Kind) {
    let first = panel.members[0].series
    let names = first.columns.map(\.name)
    var offsets = panel.members.map { _ in [Double]() }
    var scales = offsets
    isShared = []
    for name in names {
      let values = zip(panel.members, splits).map { member, split in
        (member.series[name] ?? [])[split.training]
      }
      let isTarget = first.targets.contains(name)
      let isFlag = values.allSatisfy { $0.allSatisfy { $0 == 0 || $0 == 1 } }
      let isConstant = values.allSatisfy { values in values.allSatisfy { $0 == values.first } }
      let shared: Scaler.Column? =
        isTarget
        ? nil
        : isFlag
          ? Scaler.Column(name: name, offset: 0, scale: 1)
          : isConstant
            ? Scaler.Column(kind: kind, name: name, values: values.flatMap { $0 }[...]) : nil
      isShared.append(shared != nil)
      var own = values.map { shared ?? Scaler.Column(kind: kind, name: name, values: $0) }
      if shared == nil {
        // Where it stands still, it may move later, as far as in other series.
        let moving = zip(own, values).filter { _, values in values.contains { $0 != values.first } }
        let usual = moving.map(\.0.scale).sorted()
        for (index, values) in values.enumerated()
        where !usual.isEmpty && values.allSatisfy({ $0 == values.first }) {
          own[index] = Scaler.Column(
            name: name, offset: own[index].offset, scale: usual[usual.count / 2])
        }
      }
      for index in own.indices {
        offsets[index].append(own[index].offset)
        scales[index].append(own[index].scale)
      }
    }
    keyCount = panel.keyColumns.count
    columns = names
    members = zip(panel.members, splits).enumerated().map { index, its in
      let (member, split) = its
      var origin = Forecaster.Origin.none
      origin.describe(member.series, split: split)
      return Member(
        key: member.key, offsets: offsets[index], scales: scales[index], residuals: [], blend: nil,
        firstTime: origin.firstTime, lastTime: origin.lastTime,
        trainingRows: origin.trainingRows, validationRows: origin.validationRows)
    }
    typicalResiduals = []
  }

  /// The scales of a series that was not fitted to, by its first rows: as many as a window has, so that
  /// what is said of a row depends on no later one.
  ///
  /// - Parameters:
  ///   - series: The series.
  ///   - key: Its key.
  ///   - steps: The number of rows of a window.
  ///   - kind: How columns are scaled.
  ///   - targets: The targets.
  /// - Returns: A member with the residuals and forecasts of the others; `nil` where a target does not
  ///   vary in those rows.
  func unseen(
    _ series: Series, key: [String], steps: Int, kind: Scaler.Kind, targets: [String]
  ) -> Member? {
    let rows = 0..<min(series.rowCount, steps)
    var member = members[0]
    member.key = key
    for (index, name) in columns.enumerated() where !isShared[index] {
      let values = (series[name] ?? [])[rows]
      let scale = Scaler.Column(kind: kind, name: name, values: values)
      if targets.contains(name), values.allSatisfy({ $0 == values.first }) { return nil }
      member.offsets[index] = scale.offset
      member.scales[index] = scale.scale
    }
    let scales = targets.map { target in
      columns.firstIndex(of: target).map { member.scales[$0] } ?? 1
    }
    member.residuals = zip(typicalResiduals, scales).map { $0.scaled(by: $1) }
    member.calibrations = nil
    member.blend = typicalBlend?.scaled(by: scales)
    (member.firstTime, member.lastTime) = ("", "")
    (member.trainingRows, member.validationRows) = (0, 0)
    return member
  }
}

internal import OpenCL

extension DeviceTuner {
  /// Rows with windows of their own; more of them make the reference of a large layer slow.
  private static let largestDistinct = 2

  /// Whether cooperative can be chosen at all.
  var runsSideBySide: Bool {
    get throws(LSTMError) {
      try deviceCall { () throws(OpenCLError) in
        try GridBarrierProbe.findings(context).runsSideBySide
      }
    }
  }

  /// Finds the largest batch up to which a layer's work-groups had better share its units.
  ///
  /// From the smallest batch on, as what cooperative saves is the same for each, and what stepwise
  /// saves grows with them: the first one that is lost is the last one to be measured.
  func tune(
    _ shape: TuningShapes.LargeLayer, _ result: inout Result,
    _ deadline: ContinuousClock.Instant, _ report: (Finding) -> Void
  ) throws {
    var found = TuningTable.Cooperative(units: shape.units)
    var references: [Int: LayerReference] = [:]
    for batchSize in shape.batches {
      let windows = min(batchSize, Self.largestDistinct)
      let reference =
        try references[windows]
        ?? LayerReference(units: shape.units, steps: shape.steps, windows: windows)
      references[windows] = reference
      let layer = try LayerTrial(
        TuningShapes.Layer(
          units: shape.units,
          rows: RowsClass(batchSize: batchSize, computeUnits: context.device.computeUnits),
          batchSize: batchSize, steps: shape.steps, choices: []),
        in: context, reference: reference)
      let table = result.table
      let contest = Contest(layer.candidates, name: \.description, deadline: deadline) {
        try layer.trial($0, table)
      }
      // Part of a class says nothing of where it ends.
      guard contest.isComplete else { return }
      let finding = finding(
        "layer of \(shape.units) units, batch of \(batchSize)", contest, contest.winner, &result,
        name: \.description)
      if let finding { report(finding) }
      func microseconds(_ candidate: LayerTrial.Candidate) -> Double? {
        contest.entrants.first { $0.candidate == candidate }.map { $0.seconds * 1e6 }
      }
      let isWon = found.add(
        TuningTable.Cooperative.Trial(
          batchSize: batchSize, cooperativeMicroseconds: microseconds(.cooperative),
          stepwiseMicroseconds: microseconds(.stepwise)),
        isWon: contest.winner?.candidate == .cooperative)
      if !isWon { break }
    }
    result.table.cooperative.append(found)
  }
}

import LSTMCompute
import ResultText

/// The tuning of the OpenCL devices of a listing, as the user follows it.
struct DeviceTuningRun {
  /// For each device.
  let limit: Duration

  /// Tunes every device, and writes their tables.
  ///
  /// - Returns: For programs: what was found, by the devices' names.
  /// - Throws: `CommandError` where there is nothing to tune, and what a device or the folder refuses.
  func run(_ listing: DeviceListing, _ console: Console) throws -> [String: JSONValue] {
    let entries = listing.entries.filter { $0.openCL != nil }
    guard !entries.isEmpty else {
      throw CommandError(
        description: "there is no OpenCL device to tune; `lstm-detect devices` lists what there is")
    }
    var documents: [String: JSONValue] = [:]
    for entry in entries {
      guard let device = entry.openCL else { continue }
      console.line("\(entry.name)  \(entry.facts)")
      documents[entry.name] = try run(DeviceTuner(deviceIndex: device.index), console)
    }
    return documents
  }

  private func run(_ tuner: DeviceTuner, _ console: Console) throws -> JSONValue {
    // Nobody should wait for a table that cannot be written.
    _ = try tuner.place()
    if tuner.isReduced {
      console.line("  the device is the processor itself: fewer and smaller sizes are measured")
    }
    let result = try tuner.measure(limit: limit) { console.line("  \(Self.line($0))") }
    for failure in result.failures { console.note(failure) }
    for finding in result.findings {
      for rejection in finding.rejections { console.note("\(finding.subject): \(rejection)") }
    }
    if !result.isComplete {
      console.note(
        "after \(limit.components.seconds) seconds not everything was measured; what was not keeps "
          + "its default")
    }
    let path = try tuner.store(result.table)
    let changed = result.findings.filter { $0.choice != $0.standard }
    console.line(
      "  \(changed.count) of \(Findings.count(result.findings.count, "choice")) other than the "
        + "default, written to \(path)")
    console.line()
    return Self.document(result, path: path)
  }

  private static func line(_ finding: DeviceTuner.Finding) -> String {
    let microseconds = Numbers.fixed(finding.measured.microseconds, decimals: 1)
    guard finding.choice != finding.standard else {
      return "\(finding.subject): \(finding.choice) as by default, \(microseconds) us"
    }
    let before = Numbers.fixed(finding.measured.defaultMicroseconds, decimals: 1)
    return "\(finding.subject): \(finding.choice), \(microseconds) us; by default "
      + "\(finding.standard), \(before) us: \(Numbers.fixed(finding.gain, decimals: 2)) times as fast"
  }

  private static func document(_ result: DeviceTuner.Result, path: String) -> JSONValue {
    .object([
      ("path", .string(path)), ("complete", .bool(result.isComplete)),
      (
        "findings",
        .array(
          result.findings.map { finding in
            .object([
              ("subject", .string(finding.subject)), ("choice", .string(finding.choice)),
              ("default", .string(finding.standard)),
              ("microseconds", .number(finding.measured.microseconds)),
              ("default_microseconds", .number(finding.measured.defaultMicroseconds)),
              ("rejected", .array(finding.rejections.map { .string($0) })),
            ])
          })
      ),
      ("failures", .array(result.failures.map { .string($0) })),
    ])
  }
}

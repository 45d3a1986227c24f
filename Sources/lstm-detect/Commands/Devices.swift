import ArgumentParser
import LSTMCompute
import ResultText

/// Shows what there is to run on, and proves that it computes right.
struct Devices: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what there is to run on, and whether it computes right.",
    discussion: """
      Lists the reference, the CPU and every OpenCL device, each by the name that --device takes, \
      and says which one --device auto takes. Of an OpenCL device it tells in which precisions tensor \
      cores were found to multiply right.

      With --verify, networks of several shapes are run forward, backward and through some steps \
      of an optimizer on each of them, on an OpenCL device by each of its plans and some in each \
      precision that it can run, and held against the reference in double precision; the largest \
      relative error is shown. The exit status is 1 where one of them is too far off.

      With --tune, sizes of products and work-groups and the plans are measured on each OpenCL \
      device, and the fastest kept in a table, which every later run on that device and driver \
      reads. What is measured is also held against a reference; what is wrong is not taken.
      """
  )

  @Flag(help: "Hold each device's results against the reference.")
  var verify = false

  @Flag(help: "Measure which sizes and plans are fastest on each OpenCL device, and keep that.")
  var tune = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --tune: begin nothing more on a device after so many seconds; what was not reached "
        + "keeps its default. (default: 60)",
      valueName: "seconds"))
  var seconds: Int?

  @Option(
    help: ArgumentHelp(
      "Only this one: cpu, reference, opencl or opencl:N. (default: all)", valueName: "device"))
  var device: DeviceSelection?

  @Option(
    help: ArgumentHelp(
      "Only this plan of the OpenCL devices, resident, cooperative or stepwise. (default: each of them)",
      valueName: "plan"))
  var plan: OpenCLPlanSelection?

  @Flag(help: "Print a JSON document instead.")
  var json = false

  func validate() throws {
    guard !tune || !verify else {
      throw ValidationError("--tune and --verify do not go together; tune first, then verify")
    }
    if let seconds {
      try Check.atLeastOne(seconds, "--seconds")
      guard tune else { throw ValidationError("--seconds is for --tune; give --tune too") }
    }
    guard !tune || plan == nil else {
      throw ValidationError("--tune measures every plan; leave --plan out")
    }
    guard plan == nil || verify else {
      throw ValidationError("--plan says what --verify runs; give --verify too")
    }
    guard plan == nil || (device != .cpu && device != .reference) else {
      throw ValidationError("--plan is for OpenCL devices; leave it or --device out")
    }
  }

  func run() throws {
    let listing = try DeviceListing(only: device)
    guard plan == nil || listing.entries.contains(where: { $0.openCL != nil }) else {
      throw CommandError(
        description: "--plan is for OpenCL devices, of which none is to be verified; leave it out")
    }
    let console = Console(writesJSON: json)
    for note in listing.notes { console.note(note) }
    Console.showNotes()
    if tune {
      let results = try DeviceTuningRun(limit: .seconds(seconds ?? 60)).run(listing, console)
      return console.document(listing.document(tuning: results))
    }
    if !json, !verify { showList(listing, console) }
    var results: [String: [DeviceVerification.Result]] = [:]
    var failures: [String] = []
    if verify {
      for entry in listing.entries {
        do {
          results[entry.name] = try run(entry, console)
          if results[entry.name]?.allSatisfy(\.passed) != true { failures.append(entry.name) }
        } catch {
          console.line("FAIL \(error)")
          failures.append(entry.name)
        }
      }
    }
    console.document(listing.document(verification: verify ? results : nil))
    guard failures.isEmpty else {
      throw CommandError(
        description: "\(Findings.list(failures)) did not compute what the reference computes")
    }
  }

  private func showList(_ listing: DeviceListing, _ console: Console) {
    let width = listing.entries.map(\.name.count).max() ?? 0
    for entry in listing.entries {
      let padding = String(repeating: " ", count: width - entry.name.count)
      console.line("\(entry.name)\(padding)  \(entry.facts)")
    }
    if device == nil {
      console.line()
      console.line("--device auto takes \(listing.automatic)")
    }
  }

  private func run(
    _ entry: DeviceListing.Entry, _ console: Console
  ) throws -> [DeviceVerification.Result] {
    console.line("\(entry.name)  \(entry.facts)")
    let plan = entry.openCL == nil ? .auto : plan ?? .auto
    let precisions = entry.precisions.filter(plan.takes)
    let results = try precisions.flatMap { precision in
      let backend = try Backends.make(entry.selection, plan: plan, precision: precision).backend
      return try DeviceVerification.run(on: backend) { console.line("  \($0)") }
    }
    let passed = results.count(where: \.passed)
    let worst = precisions.map { precision in
      let errors = results.filter { $0.precision == precision }.map {
        max($0.forward.error, $0.gradient.error, $0.training.error)
      }
      return Numbers.readable(errors.max())
        + (precisions.count > 1 ? " in \(precision.rawValue)" : "")
    }
    console.line(
      "  \(passed) of \(Findings.count(results.count, "network")) right, largest relative error "
        + worst.joined(separator: ", "))
    console.line()
    return results
  }
}

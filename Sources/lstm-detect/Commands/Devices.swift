import ArgumentParser
import LSTMCompute

/// Shows what there is to run on, and proves that it computes right.
struct Devices: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what there is to run on, and whether it computes right.",
    discussion: """
      Lists the reference, the CPU and every OpenCL device, each by the name that --device takes, \
      and says which one --device auto takes.

      With --verify, networks of several shapes are run forward, backward and through some steps \
      of an optimizer on each of them, on an OpenCL device by each of its plans, and held against \
      the reference in double precision; the largest relative error is shown. The exit status is 1 \
      where one of them is too far off.
      """
  )

  @Flag(help: "Hold each device's results against the reference.")
  var verify = false

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

  func run() throws {
    let listing = try DeviceListing(only: device)
    let console = Console(writesJSON: json)
    for note in listing.notes { console.note(note) }
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
    console.document(listing.document(results: verify ? results : nil))
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
    if device == nil { console.line("\n--device auto takes \(listing.automatic)") }
  }

  private func run(
    _ entry: DeviceListing.Entry, _ console: Console
  ) throws -> [DeviceVerification.Result] {
    console.line("\(entry.name)  \(entry.facts)")
    let backend = try Backends.make(
      entry.selection, plan: entry.openCL == nil ? .auto : plan ?? .auto
    ).backend
    let results = try DeviceVerification.run(on: backend) { console.line("  \($0)") }
    let worst = results.map { max($0.forward.error, $0.gradient.error, $0.training.error) }
    let passed = results.count(where: \.passed)
    let text = "  \(passed) of \(Findings.count(results.count, "network")) right"
    console.line(text + ", largest relative error \(Numbers.readable(worst.max()))\n")
    return results
  }
}

import ArgumentParser
import LSTMCompute

/// Shows what there is to run on.
struct Devices: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what there is to run on, and whether it computes right.")

  func run() throws {
    Terminal.write("reference\n", to: .output)
  }
}

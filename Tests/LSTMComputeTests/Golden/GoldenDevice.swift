import CSIMD
@testable import LSTMCompute
import OpenCL
import Testing

/// A device to run recorded cases on, in Float.
struct GoldenDevice: CustomTestStringConvertible, Sendable {
  let testDescription: String
  private let kind: Kind

  private enum Kind {
    case cpu(InstructionSet)
    case openCL(Device)
  }

  /// Each of the processor's instruction sets, and each OpenCL device.
  static let all: [GoldenDevice] =
    InstructionSet.all.filter(\.isSupported).map {
      GoldenDevice(testDescription: "cpu, \($0.name)", kind: .cpu($0))
    }
    + ((try? Device.all()) ?? []).map {
      GoldenDevice(testDescription: "opencl:\($0.index), \($0.name)", kind: .openCL($0))
    }

  /// Runs a case and compares all that was recorded.
  func run<Case: GoldenCase>(_ recorded: Case, _ number: Int) throws -> GoldenErrors {
    let layout = ParameterLayout(try recorded.specification)
    switch kind {
    case .cpu(let instructions):
      return try recorded.run(
        number,
        on: CPUOperations(layout, instructions: instructions, threads: 3, trains: true),
        within: .float(recorded))
    case .openCL(let device):
      return try recorded.run(
        number, on: OpenCLOperations(layout, context: .shared(for: device)),
        within: .float(recorded))
    }
  }
}

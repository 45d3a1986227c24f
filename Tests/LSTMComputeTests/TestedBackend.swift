import CSIMD
@testable import LSTMCompute
import Testing

/// A backend to run a test on.
///
/// Each of the processor's instruction sets counts as one, and each plan of an OpenCL device.
struct TestedBackend: CustomTestStringConvertible, Sendable {
  let backend: any Backend
  let testDescription: String

  /// Every backend that works in Float; the reference in Double has tests of its own.
  ///
  /// PoCL must be there: a machine without any OpenCL device would silently test less. The cooperative
  /// plan has tests of its own: each size of a layer is a program, which PoCL builds for seconds.
  static let all: [TestedBackend] = {
    var all = InstructionSet.all.filter(\.isSupported).map { set in
      TestedBackend(
        backend: CPUBackend(instructions: set, threads: 3), testDescription: "cpu, \(set.name)")
    }
    do {
      let devices = try OpenCLDevice.all()
      #expect(!devices.isEmpty, "no OpenCL device: install pocl-opencl-icd")
      for device in devices {
        for plan in [OpenCLPlanSelection.stepwise, .resident] {
          all.append(
            TestedBackend(
              backend: try OpenCLBackend(deviceIndex: device.index, plan: plan),
              testDescription: "opencl:\(device.index), \(device.name), \(plan)"))
        }
      }
    } catch {
      Issue.record("OpenCL: \(error)")
    }
    return all
  }()

  /// The reference, as a backend like others.
  static let reference = TestedBackend(backend: ReferenceBackend(), testDescription: "reference")

  /// Every backend once for each kind of processor, where plans make no difference.
  static let processors = all.filter { !$0.testDescription.hasSuffix("resident") }
}

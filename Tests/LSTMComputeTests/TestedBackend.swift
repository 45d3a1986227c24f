import CSIMD
import LSTMCompute
import Testing

/// A backend to run a test on: each of the processor's instruction sets counts as one.
struct TestedBackend: CustomTestStringConvertible, Sendable {
  let backend: any Backend
  let testDescription: String

  /// Every backend that works in Float. The reference in Double has tests of its own.
  static var all: [TestedBackend] {
    InstructionSet.all.filter(\.isSupported).map { set in
      TestedBackend(
        backend: CPUBackend(instructions: set, threads: 3), testDescription: "cpu, \(set.name)")
    }
  }
}

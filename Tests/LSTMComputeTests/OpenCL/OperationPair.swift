import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

/// The operations on an OpenCL device beside the reference in Double, which are given the same.
struct OperationPair {
  typealias Reference = ReferenceOperations<Double>

  let device: OpenCLOperations
  let reference: Reference

  /// Operations on parameters that are random numbers.
  init(_ layout: ParameterLayout, precision: Precision = .float32, seed: UInt64 = 1) throws {
    device = try OpenCLOperations(
      layout, context: .shared(for: #require(KernelBench.device)), precision: precision)
    reference = Reference(layout)
    var generator = PhiloxGenerator(seed: seed, stream: .data)
    let values = generator.values(layout.count)
    try device.write(values, to: device.parameters, at: 0)
    reference.write(values.map { Double($0) }, to: reference.parameters, at: 0)
    // What is not written must be seen.
    try device.fill(device.gradient, 0..<layout.count, with: .nan)
    reference.fill(reference.gradient, 0..<layout.count, with: .nan)
  }

  /// Memory with the same numbers in both.
  struct Memory {
    let device: Buffer<Float>
    let reference: Reference.Memory
  }

  func memory(_ values: [Float]) throws -> Memory {
    let memory = Memory(
      device: try device.memory(values.count), reference: reference.memory(values.count))
    try device.write(values, to: memory.device, at: 0)
    reference.write(values.map { Double($0) }, to: memory.reference, at: 0)
    return memory
  }

  /// Memory that is NaN throughout: what is not written is seen, and what is read unasked, too.
  func poisoned(_ count: Int) throws -> Memory { try memory(Array(repeating: .nan, count: count)) }

  /// Expects the same in both, and NaN in the same places.
  func expect(
    _ memory: Memory, within tolerance: Double = 2e-6, floor: Double = 0, _ name: String,
    _ worst: inout WorstError, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let count = memory.reference.values.count
    let actual = try device.read(memory.device, 0..<count)
    let expected = reference.read(memory.reference, 0..<count)
    #expect(
      actual.map(\.isNaN) == expected.map(\.isNaN), "\(name): other numbers were written",
      sourceLocation: sourceLocation)
    worst.expect(
      zip(actual, expected).map { $1.isNaN ? 0 : $0 }, expected.map { $0.isNaN ? 0 : $0 },
      within: tolerance, floor: floor, name, sourceLocation: sourceLocation)
  }

  /// Expects the same gradient.
  func expectGradient(
    _ name: String, _ worst: inout WorstError, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try expect(
      Memory(device: device.gradient, reference: reference.gradient), name, &worst,
      sourceLocation: sourceLocation)
  }
}

/// Rows of the same matrix in both memories.
struct PairedRows {
  let memory: OperationPair.Memory
  let offset: Int
  let pitch: Int

  var device: Rows<Buffer<Float>> { Rows(memory.device, at: offset, pitch: pitch) }
  var reference: Rows<OperationPair.Reference.Memory> {
    Rows(memory.reference, at: offset, pitch: pitch)
  }
}

extension OperationPair {
  /// A random matrix whose rows lie further apart than they are long and which does not begin at 0;
  /// NaN is between them, and everywhere if it `isPoisoned`.
  func matrix(
    rows: Int, columns: Int, isPoisoned: Bool = false, _ generator: inout PhiloxGenerator
  ) throws -> PairedRows {
    let (offset, pitch) = (5, columns + 3)
    var values = [Float](repeating: .nan, count: offset + rows * pitch + 1)
    for row in 0..<(isPoisoned ? 0 : rows) {
      let start = offset + row * pitch
      values.replaceSubrange(start..<start + columns, with: generator.values(columns))
    }
    return PairedRows(memory: try memory(values), offset: offset, pitch: pitch)
  }
}

import CSIMD
@testable import LSTMCompute
import TestSupport
import Testing

/// An implementation of the operations to run a test on.
struct TestedOperations: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let make: @Sendable (ParameterLayout) throws -> any DeviceOperations
  /// The same by another way, such as with more threads, that must give the same bits.
  let makeAlike: @Sendable (ParameterLayout) throws -> any DeviceOperations

  /// Every implementation that works in Float.
  static let all = cpu

  /// Each of the processor's instruction sets, with one thread and with three, which share even the
  /// smallest work.
  static let cpu = InstructionSet.all.filter(\.isSupported).map { set in
    TestedOperations(
      testDescription: "cpu, \(set.name)",
      make: { try CPUOperations($0, instructions: set, threads: 1) },
      makeAlike: {
        try CPUOperations($0, instructions: set, threads: 3, worthwhileOperations: 1)
      })
  }
}

/// Operations on made-up numbers, written once and run on every implementation.
protocol OperationScenario: Sendable, CustomStringConvertible {
  var layout: ParameterLayout { get throws }
  /// The largest relative L2 error.
  var tolerance: Double { get }
  /// - Returns: The numbers that came out, by name. All of a memory: what is not written must stay
  ///   what it was.
  func run<O: DeviceOperations>(_ bench: OperationBench<O>) throws -> [Recorded]
}

extension OperationScenario {
  /// A few dozen roundings of 6e-8 in a row.
  var tolerance: Double { 2e-6 }
}

/// Numbers that came out of operations.
struct Recorded {
  let name: String
  let values: [Double]
}

/// An implementation under test, and numbers for it.
struct OperationBench<O: DeviceOperations> {
  let operations: O

  func memory(_ values: [Float]) throws -> O.Memory {
    let memory = try operations.memory(values.count)
    try operations.write(values.map { O.Scalar($0) }, to: memory, at: 0)
    return memory
  }

  /// Memory that is NaN throughout: what an operation does not write is seen, and what it reads
  /// without being told to, too.
  func poisoned(_ count: Int) throws -> O.Memory {
    let memory = try operations.memory(count)
    try operations.fill(memory, 0..<count, with: .nan)
    return memory
  }

  /// Rows of random numbers at an offset, with other ones between and around them.
  func matrix(
    _ rows: Int, _ columns: Int, _ place: Place, _ generator: inout PhiloxGenerator
  ) throws -> Rows<O.Memory> {
    Rows(
      try memory(generator.values(place.count(rows, columns))), at: place.offset,
      pitch: columns + place.gap)
  }

  func poisonedMatrix(_ rows: Int, _ columns: Int, _ place: Place) throws -> Rows<O.Memory> {
    Rows(
      try poisoned(place.count(rows, columns)), at: place.offset, pitch: columns + place.gap)
  }

  func read(_ name: String, _ memory: O.Memory?, _ count: Int) throws -> [Recorded] {
    guard let memory else { return [] }
    return [Recorded(name: name, values: try operations.read(memory, 0..<count).map { Double($0) })]
  }

  func readGradient(_ layout: ParameterLayout) throws -> [Recorded] {
    try read("gradient", operations.gradient, layout.count)
  }

  /// Random parameters, and gradients that are NaN.
  func setParameters(_ layout: ParameterLayout, seed: UInt64) throws {
    var generator = PhiloxGenerator(seed: seed, stream: .data, substream: 1)
    try operations.write(
      generator.values(layout.count).map { O.Scalar($0) }, to: operations.parameters, at: 0)
    try operations.fill(operations.gradient, 0..<layout.count, with: .nan)
  }
}

/// Where a matrix starts in its memory, and what lies between its rows.
struct Place: Sendable {
  var offset = 0
  var gap = 0

  func count(_ rows: Int, _ columns: Int) -> Int { offset + rows * (columns + gap) + 5 }
}

extension TestedOperations {
  /// Runs scenarios here, again in another way, and on the reference in Double.
  func check(
    _ scenarios: some Sequence<any OperationScenario>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var worst = WorstError()
    var count = 0
    for scenario in scenarios {
      func run(_ operations: some DeviceOperations) throws -> [Recorded] {
        try scenario.run(OperationBench(operations: operations))
      }
      let layout = try scenario.layout
      let expected = try run(ReferenceOperations<Double>(layout))
      let actual = try run(make(layout))
      let again = try run(makeAlike(layout))
      #expect(!expected.isEmpty && expected.map(\.name) == actual.map(\.name))
      count += 1
      for ((e, a), b) in zip(zip(expected, actual), again) {
        let name = "\(scenario): \(e.name)"
        #expect(
          a.values.map(\.bitPattern) == b.values.map(\.bitPattern), "\(name): other bits",
          sourceLocation: sourceLocation)
        #expect(
          a.values.map(\.isNaN) == e.values.map(\.isNaN), "\(name): written elsewhere, or NaN",
          sourceLocation: sourceLocation)
        worst.expect(
          zip(a.values, e.values).filter { !$1.isNaN }.map(\.0), e.values.filter { !$0.isNaN },
          within: scenario.tolerance, name, sourceLocation: sourceLocation)
      }
    }
    print("\(testDescription): \(count) scenarios, worst error \(worst)")
  }
}

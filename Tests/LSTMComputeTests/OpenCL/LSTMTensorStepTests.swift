import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

/// A shape and how its steps are run.
struct TensorStepCase: CustomTestStringConvertible, Sendable {
  var units: Int
  var rows: Int
  var steps = 3
  var sizes = TensorStepSizes.smallest
  var hasMask = false
  var startsFromZero = false
  var isReverse = false

  var testDescription: String {
    "H \(units), B \(rows), T \(steps), \(sizes.rowFragments)x\(sizes.unitWarps)x"
      + "\(sizes.depthWarps)x\(sizes.blocks), \(sizes.slices) slices" + (hasMask ? ", lengths" : "")
      + (startsFromZero ? ", from zero" : "")
      + (isReverse ? ", reverse" : "")
  }

  /// Around a fragment's 16 rows and 8 columns, and a block's 16 or 32 numbers.
  static let shapes: [TensorStepCase] = [
    TensorStepCase(units: 1, rows: 1),
    TensorStepCase(units: 7, rows: 15, hasMask: true),
    TensorStepCase(units: 16, rows: 33, startsFromZero: true),
    TensorStepCase(units: 40, rows: 17, isReverse: true),
    TensorStepCase(units: 65, rows: 17, steps: 1),
    TensorStepCase(units: 130, rows: 3, hasMask: true, isReverse: true),
  ]

  /// Each of the sizes that a GPU may have, with no dimension a multiple of its tile.
  static let sizes: [TensorStepCase] = TensorStepSizes.candidates.map { sizes in
    TensorStepCase(units: 72, rows: 19, steps: 2, sizes: sizes)
  }

  /// Work-groups that share sums, some of which get nothing.
  static let slices: [TensorStepCase] = [(1, 0), (33, 1), (72, 3), (65, 6)].map {
    units, candidate in
    var sizes = TensorStepSizes.candidates[candidate]
    sizes.slices = units == 72 ? 2 : 4
    return TensorStepCase(units: units, rows: 19, sizes: sizes, hasMask: units == 65)
  }

  /// Several tiles of rows.
  static let large = TensorStepCase(
    units: 20, rows: 150, steps: 2,
    sizes: TensorStepSizes(rowFragments: 8, unitWarps: 4, depthWarps: 1), hasMask: true)
}

/// Steps with their product on emulated tensor cores against plain loops in Double over operands that
/// are rounded in the same way.
@Suite(.enabled(if: KernelBench.hasDevice)) struct LSTMTensorStepTests {
  static let precisions: [Precision] = [.tf32, .bf16, .float16]

  @Test(
    arguments: precisions,
    TensorStepCase.shapes + TensorStepCase.slices + [TensorStepCase.large])
  func matchesPlainLoops(precision: Precision, test: TensorStepCase) throws {
    var worst = WorstError()
    let run = try TensorStepRun(precision, test)
    try run.forward()
    try run.expectForward(&worst)
    try run.backward()
    try run.expectBackward(&worst)
    print("tensor step|\(precision)|\(test.testDescription)|\(worst)")
  }

  /// float16 is multiplied as bf16 is, and backward in tf32: it needs no sizes of its own.
  @Test(arguments: [Precision.tf32, .bf16], TensorStepCase.sizes)
  func matchesWithTheSizesOfDevices(precision: Precision, test: TensorStepCase) throws {
    try matchesPlainLoops(precision: precision, test: test)
  }

  /// Rows of R that begin within a vector.
  @Test(arguments: precisions) func matchesWhereNothingIsAligned(precision: Precision) throws {
    var worst = WorstError()
    for (units, offset) in [(72, 1), (36, 0), (34, 2)] {
      let run = try TensorStepRun(
        precision, TensorStepCase(units: units, rows: 5), weightsOffset: offset)
      try run.forward()
      try run.expectForward(&worst)
      try run.backward()
      try run.expectBackward(&worst)
    }
    print("tensor step, not aligned|\(precision)|\(worst)")
  }

  @Test(arguments: precisions, [0, 3, 8]) func givesTheSameBitsAgain(
    precision: Precision, candidate: Int
  ) throws {
    var sizes = TensorStepSizes.candidates[candidate]
    sizes.slices = candidate == 0 ? 1 : 3
    let test = TensorStepCase(units: 65, rows: 19, sizes: sizes, hasMask: true)
    let bits = try (0..<2).map { _ in
      let run = try TensorStepRun(precision, test)
      try run.forward()
      try run.backward()
      return try run.bits()
    }
    #expect(bits[0] == bits[1])
  }

  /// A row with a NaN in its state has one in all of its results, and no other row has.
  @Test(arguments: precisions) func keepsWhatIsNoNumber(precision: Precision) throws {
    let test = TensorStepCase(units: 33, rows: 18, steps: 1)
    let run = try TensorStepRun(precision, test)
    try run.queue.write([.nan], to: run.trace.hidden, at: 17 * 33 + 5)
    try run.forward()
    let hidden = try run.queue.read(run.trace.hidden)[(18 * 33)...]
    for (index, value) in hidden.enumerated() { #expect(value.isNaN == (index / 33 == 17)) }
  }

  /// What is chosen for an H200: no tile that does not fit, and compute units that have something to do.
  @Test func sizesFillTheDevice() {
    let limits = ResidentSizes.Limits(
      computeUnits: 132, localMemory: 49152, largestWorkGroup: 1024)
    for (rows, units) in [
      (1, 512), (16, 512), (16, 4096), (32, 1024), (64, 1024), (128, 2048), (128, 4096),
    ] {
      for numbers in [1, 2] {
        for (depth, columns) in [(units, 4), (4 * units, 1)] {
          let product = TensorStepSizes.Product(
            rows: rows, units: units, depth: depth, columnsOfUnit: columns,
            numbersOfWord: numbers, bytesOfWeight: 4 / numbers)
          let sizes = TensorStepSizes(for: product, limits: limits)
          print(
            "tensor step sizes|B \(rows)|H \(units)|\(numbers == 1 ? "tf32" : "16 bits")|"
              + "\(columns == 4 ? "forward" : "backward")|\(sizes.rowFragments)x\(sizes.unitWarps)x"
              + "\(sizes.depthWarps)x\(sizes.blocks), \(sizes.slices) slices|"
              + "\(Int(sizes.cycles(for: product, computeUnits: 132)))")
          #expect(sizes.localMemory <= limits.localMemory && sizes.items <= 256)
          #expect(sizes.tileRows < 2 * max(rows, 16))
        }
      }
    }
    let small = ResidentSizes.Limits(computeUnits: 10, localMemory: 16384, largestWorkGroup: 256)
    let product = TensorStepSizes.Product(
      rows: 128, units: 512, depth: 512, columnsOfUnit: 4, numbersOfWord: 1, bytesOfWeight: 4)
    #expect(TensorStepSizes(for: product, limits: small).localMemory <= 16384)
  }
}

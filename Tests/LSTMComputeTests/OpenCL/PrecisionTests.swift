import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

/// Weights and outputs in 16 bits, and products in tf32 and 16 bits with emulated tensor cores.
@Suite(.enabled(if: KernelBench.hasDevice)) struct PrecisionTests {
  static let precisions: [Precision] = [.float16, .bf16]
  /// Precisions with what multiplies; none where operands are not rounded.
  static let arithmetics: [(precision: Precision, instructions: TensorProduct.Instructions?)] =
    [(.float16, nil), (.bf16, nil), (.tf32, .emulated), (.float16, .emulated), (.bf16, .emulated)]

  @Test(arguments: precisions) func roundsToTheNearest(precision: Precision) throws {
    let bench = try KernelBench()
    var generator = PhiloxGenerator(seed: 1, stream: .data)
    var values: [Float] = [
      0, -0.0, 1, -1, .infinity, -.infinity, 65504, 65519, 65520, -70000, 1e-8, 3e-8, 6e-5, -6.1e-5,
      1e38, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1 + 0x1p-11, 1 + 0x3p-11, 1 + 0x1p-8,
      1 + 0x3p-8, 1 + 0x1.000002p-8,
    ]
    values += generator.values(1000)
    // All exponents.
    values += (0..<2000).map { _ in Float(bitPattern: generator.nextBits()) }.filter { !$0.isNaN }
    let bits = try Buffer<UInt16>(count: values.count, in: bench.library.context)
    try Narrow(bench.library, precision)(
      on: bench.queue, bench.buffer([.nan] + values), at: 1, into: bits)
    #expect(try bench.queue.read(bits) == values.map { Rounding16.bits($0, precision) })

    // A NaN stays one, even where only bits that are cut off tell.
    let nans = [Float.nan, -.nan, Float(bitPattern: 0x7F80_0001)]
    let three = try Buffer<UInt16>(count: 3, in: bench.library.context)
    try Narrow(bench.library, precision)(on: bench.queue, bench.buffer(nans), at: 0, into: three)
    for bits in try bench.queue.read(three) {
      let value =
        precision == .float16
        ? Float(Float16(bitPattern: bits)) : Float(bitPattern: UInt32(bits) << 16)
      #expect(value.isNaN)
    }
  }

  /// Products are those of rounded weights, in float32.
  @Test(arguments: precisions, [(1, 1), (65, 63), (5, 130)])
  func productsTakeRoundedWeights(precision: Precision, shape: (n: Int, k: Int)) throws {
    let layout = ParameterLayout(
      try NetworkSpecification(inputSize: 1, hiddenSizes: [shape.k], outputSize: shape.n))
    let pair = try OperationPair(layout, precision: precision)
    let slice = layout.head.weight
    let weights = try pair.device.weights(slice)
    try pair.device.load(weights)
    let rounded = pair.reference.read(pair.reference.parameters, slice.range).map {
      Double(Rounding16.rounded(Float($0), precision))
    }
    pair.reference.write(rounded, to: pair.reference.parameters, at: slice.offset)
    let expected = pair.reference.weights(slice)
    var generator = PhiloxGenerator(seed: 3, stream: .data)
    var worst = WorstError()
    for accumulates in [false, true] {
      let a = try pair.matrix(rows: 9, columns: shape.k, &generator)
      let c = try pair.matrix(rows: 9, columns: shape.n, isPoisoned: !accumulates, &generator)
      try pair.device.product(
        a.device, weights, biases: [layout.head.bias], into: c.device, rows: 9,
        accumulates: accumulates)
      pair.reference.product(
        a.reference, expected, biases: [layout.head.bias], into: c.reference, rows: 9,
        accumulates: accumulates)
      try pair.expect(c.memory, "product", &worst)
      let d = try pair.matrix(rows: 9, columns: shape.n, &generator)
      let e = try pair.matrix(rows: 9, columns: shape.k, isPoisoned: !accumulates, &generator)
      try pair.device.productBackward(
        d.device, weights, into: e.device, rows: 9, accumulates: accumulates)
      pair.reference.productBackward(
        d.reference, expected, into: e.reference, rows: 9, accumulates: accumulates)
      try pair.expect(e.memory, "product backward", &worst)
    }
  }

  /// Networks with options: outputs are numbers of the format, errors within what it gives.
  @Test(arguments: arithmetics, SequencePrecisionCase.all)
  func errorsAreThoseOfTheFormat(
    arithmetic: (precision: Precision, instructions: TensorProduct.Instructions?),
    test: SequencePrecisionCase
  ) throws {
    let (precision, instructions) = arithmetic
    let specification = try test.specification
    let (steps, rows) = (11, 5)
    var generator = PhiloxGenerator(seed: 4, stream: .data)
    let batch = SequenceBatch(
      layout: .timeMajor, steps: steps, rows: rows,
      inputs: generator.values(steps * rows * specification.inputSize),
      lengths: test.hasLengths ? [11, 3, 0, 7, 11] : nil)
    let gradient = generator.values(steps * rows * specification.headInputSize)
    let configuration = ExecutorConfiguration(mode: .training, batchSize: rows, steps: steps)
    let layout = ParameterLayout(specification)
    let device = try NetworkExecutor(
      for: specification, configuration: configuration,
      operations: OpenCLOperations(
        layout, context: .shared(for: #require(KernelBench.device)), precision: precision,
        instructions: instructions))
    let reference = try NetworkExecutor(
      for: specification, configuration: configuration,
      operations: ReferenceOperations<Double>(layout))
    let parameters = Parameters(randomFor: specification, seed: 5)
    try device.setParameters(parameters)
    try reference.setParameters(parameters)

    var worst = WorstError()
    let rounding = test.amplification * precision.unitRoundoff
    let outputs = try device.forwardValues(batch)
    let expected = try reference.forwardValues(batch)
    worst.expect(outputs.outputs, expected.outputs, within: 2 * rounding, "outputs")
    if test.hasRoundedOutputs, precision != .tf32 {
      #expect(outputs.outputs.allSatisfy { Rounding16.rounded($0, precision) == $0 })
    }
    #expect(relativeError(outputs.outputs, expected.outputs) > precision.unitRoundoff / 10)
    for (state, expected) in zip(outputs.states, expected.states) {
      worst.expect(state.cell, expected.cell, within: 2 * rounding, "cells")
    }
    let inputs = try device.backwardValues(SequenceGradients(outputs: gradient)).inputs
    let expectedInputs = try reference.backwardValues(SequenceGradients(outputs: gradient)).inputs
    worst.expect(inputs, expectedInputs, within: 8 * rounding, "gradient by the inputs")
    let (gradients, expectedGradients) = (
      try device.gradientValues(), try reference.gradientValues()
    )
    for slice in layout.slices {
      worst.expect(
        gradients[slice.range], expectedGradients[slice.range], within: 8 * rounding,
        "gradient by \(slice.name)")
    }
    let name = instructions == nil ? "stored" : "multiplied"
    print("precision|\(precision)|\(name)|\(test.testDescription)|\(worst)")
  }

  /// Training gets as far as in float32, with parameters that are not rounded.
  @Test(arguments: arithmetics)
  func trains(
    precision: Precision, instructions: TensorProduct.Instructions?
  ) throws {
    let (training, validation) = try TrainerTests.sine().split(at: 0.8)
    func fit(_ precision: Precision) throws -> TrainingResult {
      var configuration = TrainingConfiguration()
      (configuration.learningRate, configuration.epochs) = (0.01, 20)
      return try Trainer(
        specification: NetworkSpecification(inputSize: 1, hiddenSizes: [12], outputSize: 1),
        configuration: configuration,
        backend: OpenCLBackend(
          deviceIndex: 0, precision: precision,
          instructions: precision == .float32 ? nil : instructions)
      ).fit(training: training, validation: validation.windows)
    }
    let result = try fit(precision)
    let loss = try #require(result.history.epochs.compactMap(\.validationLoss).min())
    let exact = try #require(fit(.float32).history.epochs.compactMap(\.validationLoss).min())
    print("trained|\(precision)|\(loss)|\(exact)")
    #expect(loss < 1.5 * exact && loss < 0.02)
    let values = result.network.parameters.values
    #expect(values.count { Rounding16.rounded($0, precision) != $0 } > values.count / 2)
    #expect(try fit(precision).network.parameters == result.network.parameters)
  }

  /// Gradients far below what float16 knows are not lost where tensor cores multiply them.
  @Test(arguments: [Precision.tf32, .float16, .bf16])
  func smallGradientsStay(precision: Precision) throws {
    let layout = ParameterLayout(
      try NetworkSpecification(inputSize: 1, hiddenSizes: [17], outputSize: 9))
    let device = try OpenCLOperations(
      layout, context: .shared(for: #require(KernelBench.device)), precision: precision,
      instructions: .emulated)
    try device.write([Float](repeating: 0.5, count: layout.count), to: device.parameters, at: 0)
    let d = try device.memory(5 * 9)
    let a = try device.memory(5 * 17)
    let c = try device.memory(5 * 17)
    try device.write([Float](repeating: 0x1p-40, count: 5 * 9), to: d, at: 0)
    try device.write([Float](repeating: 1, count: 5 * 17), to: a, at: 0)
    let weights = try device.weights(layout.head.weight)
    try device.load(weights)
    try device.productBackward(
      Rows(d, pitch: 9), weights, into: Rows(c, pitch: 17), rows: 5, accumulates: false)
    try device.weightGradient(
      Rows(d, pitch: 9), Rows(a, pitch: 17), rows: 5, factor: 1, into: layout.head.weight)
    #expect(try device.read(c, 0..<5 * 17) == Array(repeating: 4.5 * 0x1p-40, count: 5 * 17))
    #expect(
      try device.read(device.gradient, layout.head.weight.range)
        == Array(repeating: 5 * 0x1p-40, count: 9 * 17))
  }

  @Test func plansOf16Bits() throws {
    let backend = try OpenCLBackend(deviceIndex: 0, precision: .bf16)
    #expect(backend.forcedPlans.isEmpty)
    let executor = try backend.makeExecutor(
      for: NetworkSpecification(inputSize: 1, hiddenSizes: [2], outputSize: 1),
      configuration: ExecutorConfiguration(mode: .inference, batchSize: 1, steps: 1))
    #expect(executor.plan.contains("bf16"))
    let multiplied = try OpenCLBackend(deviceIndex: 0, precision: .bf16, instructions: .emulated)
      .makeExecutor(
        for: executor.specification, configuration: executor.configuration)
    #expect(multiplied.plan.contains("products on tensor cores"))
    #expect(throws: LSTMError.self) {
      try OpenCLBackend(deviceIndex: 0, plan: .resident, precision: .bf16)
    }
  }
}

/// A network to compare in 16 bits.
struct SequencePrecisionCase: CustomTestStringConvertible, Sendable {
  let testDescription: String
  var units = [33]
  var hasLengths = false
  /// Whether what comes out is a state as it was stored.
  var hasRoundedOutputs = true
  /// By how much the network makes roundings larger; a normalization does with what is small.
  var amplification = 1.0
  var change: @Sendable (inout LSTMLayer) -> Void = { _ in }

  var specification: NetworkSpecification {
    get throws {
      try NetworkSpecification(
        inputSize: 3,
        layers: units.map { units in
          var layer = LSTMLayer(hiddenSize: units)
          change(&layer)
          return layer
        })
    }
  }

  static let all: [SequencePrecisionCase] = [
    SequencePrecisionCase(testDescription: "plain"),
    SequencePrecisionCase(
      testDescription: "two layers, lengths", units: [20, 17], hasLengths: true),
    SequencePrecisionCase(testDescription: "bidirectional") { $0.direction = .bidirectional },
    SequencePrecisionCase(testDescription: "sum", hasRoundedOutputs: false) {
      $0.direction = .bidirectionalSum
    },
    SequencePrecisionCase(testDescription: "projection") { $0.projectionSize = 9 },
    SequencePrecisionCase(testDescription: "peepholes, coupled") {
      ($0.hasPeepholes, $0.couplesGates) = (true, true)
    },
    SequencePrecisionCase(testDescription: "normalized", amplification: 4) {
      $0.normalizesGates = true
    },
  ]
}

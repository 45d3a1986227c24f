import OpenCL
import RealModule
import TestSupport
import Testing

@testable import LSTMCompute

@Suite(.enabled(if: KernelBench.hasDevice)) struct GradientNormTests {
  @Test(arguments: [1, 127, 1025, 70_001, 300_000], [0.5, 1e6])
  func matchesPlainLoops(count: Int, maximum: Double) throws {
    let bench = try KernelBench()
    var generator = PhiloxGenerator(seed: 8, stream: .data)
    let gradient = generator.values(count)
    let norm = try GradientNorm(bench.library)
    let buffer = try bench.buffer(gradient)
    try bench.queue.fill(norm.scale, with: .nan)
    try norm(on: bench.queue, of: buffer, maximum: maximum)
    let scale = try bench.queue.read(norm.scale)
    let size = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    var worst = WorstError()
    worst.expect(
      scale, [min(1, maximum / (size + 1e-6))], within: kernelTolerance, "scale")
    try norm(on: bench.queue, of: buffer, maximum: maximum)
    #expect(try bench.queue.read(norm.scale) == scale)
    #expect(try bench.queue.read(buffer) == gradient)
  }

  @Test func leavesZerosAndPassesNaNOn() throws {
    let bench = try KernelBench()
    let norm = try GradientNorm(bench.library)
    try norm(on: bench.queue, of: bench.buffer([0, 0, 0]), maximum: 1)
    #expect(try bench.queue.read(norm.scale) == [1])
    try norm(on: bench.queue, of: bench.buffer([0, .nan, 0]), maximum: 1)
    #expect(try bench.queue.read(norm.scale)[0].isNaN)
    try norm(on: bench.queue, of: bench.buffer([0, .infinity, 0]), maximum: 1)
    #expect(try bench.queue.read(norm.scale) == [0])
  }
}

@Suite(.enabled(if: KernelBench.hasDevice)) struct SGDStepTests {
  @Test(arguments: [0, 0.9], [nil, 0.25] as [Float?])
  func matchesPlainLoops(momentum: Double, scale: Float?) throws {
    let bench = try KernelBench()
    let count = 131
    var generator = PhiloxGenerator(seed: 9, stream: .data)
    let start = generator.values(count)
    let parameters = try bench.buffer(start)
    let velocity = try bench.buffer([Float](repeating: 0, count: count))
    let optimizers = OptimizerSteps(
      bench.library, firstMoment: velocity, secondMoment: try bench.poisoned(1))
    var expected = start.map(Double.init)
    var v = [Double](repeating: 0, count: count)
    for _ in 0..<3 {
      let gradient = generator.values(count)
      try optimizers.step(
        .sgd(momentum: momentum), on: bench.queue, number: 1, parameters: parameters, [0..<count],
        gradient: bench.buffer(gradient), scale: scale.map { try bench.buffer([$0]) }, rate: 0.1)
      for index in 0..<count {
        v[index] = momentum * v[index] + Double(scale ?? 1) * Double(gradient[index])
        expected[index] -= 0.1 * v[index]
      }
    }
    var worst = WorstError()
    worst.expect(try bench.queue.read(parameters), expected, within: kernelTolerance, "parameters")
  }
}

@Suite(.enabled(if: KernelBench.hasDevice)) struct AdamStepTests {
  @Test(arguments: [nil, 0.25] as [Float?])
  func matchesPlainLoops(scale: Float?) throws {
    let bench = try KernelBench()
    let count = 131
    var generator = PhiloxGenerator(seed: 10, stream: .data)
    let start = generator.values(count)
    let parameters = try bench.buffer(start)
    let zeros = [Float](repeating: 0, count: count)
    let optimizers = OptimizerSteps(
      bench.library, firstMoment: try bench.buffer(zeros), secondMoment: try bench.buffer(zeros))
    let (rate, beta1, beta2, epsilon) = (0.01, 0.9, 0.999, 1e-8)
    var expected = start.map(Double.init)
    var m = [Double](repeating: 0, count: count)
    var v = m
    for number in 1...20 {
      var gradient = generator.values(count)
      // Where nothing is seen, nothing moves.
      gradient[0] = 0
      try optimizers.step(
        .adam(beta1: beta1, beta2: beta2, epsilon: epsilon), on: bench.queue, number: number,
        parameters: parameters, [0..<count], gradient: bench.buffer(gradient),
        scale: scale.map { try bench.buffer([$0]) }, rate: rate)
      for index in 0..<count {
        let g = Double(scale ?? 1) * Double(gradient[index])
        m[index] = beta1 * m[index] + (1 - beta1) * g
        v[index] = beta2 * v[index] + (1 - beta2) * g * g
        let root = (v[index] / (1 - .pow(beta2, number))).squareRoot()
        expected[index] -=
          rate * m[index] / (1 - .pow(beta1, number)) / (root + epsilon)
      }
    }
    let values = try bench.queue.read(parameters)
    #expect(values[0] == start[0])
    var worst = WorstError()
    worst.expect(values, expected, within: kernelTolerance, "parameters")
  }
}

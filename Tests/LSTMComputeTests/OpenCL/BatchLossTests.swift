import LSTMCompute
import OpenCL
import TestSupport
import Testing

@Suite(.enabled(if: KernelBench.hasDevice)) struct BatchLossTests {
  @Test(arguments: Loss.allCases, [(1, 1, 1), (3, 1, 2), (32, 3, 1), (33, 2, 3), (4100, 1, 3)])
  func matchesPlainLoops(loss: Loss, shape: (rows: Int, horizon: Int, targetSize: Int)) throws {
    let bench = try KernelBench()
    let batchLoss = try BatchLoss(bench.library)
    let outputSize = shape.horizon * shape.targetSize
    let count = shape.rows * outputSize
    var generator = PhiloxGenerator(seed: 7, stream: .data)
    let targets = generator.values(100 * shape.targetSize)
    let windows = (0..<shape.rows + 1).map { _ in
      Window(inputRow: 0, targetRow: Int32.random(in: 0...90, using: &generator))
    }
    func target(_ index: Int) -> Float {
      let start = Int(windows[1 + index / outputSize].targetRow) * shape.targetSize
      return targets[start + index % outputSize]
    }
    var outputs = generator.values(count)
    // An error of exactly 0, and Huber's corner.
    outputs[0] = target(0)
    if count > 2 { outputs[2] = target(2) + 1 }

    let batch = DeviceBatch(
      inputs: try bench.poisoned(1), targets: try bench.buffer(targets),
      targetSize: shape.targetSize, windows: try bench.buffer(windows), firstWindow: 1,
      rows: shape.rows)
    let losses = try bench.poisoned(3)
    let gradient = try bench.poisoned(count)
    let outputBuffer = try bench.buffer(outputs)
    try batchLoss(
      on: bench.queue, loss, batch, outputs: outputBuffer, outputSize: outputSize,
      gradient: gradient, into: losses, at: 1)
    try batchLoss(
      on: bench.queue, loss, batch, outputs: outputBuffer, outputSize: outputSize, gradient: nil,
      into: losses, at: 2)

    var sum = 0.0
    var expected: [Double] = []
    for index in 0..<count {
      let error = Double(outputs[index] - target(index))
      let sign: Double = error > 0 ? 1 : error < 0 ? -1 : 0
      switch loss {
      case .mse:
        sum += error * error
        expected.append(2 * error)
      case .mae:
        sum += abs(error)
        expected.append(sign)
      case .huber:
        sum += abs(error) <= 1 ? error * error / 2 : abs(error) - 0.5
        expected.append(abs(error) <= 1 ? error : sign)
      }
    }
    let values = try bench.queue.read(losses)
    #expect(values[0].isNaN)
    #expect(values[1] == values[2])
    var worst = WorstError()
    worst.expect([values[1]], [sum / Double(count)], within: kernelTolerance, "loss")
    worst.expect(
      try bench.queue.read(gradient), expected, within: kernelTolerance, "gradient")
    #expect(try bench.queue.read(gradient)[0] == 0)
  }

  @Test(arguments: Loss.allCases)
  func passesNaNOn(loss: Loss) throws {
    let bench = try KernelBench()
    let batch = DeviceBatch(
      inputs: try bench.poisoned(1), targets: try bench.buffer([0, 0, 0] as [Float]), targetSize: 1,
      windows: try bench.buffer((0..<3).map { Window(inputRow: 0, targetRow: $0) }),
      firstWindow: 0, rows: 3)
    let losses = try bench.buffer([0] as [Float])
    let gradient = try bench.buffer([0, 0, 0] as [Float])
    try BatchLoss(bench.library)(
      on: bench.queue, loss, batch, outputs: bench.buffer([1, .nan, 2]), outputSize: 1,
      gradient: gradient, into: losses, at: 0)
    #expect(try bench.queue.read(losses)[0].isNaN)
    #expect(try bench.queue.read(gradient).map(\.isNaN) == [false, true, false])
  }
}

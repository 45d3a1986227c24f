import OpenCL
import RealModule
import TestSupport
import Testing

@testable import LSTMCompute

@Suite(.enabled(if: KernelBench.hasDevice)) struct BatchLossTests {
  static let losses: [Loss] =
    Loss.everyKind + [.quantile([0.3]), .quantile([0.05, 0.2, 0.5, 0.95])]

  /// The loss of one target and its derivatives, undivided, once more in plain words.
  private static func expected(
    _ loss: Loss, _ outputs: ArraySlice<Float>, _ target: Float
  ) -> (value: Double, slopes: [Double]) {
    let errors = outputs.map { Double($0) - Double(target) }
    let error = errors[0]
    switch loss {
    case .mse: return (error * error, [2 * error])
    case .mae: return (abs(error), [error > 0 ? 1 : error < 0 ? -1 : 0])
    case .huber:
      return abs(error) <= 1
        ? (error * error / 2, [error]) : (abs(error) - 0.5, [error > 0 ? 1 : -1])
    case .quantile(let quantiles):
      let parts = zip(quantiles, errors).map { quantile, error in
        let quantile = Double(quantile)
        return error > 0
          ? (value: (1 - quantile) * error, slope: 1 - quantile)
          : error < 0 ? (value: -quantile * error, slope: -quantile) : (value: 0, slope: 0)
      }
      return (parts.reduce(0) { $0 + $1.value }, parts.map(\.slope))
    case .gaussian:
      let logVariance = Double(outputs[outputs.startIndex + 1])
      let precision = Double.exp(-logVariance)
      return (
        (logVariance + error * error * precision) / 2,
        [error * precision, (1 - error * error * precision) / 2]
      )
    }
  }

  @Test(
    arguments: losses,
    [
      (1, 1, 1, false), (3, 1, 2, false), (32, 3, 1, false), (33, 2, 3, false), (4100, 1, 3, false),
      (1, 1, 1, true), (3, 1, 2, true), (33, 2, 3, true), (4100, 1, 3, true),
    ])
  func matchesPlainLoops(
    loss: Loss, shape: (rows: Int, horizon: Int, targetSize: Int, isWeighted: Bool)
  ) throws {
    for head in [(1, 0), (5, -4), (3, 2)] { try check(loss, shape, head) }
  }

  private func check(
    _ loss: Loss, _ shape: (rows: Int, horizon: Int, targetSize: Int, isWeighted: Bool),
    _ head: (steps: Int, shift: Int)
  ) throws {
    let bench = try KernelBench()
    let batchLoss = try BatchLoss(bench.library)
    let perTarget = loss.outputsPerTarget
    let elementSize = shape.horizon * shape.targetSize
    let count = head.steps * shape.rows * elementSize
    var generator = PhiloxGenerator(seed: 7, stream: .data)
    var targets = generator.values(100 * shape.targetSize)
    let windows = (0..<shape.rows + 1).map { _ in
      Window(inputRow: 0, targetRow: Int32.random(in: 4...90, using: &generator))
    }
    func place(_ index: Int) -> Int {
      let (step, row) = (index / elementSize).quotientAndRemainder(dividingBy: shape.rows)
      let first = Int(windows[1 + row].targetRow) + head.shift + step
      return first * shape.targetSize + index % elementSize
    }
    var outputs = generator.values(count * perTarget)
    // An error of exactly 0, and Huber's corner.
    outputs[0] = targets[place(0)]
    if count > 2 { outputs[2 * perTarget] = targets[place(2)] + 1 }
    var weights: [Float]?
    if shape.isWeighted {
      let some = targets.indices.map { Float($0 % 3) * 0.75 + ($0 == place(0) ? 1 : 0) }
      for index in targets.indices where some[index] == 0 { targets[index] = .nan }
      weights = some
    }

    let deviceTargets = WindowTargets(
      values: try bench.buffer(targets), weights: try weights.map { try bench.buffer($0) },
      columns: shape.targetSize, shift: head.shift, count: elementSize)
    let deviceWindows = try bench.buffer(windows)
    let losses = try bench.poisoned(3)
    let gradient = try bench.poisoned(outputs.count)
    let outputBuffer = try bench.buffer(outputs)
    for (slot, gradient) in [(1, gradient), (2, nil)] {
      try batchLoss(
        on: bench.queue, loss, outputs: outputBuffer, targets: deviceTargets,
        windows: deviceWindows, batch: 1..<1 + shape.rows, steps: head.steps, divisor: 37,
        gradient: gradient, into: losses, at: slot)
    }

    var sum = 0.0
    var slopes: [Double] = []
    for index in 0..<count {
      let weight = Double(weights?[place(index)] ?? 1)
      guard weight > 0 else {
        slopes += [Double](repeating: 0, count: perTarget)
        continue
      }
      let part = Self.expected(
        loss, outputs[index * perTarget..<(index + 1) * perTarget], targets[place(index)])
      sum += weight * part.value
      slopes += part.slopes.map { weight * $0 }
    }
    let values = try bench.queue.read(losses)
    #expect(values[0].isNaN)
    #expect(values[1] == values[2])
    var worst = WorstError()
    worst.expect([values[1]], [sum / 37], within: kernelTolerance, "loss")
    worst.expect(try bench.queue.read(gradient), slopes, within: kernelTolerance, "gradient")
    if loss != .gaussian { #expect(try bench.queue.read(gradient)[0] == 0) }
  }

  @Test(arguments: losses)
  func passesNaNOn(loss: Loss) throws {
    let bench = try KernelBench()
    let perTarget = loss.outputsPerTarget
    let targets = WindowTargets(
      values: try bench.buffer([0, 0, 0] as [Float]), weights: nil, columns: 1, shift: 0, count: 1)
    let windows = try bench.buffer((0..<3).map { Window(inputRow: 0, targetRow: $0) })
    let losses = try bench.buffer([0] as [Float])
    let gradient = try bench.buffer([Float](repeating: 0, count: 3 * perTarget))
    let outputs = [1, .nan, 2].flatMap { [Float](repeating: $0, count: perTarget) }
    try BatchLoss(bench.library)(
      on: bench.queue, loss, outputs: bench.buffer(outputs), targets: targets, windows: windows,
      batch: 0..<3, divisor: 3, gradient: gradient, into: losses, at: 0)
    #expect(try bench.queue.read(losses)[0].isNaN)
    #expect(try bench.queue.read(gradient).map(\.isNaN) == outputs.map(\.isNaN))
  }
}

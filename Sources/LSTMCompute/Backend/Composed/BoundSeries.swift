extension WindowedSeries {
  /// `[rows, I]`, zeros where a row is missing: whatever stands there has no part in anything.
  fileprivate var presentInputs: [Float] {
    guard let rowMask else { return inputs }
    var present = inputs
    for (row, isPresent) in rowMask.enumerated() where !isPresent {
      for index in row * inputSize..<(row + 1) * inputSize { present[index] = 0 }
    }
    return present
  }
}

/// A series in a device's memory, and what of it belongs to a batch.
final class BoundSeries<Operations: SequenceOperations> {
  typealias Memory = Operations.Memory

  let host: WindowedSeries
  /// `[rows, I]`.
  let inputs: Memory
  /// `[rows]`, 1 where a row is there and 0 where it is missing.
  let rowMask: Memory?
  /// `[S, B, count]`, the targets and the weights of the last batch.
  let targets: Memory
  let weights: Memory?
  /// The number of targets of one step of the head.
  let targetCount: Int

  private let allTargets: Memory
  private let allWeights: Memory?
  private let targetShift: Int

  init(
    _ series: WindowedSeries, specification: NetworkSpecification,
    configuration: ExecutorConfiguration, operations: Operations
  ) throws {
    func resident(_ values: [Float]) throws -> Memory {
      let memory = try operations.memory(max(values.count, 1))
      try operations.write(values.map { Operations.Scalar($0) }, to: memory, at: 0)
      return memory
    }
    host = series
    targetShift = specification.targetShift(steps: series.steps)
    targetCount = specification.targetCount(in: series)
    inputs = try resident(series.presentInputs)
    allTargets = try resident(series.targets)
    allWeights = try series.targetWeights.map { try resident($0) }
    rowMask = try series.rowMask.map { try resident($0.map { $0 ? 1 : 0 }) }
    let count =
      specification.outputSteps(for: configuration.steps) * configuration.batchSize * targetCount
    targets = try operations.memory(count)
    weights = allWeights == nil ? nil : try operations.memory(count)
  }

  func gatherTargets(batch: Range<Int>, steps: Int, _ operations: Operations) throws {
    for (source, target) in [(allTargets, targets), (allWeights, weights)] {
      guard let source, let target else { continue }
      try operations.gather(
        source, columns: host.targetSize, start: .targetRow, shift: targetShift, steps: steps,
        count: targetCount, batch: batch, into: target)
    }
  }

  /// What the sum of a batch's losses is divided by to be their mean.
  ///
  /// It is the sum of the targets' weights, times the number of quantiles where there are any; 1 where
  /// all weights are 0, and so is the sum.
  func divisor(for loss: Loss, of windows: ArraySlice<Window>, steps: Int) -> Double {
    var sum = 0.0
    if let all = host.targetWeights {
      for window in windows {
        for step in 0..<steps {
          let start = (Int(window.targetRow) + targetShift + step) * host.targetSize
          for weight in all[start..<start + targetCount] { sum += Double(weight) }
        }
      }
    } else {
      sum = Double(windows.count * steps * targetCount)
    }
    let divisor = sum * loss.divisorPerTarget
    return divisor > 0 ? divisor : 1
  }
}

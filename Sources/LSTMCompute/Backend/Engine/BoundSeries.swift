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

/// A series in a device's memory.
final class BoundSeries<Operations: DeviceOperations> {
  typealias Memory = Operations.Memory

  let host: WindowedSeries
  /// `[rows, I]`.
  let inputs: Memory
  /// `[rows]`, 1 where a row is there and 0 where it is missing.
  let rowMask: Memory?
  /// What the outputs of a window are compared with.
  let targets: WindowTargets<Memory>

  init(
    _ series: WindowedSeries, specification: NetworkSpecification, operations: Operations
  ) throws {
    func resident(_ values: [Float]) throws -> Memory {
      let memory = try operations.memory(max(values.count, 1))
      try operations.write(floats: values, to: memory, at: 0)
      return memory
    }
    host = series
    inputs = try resident(series.presentInputs)
    rowMask = try series.rowMask.map { try resident($0.map { $0 ? 1 : 0 }) }
    targets = WindowTargets(
      values: try resident(series.targets),
      weights: try series.targetWeights.map { try resident($0) }, columns: series.targetSize,
      shift: specification.targetShift(steps: series.steps),
      count: specification.targetCount(in: series))
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
          let start = (Int(window.targetRow) + targets.shift + step) * targets.columns
          for weight in all[start..<start + targets.count] { sum += Double(weight) }
        }
      }
    } else {
      sum = Double(windows.count * steps * targets.count)
    }
    let divisor = sum * loss.divisorPerTarget
    return divisor > 0 ? divisor : 1
  }
}

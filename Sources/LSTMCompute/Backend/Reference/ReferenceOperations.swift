internal import RealModule

/// Numbers in the host's memory.
final class ReferenceMemory<Scalar> {
  var values: [Scalar]

  init(_ values: [Scalar]) {
    self.values = values
  }
}

/// The operations as plain loops in `Scalar`: readable, never optimized, the yardstick of the others.
final class ReferenceOperations<Scalar: Real & BinaryFloatingPoint & BitwiseCopyable>:
  DeviceOperations
{
  typealias Memory = ReferenceMemory<Scalar>

  /// Where a weight lies among the parameters.
  final class Weights {
    let slice: ParameterSlice

    init(_ slice: ParameterSlice) {
      self.slice = slice
    }
  }

  let description = "plain loops in \(Scalar.self)"
  let parameters: Memory
  let gradient: Memory
  private var gradientSum: [Scalar]?
  private var optimizer: ReferenceOptimizer<Scalar>
  private var windows: [Window] = []
  private var losses: [Scalar] = []

  init(_ layout: ParameterLayout) {
    parameters = Memory(Array(repeating: 0, count: layout.count))
    gradient = Memory(Array(repeating: 0, count: layout.count))
    optimizer = ReferenceOptimizer(count: layout.count)
  }

  // MARK: - Memory

  func memory(_ count: Int) -> Memory { Memory(Array(repeating: 0, count: count)) }

  func write(_ values: [Scalar], to memory: Memory, at offset: Int) {
    memory.values.replaceSubrange(offset..<offset + values.count, with: values)
  }

  func write(floats values: [Float], to memory: Memory, at offset: Int) {
    write(values.map { Scalar($0) }, to: memory, at: offset)
  }

  func read(_ memory: Memory, _ range: Range<Int>) -> [Scalar] {
    Array(memory.values[range])
  }

  func readFloats(_ memory: Memory, _ range: Range<Int>) -> [Float] {
    memory.values[range].map { Float($0) }
  }

  func fill(_ memory: Memory, _ range: Range<Int>, with value: Scalar) {
    for index in range { memory.values[index] = value }
  }

  func copy(_ source: Memory, _ range: Range<Int>, to target: Memory, at offset: Int) {
    write(Array(source.values[range]), to: target, at: offset)
  }

  // MARK: - Parameters

  func accumulateGradient(weight: Double) {
    let sum = gradientSum ?? gradient.values.map { _ in 0 }
    gradientSum = zip(sum, gradient.values).map { $0 + Scalar(weight) * $1 }
  }

  func step(
    _ optimizer: Optimizer, ranges: [Range<Int>], learningRate: Double, clipping: GradientClipping
  ) {
    self.optimizer.step(
      optimizer, parameters: &parameters.values, gradient: gradientSum ?? gradient.values,
      ranges: ranges, learningRate: learningRate, clipping: clipping)
    gradientSum = nil
  }

  func optimizerMoments() -> (first: [Scalar], second: [Scalar], stepCount: Int) {
    (optimizer.first, optimizer.second, optimizer.steps)
  }

  func setOptimizerMoments(first: [Scalar], second: [Scalar], stepCount: Int) {
    (optimizer.first, optimizer.second, optimizer.steps) = (first, second, stepCount)
    gradientSum = nil
  }

  func weights(_ slice: ParameterSlice) -> Weights { Weights(slice) }

  func load(_ weights: Weights) {}

  // MARK: - Products

  func split(
    _ rows: Int, operations: Int, _ body: (Range<Int>) throws -> Void
  ) rethrows {
    try body(0..<rows)
  }

  @specialized(where Scalar == Double)
  func product(
    _ a: Rows<Memory>, _ weights: Weights, biases: [ParameterSlice], into c: Rows<Memory>,
    rows m: Int, accumulates: Bool
  ) {
    let (n, k) = (weights.slice.shape[0], weights.slice.shape[1])
    for row in 0..<m {
      for column in 0..<n {
        var sum = accumulates ? c.memory.values[c.offset + row * c.pitch + column] : 0
        for bias in biases { sum += parameters.values[bias.offset + column] }
        let weight = weights.slice.offset + column * k
        for l in 0..<k {
          sum += a.memory.values[a.offset + row * a.pitch + l] * parameters.values[weight + l]
        }
        c.memory.values[c.offset + row * c.pitch + column] = sum
      }
    }
  }

  @specialized(where Scalar == Double)
  func productBackward(
    _ d: Rows<Memory>, _ weights: Weights, into c: Rows<Memory>, rows m: Int, accumulates: Bool
  ) {
    let (n, k) = (weights.slice.shape[0], weights.slice.shape[1])
    for row in 0..<m {
      for column in 0..<k {
        var sum = accumulates ? c.memory.values[c.offset + row * c.pitch + column] : 0
        for l in 0..<n {
          sum +=
            d.memory.values[d.offset + row * d.pitch + l]
            * parameters.values[weights.slice.offset + l * k + column]
        }
        c.memory.values[c.offset + row * c.pitch + column] = sum
      }
    }
  }

  @specialized(where Scalar == Double)
  func weightGradient(
    _ d: Rows<Memory>, _ a: Rows<Memory>, rows: Int, factor: Scalar, into slice: ParameterSlice
  ) {
    let k = slice.shape[1]
    for index in 0..<slice.count {
      var sum: Scalar = 0
      for row in 0..<rows {
        sum +=
          d.memory.values[d.offset + row * d.pitch + index / k]
          * a.memory.values[a.offset + row * a.pitch + index % k]
      }
      gradient.values[slice.offset + index] = factor * sum
    }
  }

  func columnSums(
    _ d: Rows<Memory>, rows: Int, factor: Scalar, into slices: [ParameterSlice]
  ) {
    for slice in slices {
      for column in 0..<slice.count {
        gradient.values[slice.offset + column] =
          factor * (0..<rows).reduce(0) { $0 + d.memory.values[d.offset + $1 * d.pitch + column] }
      }
    }
  }

  func columnProductSums(
    _ d: Rows<Memory>, _ a: Rows<Memory>, rows: Int, columns: Int, factor: Scalar, into offset: Int
  ) {
    for column in 0..<columns {
      gradient.values[offset + column] =
        factor
        * (0..<rows).reduce(0) { sum, row in
          sum + d.memory.values[d.offset + row * d.pitch + column]
            * a.memory.values[a.offset + row * a.pitch + column]
        }
    }
  }

  // MARK: - Between layers

  func dropout(
    _ source: Rows<Memory>, rows: Range<Int>, columns: Int, _ mask: RandomMask,
    into target: Rows<Memory>, accumulates: Bool
  ) {
    let scale = 1 / (1 - Scalar(mask.share))
    for (number, row) in rows.enumerated() {
      let (from, to) = (
        source.offset + number * source.pitch, target.offset + number * target.pitch
      )
      for column in 0..<columns {
        let isHit = mask.isHit(row * columns + column)
        let value = isHit ? 0 : scale * source.memory.values[from + column]
        let before = accumulates ? target.memory.values[to + column] : 0
        target.memory.values[to + column] = before + value
      }
    }
  }

  func merge(
    _ source: Rows<Memory>, rows: Int, columns: Int, scales: Rows<Memory>?,
    into target: Rows<Memory>, accumulates: Bool
  ) {
    for row in 0..<rows {
      let scale = scales.map { $0.memory.values[$0.offset + row] } ?? 1
      for column in 0..<columns {
        let place = target.offset + row * target.pitch + column
        let value = scale * source.memory.values[source.offset + row * source.pitch + column]
        target.memory.values[place] = (accumulates ? target.memory.values[place] : 0) + value
      }
    }
  }

  // MARK: - Series and losses

  func setWindows(_ windows: [Window]) {
    self.windows = windows
  }

  func gather(
    _ source: Memory, columns: Int, start: WindowStart, shift: Int, steps: Int, count: Int,
    batch: Range<Int>, rows: Range<Int>, into target: Memory
  ) {
    for step in 0..<steps {
      for row in rows {
        let window = windows[batch.lowerBound + row]
        let first = Int(start == .inputRow ? window.inputRow : window.targetRow)
        let place = (first + shift + step) * columns
        for index in 0..<count {
          target.values[(step * batch.count + row) * count + index] = source.values[place + index]
        }
      }
    }
  }

  func compare(
    _ loss: Loss, outputs: Memory, targets: WindowTargets<Memory>, batch: Range<Int>, steps: Int,
    divisor: Double, gradient: Memory?
  ) {
    let count = loss.outputsPerTarget
    var sum: Scalar = 0
    for element in 0..<steps * batch.count * targets.count {
      let place = targets.place(of: element, windows: windows, batch: batch)
      let places = element * count..<(element + 1) * count
      var derivatives = [Scalar](repeating: 0, count: count)
      let values = Array(outputs.values[places])
      values.withUnsafeBufferPointer { values in
        derivatives.withUnsafeMutableBufferPointer { derivatives in
          guard let values = values.baseAddress, let derivatives = derivatives.baseAddress else {
            return
          }
          sum += loss.evaluate(
            outputs: values, target: targets.values.values[place],
            weight: targets.weights?.values[place] ?? 1, derivatives: derivatives)
        }
      }
      gradient?.values.replaceSubrange(places, with: derivatives)
    }
    losses.append(sum / Scalar(divisor))
  }

  func takeLosses() -> [Scalar] {
    defer { losses = [] }
    return losses
  }
}

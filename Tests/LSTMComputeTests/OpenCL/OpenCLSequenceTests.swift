import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

/// What goes between layers, and what belongs to series, against plain loops in Double.
@Suite(.enabled(if: KernelBench.hasDevice)) struct OpenCLSequenceTests {
  private static func pair() throws -> OperationPair {
    try OperationPair(
      ParameterLayout(NetworkSpecification(inputSize: 1, hiddenSizes: [1], outputSize: 1)))
  }

  /// Elements whose blocks lie on both sides of 2³² too.
  @Test(arguments: [0, 1, 3, 7, (1 << 34) - 6, 1 << 40], [1, 2, 9, 260])
  func masksHaveTheSameBits(first: Int, count: Int) throws {
    let pair = try Self.pair()
    for (share, seed) in [(Float(0.1), UInt64(3)), (0.5, .max), (0.999, 0x1234_5678_9ABC_DEF0)] {
      let mask = RandomMask(
        share: share, .dropout, seed: seed, batchNumber: 0xFFFF_FFFE, layer: 255, direction: 1)
      let source = try pair.memory(
        [Float](repeating: .nan, count: 3) + Array(repeating: 1, count: count))
      let target = try pair.poisoned(count + 4)
      try pair.device.dropout(
        Rows(source.device, at: 3, pitch: 1), elements: first..<first + count, mask,
        into: Rows(target.device, at: 2, pitch: 1), accumulates: false)
      let values = try pair.device.read(target.device, 0..<count + 4)
      #expect(values[2..<2 + count].map { $0 == 0 } == (first..<first + count).map(mask.isHit))
      #expect(values[..<2].allSatisfy(\.isNaN) && values[(2 + count)...].allSatisfy(\.isNaN))
    }
  }

  @Test(arguments: [false, true], [false, true])
  func dropsOut(accumulates: Bool, inPlace: Bool) throws {
    let pair = try Self.pair()
    var generator = PhiloxGenerator(seed: 1, stream: .data)
    let mask = RandomMask(
      share: 0.3, .recurrentDropout, seed: 5, batchNumber: 1, layer: 0, direction: 0)
    let source = try pair.memory(generator.values(100))
    let target = inPlace ? source : try pair.memory(generator.values(100))
    try pair.device.dropout(
      Rows(source.device, at: 7, pitch: 9), elements: 5..<77, mask,
      into: Rows(target.device, at: 7, pitch: 9), accumulates: accumulates)
    try pair.reference.dropout(
      Rows(source.reference, at: 7, pitch: 9), elements: 5..<77, mask,
      into: Rows(target.reference, at: 7, pitch: 9), accumulates: accumulates)
    var worst = WorstError()
    try pair.expect(target, "dropout", &worst)
  }

  @Test(arguments: [(1, 1), (3, 70), (65, 5), (9, 64)], [false, true])
  func merges(shape: (rows: Int, columns: Int), accumulates: Bool) throws {
    let pair = try Self.pair()
    var generator = PhiloxGenerator(seed: 2, stream: .data)
    var worst = WorstError()
    for hasScales in [false, true] {
      let source = try pair.matrix(rows: shape.rows, columns: shape.columns, &generator)
      let target = try pair.matrix(
        rows: shape.rows, columns: shape.columns, isPoisoned: !accumulates, &generator)
      let scales = hasScales ? try pair.memory(generator.values(shape.rows)) : nil
      try pair.device.merge(
        source.device, rows: shape.rows, columns: shape.columns, scaledBy: scales?.device,
        into: target.device, accumulates: accumulates)
      try pair.reference.merge(
        source.reference, rows: shape.rows, columns: shape.columns, scaledBy: scales?.reference,
        into: target.reference, accumulates: accumulates)
      try pair.expect(target.memory, "merge, scales \(hasScales)", &worst)
    }
  }

  @Test func handlesMemory() throws {
    let pair = try Self.pair()
    var generator = PhiloxGenerator(seed: 3, stream: .data)
    let source = try pair.memory(generator.values(50))
    let target = try pair.memory(generator.values(60))
    #expect(try pair.device.read(pair.device.memory(3), 0..<3) == [0, 0, 0])
    try pair.device.fill(target.device, 3..<7, with: 2.5)
    pair.reference.fill(target.reference, 3..<7, with: 2.5)
    try pair.device.copy(source.device, 11..<20, to: target.device, at: 30)
    pair.reference.copy(source.reference, 11..<20, to: target.reference, at: 30)
    for range in [0..<0, 60..<60] {
      try pair.device.fill(target.device, range, with: .nan)
      try pair.device.copy(source.device, 0..<0, to: target.device, at: range.lowerBound)
    }
    var worst = WorstError()
    try pair.expect(target, "memory", &worst)
    #expect(throws: LSTMError.self) { try pair.device.fill(target.device, 55..<61, with: 0) }
  }

  @Test(arguments: [WindowStart.inputRow, .targetRow], [-4, 0, 3])
  func gathers(start: WindowStart, shift: Int) throws {
    let pair = try Self.pair()
    var generator = PhiloxGenerator(seed: 4, stream: .data)
    for (columns, count, steps) in [(1, 1, 7), (3, 3, 5), (3, 9, 1), (5, 5, 1), (2, 6, 4)] {
      let windows = (0..<70).map { _ in
        Window(
          inputRow: Int32.random(in: 4...80, using: &generator),
          targetRow: Int32.random(in: 4...80, using: &generator))
      }
      try pair.device.setWindows(windows)
      pair.reference.setWindows(windows)
      let source = try pair.memory(generator.values(100 * columns))
      for batch in [2..<3, 1..<10, 0..<70] {
        let target = try pair.poisoned(steps * batch.count * count + 1)
        try pair.device.gather(
          source.device, columns: columns, start: start, shift: shift, steps: steps, count: count,
          batch: batch, into: target.device)
        try pair.reference.gather(
          source.reference, columns: columns, start: start, shift: shift, steps: steps,
          count: count, batch: batch, into: target.reference)
        var worst = WorstError()
        try pair.expect(target, within: 0, "gather", &worst)
      }
    }
  }

  @Test(
    arguments: [
      Loss.mse, .mae, .huber, .quantile([0.5]), .quantile([0.1, 0.5, 0.9]), .gaussian,
    ], [1, 7, 300, 9000])
  func compares(loss: Loss, elements: Int) throws {
    let pair = try Self.pair()
    var generator = PhiloxGenerator(seed: 5, stream: .data)
    let outputs = generator.values(elements * loss.outputsPerTarget)
    var targets = generator.values(elements)
    // An error of exactly 0.
    targets[0] = outputs[0]
    var weights = (0..<elements).map { _ in
      generator.nextUnitFloat() < 0.3 ? 0 : generator.nextUnitFloat()
    }
    weights[0] = 2
    for (weights, divisor) in [(nil, Double(elements)), (Optional(weights), 3.5)] {
      var targets = targets
      for (index, weight) in (weights ?? []).enumerated() where weight == 0 {
        targets[index] = .nan
      }
      let (y, t) = (try pair.memory(outputs), try pair.memory(targets))
      let w = try weights.map { try pair.memory($0) }
      let gradient = try pair.poisoned(outputs.count + 1)
      for keepsGradient in [true, false] {
        try pair.device.compare(
          loss, outputs: y.device, targets: t.device, weights: w?.device, elements: elements,
          divisor: divisor, gradient: keepsGradient ? gradient.device : nil)
        try pair.reference.compare(
          loss, outputs: y.reference, targets: t.reference, weights: w?.reference,
          elements: elements, divisor: divisor, gradient: keepsGradient ? gradient.reference : nil)
      }
      var worst = WorstError()
      try pair.expect(gradient, "gradient", &worst)
      let losses = try pair.device.takeLosses()
      #expect(losses.count == 2 && losses[0] == losses[1])
      worst.expect(losses, pair.reference.takeLosses(), within: 2e-6, "losses")
      #expect(try pair.device.takeLosses().isEmpty)
    }
  }

  /// Weights of 0 throughout: nothing is looked at.
  @Test func nothingCounts() throws {
    let pair = try Self.pair()
    let (y, t) = (try pair.poisoned(6), try pair.poisoned(3))
    let (w, gradient) = (try pair.memory([0, 0, 0]), try pair.poisoned(6))
    try pair.device.compare(
      .gaussian, outputs: y.device, targets: t.device, weights: w.device, elements: 3, divisor: 1,
      gradient: gradient.device)
    #expect(try pair.device.takeLosses() == [0])
    #expect(try pair.device.read(gradient.device, 0..<6) == [0, 0, 0, 0, 0, 0])
  }
}

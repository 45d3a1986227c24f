import TestSupport

@testable import LSTMCompute

/// `dropout` of some elements of a mask.
struct DropoutScenario: OperationScenario {
  var elements: Range<Int>
  var accumulates: Bool
  var isInPlace: Bool

  var description: String {
    "dropout of \(elements)" + (accumulates ? ", added" : "") + (isInPlace ? ", in place" : "")
  }
  var layout: ParameterLayout { get throws { try .ofCount(1) } }

  func run<O: DeviceOperations>(_ bench: OperationBench<O>) throws -> [Recorded] {
    var generator = PhiloxGenerator(seed: 11, stream: .data)
    let count = elements.count
    let source = try bench.matrix(1, count, Place(offset: 3), &generator)
    var target = source
    if !isInPlace {
      let place = Place(offset: 2)
      target =
        try accumulates
        ? bench.matrix(1, count, place, &generator) : bench.poisonedMatrix(1, count, place)
    }
    let mask = RandomMask(
      share: 0.3, .dropout, seed: 0x1234_5678_9ABC_DEF0, batchNumber: 77, layer: 1, direction: 0)
    try bench.operations.dropout(
      source, elements: elements, mask, into: target, accumulates: accumulates)
    return try bench.read("target", target.memory, Place(offset: isInPlace ? 3 : 2).count(1, count))
  }

  static let all = [
    0..<1, 0..<16, 1..<130, 3..<7, 65_533..<66_900, (1 << 34) - 7..<(1 << 34) + 700,
  ]
  .flatMap { elements in
    [(false, false), (true, false), (false, true)].map {
      DropoutScenario(elements: elements, accumulates: $0.0, isInPlace: $0.1)
    }
  }
}

/// `merge` of rows.
struct MergeScenario: OperationScenario {
  var rows: Int
  var columns: Int
  var hasScales: Bool
  var accumulates: Bool

  var description: String {
    "merge of \(rows) rows of \(columns)" + (hasScales ? ", scaled" : "")
      + (accumulates ? ", added" : "")
  }
  var layout: ParameterLayout { get throws { try .ofCount(1) } }

  func run<O: DeviceOperations>(_ bench: OperationBench<O>) throws -> [Recorded] {
    var generator = PhiloxGenerator(seed: 12, stream: .data)
    let (from, to) = (Place(offset: 5, gap: rows % 3), Place(offset: 1, gap: columns % 4))
    let source = try bench.matrix(rows, columns, from, &generator)
    let target =
      try accumulates
      ? bench.matrix(rows, columns, to, &generator) : bench.poisonedMatrix(rows, columns, to)
    var scales: O.Memory?
    if hasScales {
      scales = try bench.memory(generator.values(rows).enumerated().map { $0 % 3 == 0 ? 0 : $1 })
    }
    try bench.operations.merge(
      source, rows: rows, columns: columns, scaledBy: scales, into: target,
      accumulates: accumulates)
    return try bench.read("target", target.memory, to.count(rows, columns))
  }

  static let all = [(1, 1), (7, 3), (4, 130), (33, 16)].flatMap { rows, columns in
    [(false, false), (false, true), (true, false), (true, true)].map {
      MergeScenario(rows: rows, columns: columns, hasScales: $0.0, accumulates: $0.1)
    }
  }
}

/// `gather` of windows.
struct GatherScenario: OperationScenario {
  var columns: Int
  var start: WindowStart
  var shift: Int
  var steps: Int
  var count: Int

  var description: String {
    "gather of \(count) numbers from the \(start) \(shift), \(steps) steps, \(columns) columns"
  }
  var layout: ParameterLayout { get throws { try .ofCount(1) } }

  func run<O: DeviceOperations>(_ bench: OperationBench<O>) throws -> [Recorded] {
    var generator = PhiloxGenerator(seed: 13, stream: .data)
    let source = try bench.memory(generator.values(60 * columns))
    let windows = (0..<9).map { (index: Int) -> Window in
      let (input, target) = (index * 7 % 40, 40 - index * 5 % 30)
      return Window(inputRow: Int32(input), targetRow: Int32(target))
    }
    try bench.operations.setWindows(windows)
    let target = try bench.poisoned(steps * 6 * count + 3)
    for rows in [0..<1, 1..<4, 4..<6] {
      try bench.operations.gather(
        source, columns: columns, start: start, shift: shift, steps: steps, count: count,
        batch: 2..<8, rows: rows, into: target)
    }
    return try bench.read("target", target, steps * 6 * count + 3)
  }

  static let all = [
    GatherScenario(columns: 1, start: .inputRow, shift: 0, steps: 12, count: 1),
    GatherScenario(columns: 3, start: .inputRow, shift: 0, steps: 5, count: 3),
    GatherScenario(columns: 2, start: .targetRow, shift: -4, steps: 5, count: 6),
    GatherScenario(columns: 17, start: .targetRow, shift: 0, steps: 1, count: 34),
  ]
}

/// `compare` with targets.
struct LossScenario: OperationScenario {
  enum Weights: CaseIterable {
    case none, some, zero
  }

  var loss: Loss
  var elements: Int
  var weights: Weights
  var hasGradient: Bool

  var description: String {
    "\(loss) of \(elements), weights \(weights)" + (hasGradient ? "" : ", no gradient")
  }
  var layout: ParameterLayout { get throws { try .ofCount(1) } }

  func run<O: DeviceOperations>(_ bench: OperationBench<O>) throws -> [Recorded] {
    var generator = PhiloxGenerator(seed: 14, stream: .data)
    let operations = bench.operations
    let count = elements * loss.outputsPerTarget
    let outputs = try bench.memory(generator.values(count))
    var values: [Float] = generator.values(elements)
    var shares: [Float]?
    if weights != .none {
      let all = (0..<elements).map { index in
        weights == .zero || index % 3 == 1 ? 0 : generator.nextUnitFloat()
      }
      for index in all.indices where all[index] == 0 { values[index] = .nan }
      shares = all
    }
    let targets = try bench.memory(values)
    let memory = try shares.map { try bench.memory($0) }
    let gradient = try bench.poisoned(count + 2)
    try operations.compare(
      loss, outputs: outputs, targets: targets, weights: memory, elements: elements, divisor: 3.5,
      gradient: hasGradient ? gradient : nil)
    try operations.compare(
      loss, outputs: outputs, targets: targets, weights: memory, elements: 1, divisor: 1,
      gradient: nil)
    let losses = try operations.takeLosses().map { Double($0) }
    let left = try operations.takeLosses().map { Double($0) }
    return [Recorded(name: "losses", values: losses + [Double(left.count)])]
      + (try bench.read("gradient", gradient, count + 2))
  }

  static let all: [LossScenario] = [
    Loss.mse, .mae, .huber, .quantile([0.1, 0.5, 0.9]), .gaussian,
  ].flatMap { loss in
    [1, 37, 9001].flatMap { elements in
      Weights.allCases.map {
        LossScenario(
          loss: loss, elements: elements, weights: $0, hasGradient: elements != 37 || $0 != .none)
      }
    }
  }
}

/// What moves numbers about.
struct MemoryScenario: OperationScenario {
  var description: String { "memory" }
  var layout: ParameterLayout { get throws { try .ofCount(1) } }

  func run<O: DeviceOperations>(_ bench: OperationBench<O>) throws -> [Recorded] {
    let operations = bench.operations
    var generator = PhiloxGenerator(seed: 15, stream: .data)
    let zeros = try operations.memory(130)
    let source = try bench.memory(generator.values(300))
    let target = try bench.poisoned(300)
    try operations.copy(source, 3..<204, to: target, at: 5)
    try operations.fill(target, 250..<281, with: 0.25)
    try operations.write([1, 2, 3], to: target, at: 290)
    let part = try operations.read(target, 7..<60).map { Double($0) }
    return try bench.read("zeros", zeros, 130) + bench.read("target", target, 300)
      + bench.read("source", source, 300) + [Recorded(name: "part", values: part)]
  }
}

/// Gradients that are summed up, and steps of the optimizer.
struct StepScenario: OperationScenario {
  var optimizer: Optimizer
  var clipping = GradientClipping()

  var description: String { "\(optimizer), \(clipping)" }
  var layout: ParameterLayout { get throws { try .ofCount(500) } }

  func run<O: DeviceOperations>(_ bench: OperationBench<O>) throws -> [Recorded] {
    let (operations, layout) = (bench.operations, try layout)
    var generator = PhiloxGenerator(seed: 16, stream: .data)
    try bench.setParameters(layout, seed: 17)
    func setGradient() throws {
      try operations.write(
        generator.values(layout.count).map { O.Scalar($0) }, to: operations.gradient, at: 0)
    }
    func step() throws {
      try operations.step(
        optimizer, ranges: [0..<200, 237..<layout.count], learningRate: 0.01, clipping: clipping)
    }
    // A sum of two, a gradient of its own, and a sum again, which must not have the first one in it.
    for _ in 0..<2 {
      try setGradient()
      try operations.accumulateGradient(weight: 0.5)
      try setGradient()
      try operations.accumulateGradient(weight: 1.5)
      try step()
      try setGradient()
      try step()
    }
    return try bench.read("parameters", operations.parameters, layout.count)
  }

  static let all = [
    StepScenario(optimizer: .sgd(momentum: 0.9)),
    StepScenario(
      optimizer: .adam(),
      clipping: GradientClipping(maximumNorm: 0.5, maximumValue: 0.125)),
  ]
}

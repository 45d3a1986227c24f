import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

@Suite(.enabled(if: KernelBench.hasDevice)) struct DeviceTunerTests {
  private static let shapes = TuningShapes(
    products: [
      (.plain, ProductSize(m: 5, n: 9, k: 17)), (.transposedA, ProductSize(m: 40, n: 7, k: 600)),
    ],
    tiles: [.standard, ProductTiles(group: 8, depth: 16, rowFours: 1, columnFours: 1)],
    layers: [
      TuningShapes.Layer(
        units: 32, rows: .many, batchSize: 36, steps: 3,
        choices: [ResidentChoice(rows: 4, items: 128)])
    ])

  @Test func measuresWhatItIsToldTo() throws {
    let cache = TuningTableTests.Cache()
    let context = try Context.shared(for: #require(KernelBench.device))
    let tuner = DeviceTuner(context, shapes: Self.shapes, cache: cache.folder)
    var reported: [DeviceTuner.Finding] = []
    let result = try tuner.measure(limit: .seconds(600)) { reported.append($0) }
    #expect(result.isComplete && result.failures.isEmpty)
    #expect(reported == result.findings)
    #expect(
      result.findings.map(\.subject) == [
        "product, plain, few_rows", "product, transposedA, tall", "layer of 32 units, many rows",
      ])
    for finding in result.findings {
      #expect(finding.rejections.isEmpty, "\(finding)")
      #expect(finding.measured.microseconds > 0 && finding.gain >= 1, "\(finding)")
    }
    #expect(result.table.isSound)
    let path = try tuner.store(result.table)
    #expect(try path == tuner.place())
    let read = DeviceTuning(for: context.device.identity, in: cache.folder)
    #expect(read.table?.products.map(\.tiles) == result.table.products.map(\.tiles))
    #expect(read.table?.layers.map(\.plan) == result.table.layers.map(\.plan))
  }

  /// Where work-groups do not run side by side stepwise wins, and the batch is the last to be tried.
  @Test func measuresWhereWorkGroupsShareUnits() throws {
    let context = try Context.shared(for: #require(KernelBench.device))
    let shapes = TuningShapes(products: [], tiles: [], layers: [])
    let tuner = DeviceTuner(context, shapes: shapes)
    let large = TuningShapes.LargeLayer(units: 130, batches: [4, 8], steps: 3)
    var result = DeviceTuner.Result(table: TuningTable(device: context.device.identity))
    var reported: [DeviceTuner.Finding] = []
    try tuner.tune(large, &result, .now + .seconds(600)) { reported.append($0) }
    #expect(reported == result.findings && result.failures.isEmpty)
    #expect(result.table.cooperative.count == 1)
    let found = try #require(result.table.cooperative.first)
    #expect(found.units == 130 && !found.trials.isEmpty)
    for (finding, trial) in zip(result.findings, found.trials) {
      #expect(finding.subject == "layer of 130 units, batch of \(trial.batchSize)")
      #expect(finding.rejections.allSatisfy { $0.contains("gave up") }, "\(finding)")
      #expect((finding.choice == "cooperative") == (found.largestBatch >= trial.batchSize))
      #expect(trial.stepwiseMicroseconds ?? 0 > 0, "\(trial)")
      #expect((trial.cooperativeMicroseconds == nil) == !finding.rejections.isEmpty, "\(trial)")
    }
    #expect(found.trials.map(\.batchSize) == (found.largestBatch > 0 ? [4, 8] : [4]))
    print("cooperative on \(context.device.name): \(found)")

    // Half a class is none.
    var none = DeviceTuner.Result(table: TuningTable(device: context.device.identity))
    try tuner.tune(large, &none, .now) { _ in }
    #expect(none.table.cooperative.isEmpty && none.findings.isEmpty)
  }

  /// With no patience the first of two work-groups gives up, which is right and no cooperation.
  @Test func whoGivesUpIsNoCandidate() throws {
    let context = try Context.shared(for: #require(KernelBench.device))
    guard context.device.computeUnits > 1 else { return }
    let layer = try LayerTrial(
      TuningShapes.Layer(units: 130, rows: .few, batchSize: 4, steps: 3, choices: []), in: context)
    let table = TuningTable(device: context.device.identity)
    let error = #expect(throws: LSTMError.self) {
      try layer.trial(.cooperative, table, polls: 0)
    }
    #expect(error?.description.contains("gave up") == true, "\(String(describing: error))")
    #expect(try layer.trial(.stepwise, table, polls: 0).error <= 1)
  }

  @Test func stopsInTime() throws {
    let context = try Context.shared(for: #require(KernelBench.device))
    let result = try DeviceTuner(context, shapes: Self.shapes).measure(limit: .zero)
    #expect(!result.isComplete && result.findings.isEmpty && result.table.products.isEmpty)
  }

  @Test func knowsAWrongProduct() throws {
    let context = try Context.shared(for: #require(KernelBench.device))
    let queue = try CommandQueue(context, profiles: true)
    let trial = try ProductTrial(.plain, ProductSize(m: 20, n: 30, k: 40), on: queue)
    let right = try trial.trial(.standard)
    #expect(right.error <= 1)
    #expect(try right.run() > 0)
    #expect(throws: (any Error).self) {
      // What items cannot share is refused by the kernel.
      try trial.trial(ProductTiles(group: 16, depth: 3, rowFours: 1, columnFours: 1))
    }
    // One element, by about the size of the others.
    let values = [Float](repeating: 0.25, count: 600)
    #expect(try trial.error(of: queue.read(trial.result)) <= 1e-5)
    var changed = try queue.read(trial.result)
    changed[317] += 0.5
    #expect(trial.error(of: changed) > 1e-3)
    changed[317] = .nan
    #expect(!(trial.error(of: changed) <= 1))
    #expect(trial.error(of: values) > 0.1)
  }

  /// Every size other than by default: the same results to the last digits, and the same bits again.
  @Test func aTableChangesNoResult() throws {
    let context = try Context.shared(for: #require(KernelBench.device))
    var table = TuningTableTests.table(device: context.device.identity)
    for index in table.layers.indices { table.layers[index].plan = .resident }
    let specification = try NetworkSpecification(
      inputSize: 40, hiddenSizes: [33, 20], outputSize: 3)
    let batchSize = 37
    let series = try WindowedSeries.random(
      inputSize: 40, targetSize: 3, steps: 20, windows: batchSize, seed: 3)
    let parameters = Parameters(randomFor: specification, seed: 4)
    func run(_ tuning: DeviceTuning) throws -> (outputs: [Float], gradients: [Float], plan: String)
    {
      let executor = try OpenCLExecutor.onDevice(
        specification,
        ExecutorConfiguration(mode: .training, batchSize: batchSize, steps: 20), plan: .auto,
        tuning: tuning)
      try executor.setParameters(parameters)
      try executor.bind(series)
      try executor.forward(0..<batchSize)
      try executor.backward(.mse)
      return (try executor.outputs(), try executor.gradients().values, executor.plan)
    }
    let plain = try run(.standard)
    #expect(plain.plan.hasSuffix(", default sizes"), "\(plain.plan)")
    let tuned = try run(DeviceTuning(table))
    #expect(tuned.plan.hasSuffix(", sizes tuned for this device"), "\(tuned.plan)")
    var worst = WorstError()
    worst.expect(
      tuned.outputs, plain.outputs, within: BackendParityTests.forwardTolerance, "outputs")
    worst.expect(
      tuned.gradients, plain.gradients, within: BackendParityTests.gradientTolerance, "gradients")
    let again = try run(DeviceTuning(table))
    #expect(again.outputs == tuned.outputs && again.gradients == tuned.gradients)
  }

  /// Each class once, as the table finds the first entry of a class only.
  @Test(arguments: [(true, 1), (true, 2), (true, 64), (false, 4), (false, 30), (false, 132)])
  func shapesReachEveryClass(isProcessor: Bool, computeUnits: Int) {
    let shapes = TuningShapes(isProcessor: isProcessor, computeUnits: computeUnits)
    #expect(shapes.isReduced == isProcessor)
    for kind in MatrixProduct.Kind.allCases {
      let reached = shapes.products.filter { $0.kind == kind }.map { ProductShape($0.size) }
      #expect(reached.count == 3 && Set(reached) == Set(ProductShape.allCases), "\(kind)")
    }
    #expect(Set(shapes.layers.map { [$0.units, $0.rows.hashValue] }).count == shapes.layers.count)
    for layer in shapes.layers {
      let rows = RowsClass(batchSize: layer.batchSize, computeUnits: computeUnits)
      #expect(rows == layer.rows, "\(layer)")
      #expect(layer.batchSize < 4 || layer.batchSize % 4 == 0, "\(layer)")
      #expect(layer.choices.allSatisfy { ResidentChoice.itemCandidates.contains($0.items) })
      #expect(layer.choices.allSatisfy { ResidentChoice.rowCandidates.contains($0.rows) })
    }
    // A processor's work-groups take turns.
    #expect(shapes.largeLayers.map(\.units) == (isProcessor ? [] : LargeUnitsClass.all))
    #expect(shapes.largeLayers.allSatisfy { $0.batches == LargeUnitsClass.batches })
    #expect(shapes.tiles.first == .standard)
    #expect(Set(shapes.tiles).isSubset(of: ProductTiles.candidates))
  }
}

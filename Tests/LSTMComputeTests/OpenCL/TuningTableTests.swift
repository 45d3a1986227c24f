import Foundation
import OpenCL
import Testing

@testable import LSTMCompute

@Suite struct TuningTableTests {
  /// A cache that disappears with the last reference to it.
  final class Cache: Sendable {
    let url = FileManager.default.temporaryDirectory.appending(path: "lstm-\(UUID().uuidString)")

    deinit { try? FileManager.default.removeItem(at: url) }

    var folder: CacheFolder { CacheFolder(url.path) }
  }

  /// A choice of each sort, none of them a default.
  static func table(device: String = "a\nb") -> TuningTable {
    let measured = TuningTable.Measured(microseconds: 1.5, defaultMicroseconds: 3)
    var table = TuningTable(device: device)
    for kind in MatrixProduct.Kind.allCases {
      for (shape, tiles) in zip(ProductShape.allCases, ProductTiles.candidates.suffix(3)) {
        table.products.append(
          TuningTable.Product(kind: kind, shape: shape, tiles: tiles, measured: measured))
      }
    }
    for units in UnitsClass.all {
      table.layers += [
        TuningTable.Layer(
          units: units, rows: .few, plan: .resident,
          resident: ResidentChoice(rows: 2, items: 128), measured: measured),
        TuningTable.Layer(
          units: units, rows: .many, plan: .stepwise, resident: nil, measured: measured),
      ]
    }
    for (units, largestBatch) in zip(LargeUnitsClass.all, [0, 8, 64, 1]) {
      var cooperative = TuningTable.Cooperative(units: units)
      for batchSize in LargeUnitsClass.batches {
        let trial = TuningTable.Cooperative.Trial(
          batchSize: batchSize, cooperativeMicroseconds: 2.5,
          stepwiseMicroseconds: largestBatch == 0 ? nil : 3.5)
        guard cooperative.add(trial, isWon: batchSize <= largestBatch) else { break }
      }
      table.cooperative.append(cooperative)
    }
    return table
  }

  // MARK: - Files

  @Test func comesBackFromItsFile() throws {
    let cache = Cache()
    let path = try DeviceTuning.store(Self.table(), in: cache.folder)
    #expect(path.hasPrefix(cache.url.path + "/tuning/") && path.hasSuffix(".json"))
    let tuning = DeviceTuning(for: "a\nb", in: cache.folder)
    #expect(tuning.table == Self.table())
    #expect(tuning.note == nil && tuning.description == "sizes tuned for this device")
    // Another device has another file.
    let other = DeviceTuning(for: "a\nc", in: cache.folder)
    #expect(other.table == nil && other.note == nil && other.description == "default sizes")
  }

  @Test(arguments: [
    ("\"version\" : 2", "\"version\" : 1", "version 1, and version 2 is known"),
    ("\"version\" : 2", "\"version\" : 99", "version 99"),
    ("\"version\" : 2", "\"vers\" : 2", "no tuning table"),
    ("a\\nb", "a\\nz", "another device"),
    ("stepwise", "unheard of", "damaged"),
    ("\"depth\" : 16", "\"depth\" : 17", "damaged"),
    ("\"items\" : 128", "\"items\" : 129", "damaged"),
    ("\"largest_batch\" : 64", "\"largest_batch\" : 63", "damaged"),
    ("\"largest_batch\" : 64,", "", "damaged"),
    ("\"units\" : 512", "\"units\" : 511", "damaged"),
    ("\"plan\" : \"stepwise\"", "\"plan\" : \"cooperative\"", "damaged"),
  ])
  func isNotReadWhereItCannotBeTrusted(old: String, new: String, note: String) throws {
    let cache = Cache()
    let path = try DeviceTuning.store(Self.table(), in: cache.folder)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.contains(old))
    try text.replacing(old, with: new).write(toFile: path, atomically: true, encoding: .utf8)
    let tuning = DeviceTuning(for: "a\nb", in: cache.folder)
    #expect(tuning.table == nil)
    let told = try #require(tuning.note)
    #expect(told.contains(note) && told.contains(path), "\(told)")
    #expect(told.contains("devices --tune"))
    #expect(tuning.description.hasPrefix("default sizes, as its tuning table"))
  }

  @Test func saysWhereItCannotBeWritten() {
    for path in [nil, "/dev/null/cache"] {
      let error = #expect(throws: LSTMError.self) {
        try DeviceTuning.store(Self.table(), in: CacheFolder(path))
      }
      #expect(error?.description.contains("SWIFT_LSTM_CACHE") == true)
    }
  }

  // MARK: - Choices

  @Test func sortsProductsByShape() {
    for (m, n, k, shape) in [
      (32, 4096, 4096, ProductShape.fewRows), (33, 256, 2048, .tall), (3000, 256, 8, .tall),
      (256, 64, 2047, .square), (256, 64, 2048, .tall), (1024, 1024, 1024, .square),
    ] {
      #expect(ProductShape(ProductSize(m: m, n: n, k: k)) == shape, "\(m) \(n) \(k)")
    }
  }

  private func loops(
    _ plan: OpenCLPlanSelection, hidden: [Int], batch: Int, isProcessor: Bool = false,
    runsSideBySide: Bool = false, _ table: TuningTable? = Self.table()
  ) throws -> NetworkPlan {
    var rules = PlanChoice.Rules(limits: OpenCLPlanTests.large, isProcessor: isProcessor)
    (rules.runsSideBySide, rules.tuning) = (runsSideBySide, table)
    let layers = hidden.enumerated().map { index, units in
      (LSTMLayer(hiddenSize: units), index == 0 ? 8 : hidden[index - 1])
    }
    return try NetworkPlan(plan, for: layers, batchSize: batch, rules)
  }

  private func choice(_ loop: LayerLoop) -> ResidentChoice? {
    guard case .resident(let sizes) = loop else { return nil }
    return ResidentChoice(rows: sizes.rows, items: sizes.forwardItems)
  }

  @Test func autoTakesWhatWasMeasured() throws {
    // 132 compute units: 32 rows are few, 2000 many, and nothing is known between them.
    let few = try loops(.auto, hidden: [64, 100], batch: 32)
    #expect(choice(few.loops[0]) == ResidentChoice(rows: 2, items: 128))
    #expect(choice(few.loops[1])?.rows == 2)
    #expect(few.description.contains("(as measured on this device)"))
    #expect(try loops(.auto, hidden: [64], batch: 2000).loops == [.stepwise])
    #expect(
      try loops(.auto, hidden: [64], batch: 500).loops
        == loops(.auto, hidden: [64], batch: 500, nil).loops)
    // A plan that is forced stays, with the measured sizes.
    #expect(try loops(.stepwise, hidden: [64], batch: 32).loops == [.stepwise])
    #expect(try choice(loops(.resident, hidden: [64], batch: 32).loops[0])?.items == 128)
    #expect(try loops(.resident, hidden: [64], batch: 2000).loops != [.stepwise])
  }

  /// Not faster at 192 units; up to batches of 8, 64 and 1 above.
  @Test(arguments: [
    (129, 1, false), (192, 1, false), (193, 8, true), (256, 8, true), (256, 9, false),
    (257, 64, true), (512, 64, true), (512, 65, false), (1024, 1, true), (1024, 2, false),
  ])
  func cooperativeGoesAsFarAsItWasFaster(units: Int, batch: Int, isChosen: Bool) throws {
    let chosen = try loops(.auto, hidden: [units], batch: batch, runsSideBySide: true)
    #expect(isCooperative(chosen) == isChosen, "\(chosen.description)")
    if !isChosen {
      #expect(chosen.description.contains("when this device was tuned"), "\(chosen.description)")
    }
    #expect(
      try loops(.auto, hidden: [units], batch: batch).loops == [.stepwise],
      "whatever was measured, work-groups must run side by side")
    #expect(
      try isCooperative(loops(.auto, hidden: [units], batch: 32, runsSideBySide: true, nil)),
      "without a table the rule decides")
    #expect(
      try isCooperative(loops(.cooperative, hidden: [units], batch: batch)), "as asked")
  }

  private func isCooperative(_ plan: NetworkPlan) -> Bool {
    if case .cooperative = plan.loops[0] { true } else { false }
  }

  @Test func whatIsLargerThanWasMeasuredGoesByTheRule() throws {
    let table = Self.table()
    #expect(table.cooperative(units: 1024) != nil && table.cooperative(units: 1025) == nil)
    #expect(table.cooperative(units: 129) != nil && table.cooperative(units: 128) == nil)
    // Where the largest batch was won too, nobody knows where it ends.
    var won = table
    won.cooperative[1].largestBatch = try #require(LargeUnitsClass.batches.last)
    for (batch, isChosen) in [(512, true), (513, false)] {
      let chosen = try loops(.auto, hidden: [256], batch: batch, runsSideBySide: true, won)
      #expect(isCooperative(chosen) == isChosen, "\(chosen.description)")
      #expect(!chosen.description.contains("when this device was tuned"))
    }
    let known = try loops(.auto, hidden: [1056], batch: 2, runsSideBySide: true)
    #expect(try known == loops(.auto, hidden: [1056], batch: 2, runsSideBySide: true, nil))
  }

  /// One that was lost ends it, however the larger ones would do.
  @Test func theLargestBatchIsBelowTheFirstThatWasLost() {
    for (won, largest) in [
      ([true, true, false, true], 8), ([false, true, true, true], 0),
      ([true, true, true, true], 64),
    ] {
      var found = TuningTable.Cooperative(units: 256)
      for (batchSize, isWon) in zip(LargeUnitsClass.batches, won) {
        let trial = TuningTable.Cooperative.Trial(
          batchSize: batchSize, cooperativeMicroseconds: 1, stepwiseMicroseconds: 1)
        guard found.add(trial, isWon: isWon) else { break }
      }
      #expect(found.largestBatch == largest && found.trials.last?.batchSize != nil, "\(won)")
    }
  }

  @Test func aProcessorGoesByItsTableOnly() throws {
    #expect(
      try loops(.auto, hidden: [64], batch: 32, isProcessor: true, nil).loops == [.stepwise])
    #expect(
      try loops(.auto, hidden: [64], batch: 500, isProcessor: true).loops == [.stepwise])
    let mixed = try loops(.auto, hidden: [64, 200], batch: 32, isProcessor: true)
    #expect(choice(mixed.loops[0])?.rows == 2 && mixed.loops[1] == .stepwise)
  }

  @Test func aChoiceIsMadeToFit() throws {
    func rows(_ units: Int, batch: Int, _ limits: ResidentSizes.Limits) throws -> Int {
      try ResidentSizes(
        units: units, inputSize: 8, batchSize: batch, limits: limits,
        choice: ResidentChoice(rows: 8, items: 256)
      ).rows
    }
    #expect(try rows(64, batch: 1000, OpenCLPlanTests.large) == 8)
    #expect(try rows(64, batch: 3, OpenCLPlanTests.large) == 4)
    #expect(try rows(64, batch: 1, OpenCLPlanTests.large) == 1)
    #expect(try rows(128, batch: 1000, OpenCLPlanTests.small) == 2)
    for units in 1...ResidentSizes.largestUnits {
      for items in ResidentChoice.itemCandidates {
        let sizes = ResidentSizes(units: units, inputs: 8, rows: 1, items: items)
        #expect(sizes.forwardItems <= items && sizes.backwardItems <= items, "\(sizes)")
      }
    }
  }
}

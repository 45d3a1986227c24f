import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

/// What is chosen for shapes and devices.
@Suite struct OpenCLPlanTests {
  /// An H200 as its OpenCL shows it.
  static let large = ResidentSizes.Limits(
    computeUnits: 132, localMemory: 49152, largestWorkGroup: 1024)
  /// The least that the backend takes.
  static let small = ResidentSizes.Limits(
    computeUnits: 4, localMemory: 16384, largestWorkGroup: 256)

  private func loops(
    _ plan: OpenCLPlanSelection, hidden: [Int], inputs: Int = 8, batch: Int = 32,
    isProcessor: Bool = false, runsSideBySide: Bool = false
  ) throws -> NetworkPlan {
    var rules = PlanChoice.Rules(limits: Self.large, isProcessor: isProcessor)
    rules.runsSideBySide = runsSideBySide
    let layers = hidden.enumerated().map { index, units in
      (LSTMLayer(hiddenSize: units), index == 0 ? inputs : hidden[index - 1])
    }
    return try NetworkPlan(plan, for: layers, batchSize: batch, rules)
  }

  private func resident(
    _ units: Int, inputs: Int, batch: Int, _ limits: ResidentSizes.Limits = large
  ) throws -> ResidentSizes {
    try ResidentSizes(units: units, inputSize: inputs, batchSize: batch, limits: limits)
  }

  @Test func choosesResidentWhereItFits() throws {
    let all = try loops(.auto, hidden: [64, 128])
    #expect(all.description.hasPrefix("resident, float32: "))
    #expect(all.description.hasSuffix("(every layer fits), 1 row in a work-group"))
    let some = try loops(.auto, hidden: [64, 129, 16])
    #expect(some.loops[1] == .stepwise && some.loops[0] != .stepwise && some.loops[2] != .stepwise)
    #expect(some.description.contains("all steps of layer 1, 3"))
    #expect(some.description.contains("layer 2: the resident plan takes layers of 128 units"))
    let processor = try loops(.auto, hidden: [64], isProcessor: true)
    #expect(processor.loops == [.stepwise])
    #expect(processor.description.contains("the processor itself"))
  }

  @Test func choosesCooperativeForLargeLayersOfTeamsOfFewRows() throws {
    let plan = try loops(.auto, hidden: [64, 512], runsSideBySide: true)
    #expect(plan.loops.map(\.self) == [plan.loops[0], .cooperative(try cooperative(512))])
    #expect(plan.description.hasPrefix("resident and cooperative, float32: one launch"))
    #expect(plan.description.contains("layer 2 shared by 32 work-groups in each of 4 teams"))
    for (units, batch, isChosen) in [
      (129, 32, true), (1024, 1, true), (1024, 33, false), (1100, 1, false), (128, 1, false),
      (256, 512, true), (256, 513, false), (512, 128, true), (512, 129, false),
    ] {
      let plan = try loops(.auto, hidden: [units], batch: batch, runsSideBySide: true)
      #expect(
        plan.description.hasPrefix("cooperative") == isChosen, "\(units), \(batch): \(plan)")
    }
    #expect(try loops(.auto, hidden: [512]).loops == [.stepwise], "it was not found out")
    let gaveUp = plan.givenUp()
    #expect(gaveUp.loops == [plan.loops[0], .stepwise])
    #expect(gaveUp.description.contains("cooperative gave up: work-groups do not run side by side"))
  }

  private func cooperative(
    _ units: Int, batch: Int = 32, _ limits: ResidentSizes.Limits = large
  ) throws -> CooperativeSizes {
    try CooperativeSizes(units: units, batchSize: batch, limits: limits)
  }

  /// Work-groups with an equal share and at most 256 items, all of them at the same time.
  @Test func sharesUnitsAmongComputeUnits() throws {
    for units in [1, 2, 17, 64, 131, 132, 133, 257, 512, 1000, 1024, 2048, 5000] {
      for limits in [Self.large, Self.small] {
        guard let sizes = try? cooperative(units, limits) else {
          #expect(units == 5000 && limits == Self.small, "\(units), \(limits)")
          continue
        }
        #expect(sizes.groups * sizes.teams <= limits.computeUnits, "\(sizes)")
        #expect(sizes.teams * sizes.teamRows >= 32 && sizes.itemCount <= 256, "\(sizes)")
        #expect(sizes.rows >= 1 && sizes.rows <= 4, "\(sizes)")
        if limits == Self.large {
          #expect(sizes.groups * sizes.sliceUnits >= units, "\(sizes)")
        }
      }
    }
    #expect(try cooperative(1024).sliceUnits == 8 && cooperative(1024).groups == 128)
    #expect(try cooperative(1024, batch: 1).rows == 1)
    let teams = try cooperative(256, batch: 64)
    #expect(teams.groups == 8 && teams.teams == 16 && teams.teamRows == 4 && teams.rows == 4)
    let few = try cooperative(256, batch: 3)
    #expect(few.teams == 3 && few.rows == 1, "a team for each row")
    #expect(throws: LSTMError.self) { try cooperative(5000, Self.small) }
  }

  @Test func doesWhatIsForcedOrSaysWhyNot() throws {
    #expect(try loops(.stepwise, hidden: [64, 8]).loops == [.stepwise, .stepwise])
    #expect(try loops(.resident, hidden: [64], isProcessor: true).loops != [.stepwise])
    let error = #expect(throws: LSTMError.self) { try loops(.resident, hidden: [64, 300]) }
    guard case .invalidConfiguration(let message) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(message.contains("128") && message.contains("300") && !message.contains("\n"))
  }

  /// A driver that has no registers for a kernel's work-group leaves the other layers as they are.
  @Test func autoGoesOnWhereADeviceRefusesAKernel() throws {
    let refusal = OpenCLError(
      status: .outOfResources, call: "clGetKernelWorkGroupInfo(k)", detail: "256 items\nmore")
    var plan = try loops(.auto, hidden: [64, 256, 300], runsSideBySide: true)
    let before = plan
    try plan.passOverRefused { _, _ in }
    #expect(plan == before)
    #expect(plan.loops.map(\.kind) == [.resident, .cooperative, .cooperative])
    try plan.passOverRefused { index, loop throws(OpenCLError) in
      if index == 1, loop == before.loops[1] { throw refusal }
    }
    #expect(plan.loops == [before.loops[0], .stepwise, before.loops[2]])
    #expect(plan.description.contains("the device refuses its kernels"))
    #expect(plan.description.contains("CL_OUT_OF_RESOURCES: 256 items"))
    #expect(!plan.description.contains("\n") && !plan.description.contains("every layer fits"))
    // What is refused next leaves the operations that steps are composed of.
    try plan.passOverRefused { index, _ throws(OpenCLError) in if index == 1 { throw refusal } }
    #expect(plan.loops == [before.loops[0], .composed, before.loops[2]])
    let lost = OpenCLError(status: .deviceNotFound, call: "clCreateKernel(k)")
    let error = #expect(throws: OpenCLError.self) {
      try plan.passOverRefused { _, _ throws(OpenCLError) in throw lost }
    }
    #expect(error == lost)
  }

  /// The whole table for a layer: what comes first, and what is against it.
  @Test func listsWhatThereIsForALayer() {
    func table(
      _ units: Int, isProcessor: Bool = false, _ precision: Precision = .float32,
      _ change: (inout LSTMLayer) -> Void = { _ in }
    ) -> [String] {
      var layer = LSTMLayer(hiddenSize: units)
      change(&layer)
      var rules = PlanChoice.Rules(limits: Self.large, isProcessor: isProcessor)
      (rules.runsSideBySide, rules.precision) = (true, precision)
      return PlanChoice(layer, inputSize: 8, batchSize: 32, rules).candidates.map {
        "\($0.kind): \($0.objection ?? "ok")"
      }
    }
    let few = "64 units are too few to share among work-groups"
    #expect(
      table(64) == ["resident: ok", "cooperative: \(few)", "stepwise: ok", "composed: ok"])
    // Options take nothing away.
    #expect(
      table(64) { layer in
        (layer.bias, layer.direction, layer.hasPeepholes) = (.one, .bidirectional, true)
        (layer.couplesGates, layer.gateClip, layer.cellClip) = (true, 1, 1)
        (layer.dropout, layer.recurrentDropout) = (0.1, 0.1)
        (layer.zoneoutHidden, layer.zoneoutCell) = (0.1, 0.1)
      } == table(64))
    #expect(table(300)[0].contains("layers of 128 units at most"))
    #expect(table(300)[1...] == ["cooperative: ok", "stepwise: ok", "composed: ok"])
    #expect(table(64, isProcessor: true)[0].contains("the processor itself"))
    for (reason, layer) in [
      ("a projection", table(64) { $0.projectionSize = 8 }),
      ("normalized gates", table(64) { $0.normalizesGates = true }),
      ("float32 only", table(64, .bf16)),
    ] {
      #expect(layer.dropLast().allSatisfy { $0.contains(reason) }, "\(layer)")
      #expect(layer.last == "composed: ok")
    }
  }

  /// A forced plan runs what it can, and says why not otherwise.
  @Test func forcedPlansTakeOptionsOrSayWhyNot() throws {
    func plan(
      _ selection: OpenCLPlanSelection, _ change: (inout LSTMLayer) -> Void
    ) throws -> NetworkPlan {
      var layer = LSTMLayer(hiddenSize: 20)
      change(&layer)
      return try NetworkPlan(
        selection, for: [(layer, 3)], batchSize: 4,
        PlanChoice.Rules(limits: Self.large, isProcessor: true))
    }
    #expect(try plan(.resident) { $0.zoneoutCell = 0.5 }.loops[0].kind == .resident)
    #expect(try plan(.cooperative) { $0.hasPeepholes = true }.loops[0].kind == .cooperative)
    #expect(try plan(.stepwise) { $0.projectionSize = 3 }.loops == [.composed])
    let error = #expect(throws: LSTMError.self) {
      try plan(.resident) { $0.projectionSize = 3 }
    }
    #expect(error?.description.contains("a projection is composed of operations") == true)
  }

  /// What a driver says of a kernel is at least what its device takes of the smallest.
  @Test(.enabled(if: KernelBench.hasDevice))
  func knowsTheLargestWorkGroup() throws {
    let context = try KernelBench().library.context
    let program = try context.program(
      files: [SourceFile(name: "empty.cl", text: "__kernel void empty() {}")], options: [])
    let largest = try Kernel("empty", of: program).largestWorkGroup(on: context.device)
    #expect(largest >= 256 && largest <= context.device.largestWorkGroup)
  }

  /// What is held in registers leaves enough of them for the rest; a single four is never left out.
  @Test func holdsWhatRegistersThereAre() throws {
    #expect(try resident(64, inputs: 8, batch: 1).forwardHeld == 20, "all of it")
    let large = try resident(128, inputs: 64, batch: 1)
    #expect(large.forwardDepth == 64 && large.forwardHeld == 52 && large.backwardHeld == 52)
    let many = try resident(128, inputs: 64, batch: 4096)
    #expect(many.rows == 4 && many.forwardHeld == 44 && many.backwardHeld == 44)
    for units in 1...128 {
      for batch in [1, 300, 4096] {
        let sizes = try resident(units, inputs: 1, batch: batch)
        for (depth, held) in [
          (sizes.forwardDepth, sizes.forwardHeld), (sizes.backwardDepth, sizes.backwardHeld),
        ] {
          #expect(held > 0 && held % 4 == 0 && (held == depth || held + 8 <= depth), "\(sizes)")
        }
      }
    }
  }

  @Test func projectsFewInputsInside() throws {
    for (units, inputs, isInside) in [
      (64, 1, true), (64, 32, true), (64, 33, false), (8, 16, true), (8, 17, false),
      (96, 32, true), (96, 33, false), (128, 1, false),
    ] {
      #expect(
        try resident(units, inputs: inputs, batch: 1).inputs == (isInside ? inputs : 0),
        "\(inputs) inputs, \(units) units")
    }
  }

  /// As few rows as leave a place for each work-group.
  @Test func givesRowsToWorkGroupsAsTheDeviceFills() throws {
    // Two work-groups of 64 units on a compute unit, one of 128, four of small ones.
    for (units, batch, rows) in [
      (64, 1, 1), (64, 264, 1), (64, 265, 2), (64, 528, 2), (64, 529, 4), (64, 100_000, 4),
      (128, 132, 1), (128, 133, 2), (128, 265, 4), (16, 528, 1), (16, 529, 2), (16, 1057, 4),
    ] {
      #expect(
        try resident(units, inputs: 1, batch: batch).rows == rows, "batch \(batch), \(units) units")
    }
    // 6 KiB a row at 128 units.
    #expect(try resident(128, inputs: 1, batch: 100_000, Self.small).rows == 2)
  }

  /// Whole rounds of four warps where registers allow it, and no more weights than they hold.
  @Test func cutsSlicesSoThatAllQuartersHaveTheSameToDo() throws {
    for (units, inputs, forward, backward) in [
      (32, 8, 128, 128), (64, 8, 256, 256), (88, 104, 352, 242), (96, 8, 384, 240),
      (128, 16, 256, 256),
    ] {
      let sizes = try resident(units, inputs: inputs, batch: 1)
      #expect(sizes.forwardItems == forward && sizes.backwardItems == backward, "\(sizes)")
    }
    for units in 1...ResidentSizes.largestUnits {
      let sizes = try resident(units, inputs: 8, batch: 1)
      let items = max(sizes.forwardItems, sizes.backwardItems)
      #expect(items <= 512, "\(sizes)")
      #expect(
        sizes.forwardDepth * sizes.forwardItems >= (units + sizes.inputs) * units, "\(sizes)")
    }
  }

  /// More rows only where that makes up for fewer work-groups.
  @Test func stepsHaveLargerTilesAsTheDeviceFills() {
    for (units, batch, itemRows, tileRows) in [
      (512, 16, 2, 8), (1024, 16, 2, 8), (1024, 128, 8, 32), (4096, 16, 2, 8),
      (4096, 128, 8, 32),
    ] {
      let sizes = StepSizes(units: units, batchSize: batch, limits: Self.large)
      #expect(
        sizes == StepSizes(itemRows: itemRows, tileRows: tileRows), "\(units), \(batch): \(sizes)")
    }
    #expect(
      StepSizes(units: 4096, batchSize: 128, limits: Self.small)
        == StepSizes(itemRows: 4, tileRows: 16), "local memory is short")
  }

  @Test func fitsTheSmallestDevice() throws {
    for units in 1...ResidentSizes.largestUnits {
      for inputs in [1, 16, units / 2 + 1, 200] {
        let sizes = try resident(units, inputs: inputs, batch: 1, Self.small)
        #expect(sizes.forwardItems <= 256 && sizes.backwardItems <= 256, "\(sizes)")
      }
    }
    let tiny = ResidentSizes.Limits(computeUnits: 4, localMemory: 4096, largestWorkGroup: 256)
    #expect(throws: LSTMError.self) { try resident(128, inputs: 1, batch: 1, tiny) }
    let narrow = ResidentSizes.Limits(computeUnits: 4, localMemory: 16384, largestWorkGroup: 64)
    #expect(throws: LSTMError.self) { try resident(128, inputs: 1, batch: 1, narrow) }
  }

  @Test func choosesSlicesByShapeAndDevice() throws {
    func slices(_ hidden: Int, batch: Int, steps: Int, units: Int) throws -> Int {
      try PassSizes(
        for: NetworkSpecification(inputSize: 8, hiddenSizes: [hidden], outputSize: 1),
        configuration: ExecutorConfiguration(mode: .training, batchSize: batch, steps: steps),
        loops: [.stepwise], computeUnits: units
      ).gradientSlices
    }
    // A large device and a small result: enough to fill it, but none shorter than 64.
    #expect(try slices(64, batch: 32, steps: 30, units: 132) == 15)
    #expect(try slices(64, batch: 256, steps: 100, units: 132) == 64)
    // A large result fills the device by itself.
    #expect(try slices(1024, batch: 64, steps: 50, units: 132) == 1)
    // However few the units, no sum is longer than 8192.
    #expect(try slices(64, batch: 1024, steps: 100, units: 1) == 13)
  }

  /// Where the inputs are projected inside there are no gates to hold.
  @Test func keepsInferenceWithinBounds() throws {
    let specification = try NetworkSpecification(
      inputSize: 8, hiddenSizes: [64], outputSize: 1)
    func steps(_ loop: LayerLoop) -> Int {
      PassSizes(
        for: specification,
        configuration: ExecutorConfiguration(mode: .inference, batchSize: 4096, steps: 168),
        loops: [loop], computeUnits: 132
      ).stepsAtOnce
    }
    #expect(steps(.stepwise) == 16)
    #expect(try steps(.resident(resident(64, inputs: 100, batch: 4096))) == 16)
    #expect(try steps(.resident(resident(64, inputs: 8, batch: 4096))) == 168)
  }
}

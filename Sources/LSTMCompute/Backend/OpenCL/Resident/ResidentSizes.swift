internal import OpenCL

/// How a layer is laid out for `Kernels/lstm_resident_forward.cl` and its backward.
struct ResidentSizes: Hashable, Sendable {
  /// What decides on a device.
  struct Limits: Hashable, Sendable {
    var computeUnits: Int
    /// In bytes, of a work-group.
    var localMemory: Int
    var largestWorkGroup: Int

    init(computeUnits: Int, localMemory: Int, largestWorkGroup: Int) {
      self.computeUnits = computeUnits
      self.localMemory = localMemory
      self.largestWorkGroup = largestWorkGroup
    }

    init(_ device: Device) {
      self.init(
        computeUnits: device.computeUnits, localMemory: device.localMemorySize,
        largestWorkGroup: device.largestWorkGroup)
    }
  }

  /// What one compute unit of a GPU has for the registers of all its items, in floats.
  ///
  /// It is 256 KiB on those of the last ten years. OpenCL has no query for it.
  private static let registers = 65536
  /// Items among which a layer is shared, as near as it goes: two work-groups of 256 items with
  /// 128 registers each fill a compute unit, and one of them with 255 registers does too.
  static let items = 256
  /// What an item needs besides its weights, roughly.
  private static let otherRegisters = 48
  /// More an item cannot have; the rest of its weights lies in private memory.
  private static let largestRegisters = 255
  /// What a warp issues in a step besides its multiply-adds.
  private static let otherInstructions = 30
  /// Items that step together, and the parts of a compute unit that each issue for some of them.
  private static let warp = 32
  private static let quarters = 4
  /// The most items of a work-group, unless they were measured.
  private static let mostItems = 512
  /// More work-groups than this on a compute unit hide no more of each other's waits.
  private static let largestPlaces = 4
  /// A shorter slice is not worth the exchange of its part.
  private static let shortestDepth = 8
  /// Inputs that are always projected inside: they are fewer floats than the gates.
  private static let fewInputs = 16

  /// The most units a layer may have: R, 4 H² floats, fills the registers of a compute unit.
  static let largestUnits = 128
  /// More would need more registers than they save time.
  static let largestRows = 4

  /// `H`.
  var units: Int
  /// `I` where the inputs are projected inside, 0 where a product does it before.
  var inputs: Int
  /// The rows of the batch of a work-group.
  var rows: Int
  /// The length of an item's part of H + I, forward.
  var forwardDepth: Int
  /// The length of an item's part of 4H, backward.
  var backwardDepth: Int

  /// Sizes for any rows, as the kernels' tests want them.
  init(units: Int, inputs: Int, rows: Int, items: Int = Self.items) {
    self.units = units
    self.inputs = inputs
    self.rows = rows
    forwardDepth = Self.depth(of: units + inputs, items: items, itemsPerSlice: units)
    backwardDepth = Self.depth(of: 4 * units, items: items, itemsPerSlice: tiles(units, of: 4))
  }

  /// The same with slices by the rule.
  private init(units: Int, inputs: Int, rows: Int, largestWorkGroup: Int) {
    let items = min(Self.mostItems, largestWorkGroup)
    self.init(units: units, inputs: inputs, rows: rows, items: items)
    forwardDepth = Self.quickestDepth(
      of: units + inputs, items: items, itemsPerSlice: units, cyclesPerPart: 5, cells: units)
    backwardDepth = Self.quickestDepth(
      of: 4 * units, items: items, itemsPerSlice: tiles(units, of: 4), cyclesPerPart: 3,
      cells: units)
  }

  /// Sizes for a layer of a network on a device.
  ///
  /// - Parameters:
  ///   - units: `H`.
  ///   - inputSize: `I`.
  ///   - batchSize: `B`.
  ///   - limits: The device's.
  ///   - choice: What was measured for layers like this one; fewer rows are taken where there are
  ///     not as many, or where local memory is short.
  /// - Throws: `LSTMError.invalidConfiguration`, with the limit, where the layer does not fit.
  init(
    units: Int, inputSize: Int, batchSize: Int, limits: Limits, choice: ResidentChoice? = nil
  ) throws(LSTMError) {
    guard units <= Self.largestUnits else {
      throw .invalidConfiguration(
        "the resident plan takes layers of \(Self.largestUnits) units at most, whose weights are "
          + "what a compute unit can hold; this network has one of \(units)")
    }
    // A quarter of the registers is for all else.
    let inside =
      inputSize <= max(units / 2, Self.fewInputs)
      && 4 * units * (units + inputSize) <= Self.registers / 4 * 3
    let inputs = inside ? inputSize : 0
    if let choice {
      self.init(units: units, inputs: inputs, rows: choice.rows, items: choice.items)
    } else {
      self.init(
        units: units, inputs: inputs, rows: 1, largestWorkGroup: limits.largestWorkGroup)
    }
    if choice != nil {
      while rows > 1, rows >= 2 * batchSize || localMemory(ofRows: rows) > limits.localMemory {
        rows /= 2
      }
    } else {
      // The fewest rows with which all work-groups have a place at once: a second round would take
      // as long as the first, all T steps.
      while rows < Self.largestRows, tiles(batchSize, of: rows) > places * limits.computeUnits,
        localMemory(ofRows: 2 * rows) <= limits.localMemory
      {
        rows *= 2
      }
    }
    guard localMemory(ofRows: rows) <= limits.localMemory else {
      throw .invalidConfiguration(
        "the resident plan needs \(localMemory(ofRows: rows)) bytes of local memory for a layer of "
          + "\(units) units; the device has \(limits.localMemory)")
    }
    let largest = max(forwardItems, backwardItems)
    guard largest <= limits.largestWorkGroup else {
      throw .invalidConfiguration(
        "the resident plan needs work-groups of \(largest) items for a layer of \(units) units; "
          + "the device has \(limits.largestWorkGroup) at most")
    }
  }

  /// A multiple of four.
  private static func depth(of columns: Int, items: Int, itemsPerSlice: Int) -> Int {
    let slices = max(1, items / itemsPerSlice)
    return max(shortestDepth, tiles(tiles(columns, of: slices), of: 4) * 4)
  }

  /// The depth with which a step takes the fewest cycles to issue for one row.
  ///
  /// A quarter of a compute unit issues an instruction a cycle for one of its warps: four
  /// multiply-adds and a quarter of a read for a column, and a read for each weight beyond the
  /// registers. So three warps on one quarter and two on the others take as long as twelve. A quarter
  /// with a single warp waits for its results now and then. The parts of the slices are added by
  /// those items that have cells.
  private static func quickestDepth(
    of columns: Int, items: Int, itemsPerSlice: Int, cyclesPerPart: Int, cells: Int
  ) -> Int {
    func warpsOfQuarter(_ items: Int) -> Int { tiles(tiles(items, of: warp), of: quarters) }
    func cycles(_ depth: Int) -> Int {
      let slices = tiles(columns, of: depth)
      let warps = warpsOfQuarter(slices * itemsPerSlice)
      let available = min(registers / (warps * quarters * warp), largestRegisters)
      let excess = max(0, 4 * depth + otherRegisters - available)
      let issued = warps * (4 * depth + depth / 4 + excess + otherInstructions)
      return issued + (warps == 1 ? issued / 2 : 0) + cyclesPerPart * slices * warpsOfQuarter(cells)
    }
    let depths = (1...max(1, items / itemsPerSlice)).map { slices in
      max(shortestDepth, tiles(tiles(columns, of: slices), of: 4) * 4)
    }
    return depths.min { cycles($0) < cycles($1) } ?? depths[0]
  }

  private var forwardSlices: Int { tiles(units + inputs, of: forwardDepth) }
  private var backwardSlices: Int { tiles(4 * units, of: backwardDepth) }

  /// The items of a work-group, forward.
  var forwardItems: Int { units * forwardSlices }
  /// The items of a work-group, backward.
  var backwardItems: Int { tiles(units, of: 4) * backwardSlices }

  /// Of an item's part of H + I, how much stays in its registers, forward.
  var forwardHeld: Int {
    Self.held(of: forwardDepth, items: forwardItems, rows: rows)
  }
  /// Of an item's part of 4H, how much stays in its registers, backward.
  var backwardHeld: Int {
    Self.held(of: backwardDepth, items: backwardItems, rows: rows)
  }

  /// How much of an item's part stays in registers, a multiple of four.
  ///
  /// What is left for the others was found by an assembler. Where a kernel wants a little more than
  /// there are, it can put everything into private memory; so the kernels are told what to put there.
  private static func held(of depth: Int, items: Int, rows: Int) -> Int {
    let available = min(registers / (tiles(items, of: warp) * warp), largestRegisters)
    let others = rows == 1 ? 47 : 39 + 10 * rows
    let most = max((available - others) / 16 * 4, shortestDepth)
    if depth <= most || 4 * depth + 56 <= available { return depth }
    // A single four would be put into registers after all: no loop is needed for it.
    return min(most, depth - 8)
  }

  /// How many work-groups a compute unit has at once, by the registers of their items.
  var places: Int {
    let forward = forwardItems * (4 * forwardDepth + Self.otherRegisters)
    let backward = backwardItems * (4 * backwardDepth + Self.otherRegisters)
    return min(max(Self.registers / max(forward, backward), 1), Self.largestPlaces)
  }

  /// What either pass is built for, with the length of an item's part and what of it stays in registers.
  func definitions(depth: Int, held: Int) -> [(name: String, value: Int)] {
    [("UNITS", units), ("ROWS", rows), ("DEPTH", depth), ("HELD", held)]
  }

  /// In bytes: the vector that is multiplied, and the slices' parts, of either pass; and the biases,
  /// where inputs are projected inside.
  private func localMemory(ofRows rows: Int) -> Int {
    let forward = forwardSlices * (forwardDepth + 4 * units)
    let backward = backwardSlices * (backwardDepth + 4 * tiles(units, of: 4))
    return 4 * max(rows * forward + (inputs > 0 ? 4 * units : 0), rows * backward)
  }
}

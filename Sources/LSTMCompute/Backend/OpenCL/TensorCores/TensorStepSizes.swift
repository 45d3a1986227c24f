/// How a time step on tensor cores is cut for work-groups: macros of `Kernels/tensor_step.cl`.
package struct TensorStepSizes: Hashable, Sendable {
  /// Fragments of 16 rows of a work-group.
  package var rowFragments: Int
  /// Fragments of 8 columns of a warp; four gates forward.
  package var columnFragments = 4
  /// Warps side by side along the units.
  package var unitWarps: Int
  /// Warps that share the sum over k.
  package var depthWarps: Int
  /// Blocks of 16 words along k that a warp multiplies between two barriers.
  package var blocks = 1
  /// Work-groups that share the sum over k; backward only.
  package var slices = 1

  package init(
    rowFragments: Int, columnFragments: Int = 4, unitWarps: Int, depthWarps: Int, blocks: Int = 1,
    slices: Int = 1
  ) {
    self.rowFragments = rowFragments
    self.columnFragments = columnFragments
    self.unitWarps = unitWarps
    self.depthWarps = depthWarps
    self.blocks = blocks
    self.slices = slices
  }

  /// A single warp, which is the least for a processor to take turns at.
  package static let smallest = TensorStepSizes(rowFragments: 1, unitWarps: 1, depthWarps: 1)

  /// Those for a GPU, with the most work-groups first.
  package static let candidates = [
    TensorStepSizes(rowFragments: 1, unitWarps: 1, depthWarps: 8),
    TensorStepSizes(rowFragments: 1, unitWarps: 2, depthWarps: 4, blocks: 2),
    TensorStepSizes(rowFragments: 2, unitWarps: 1, depthWarps: 8),
    TensorStepSizes(rowFragments: 2, unitWarps: 2, depthWarps: 4),
    TensorStepSizes(rowFragments: 4, unitWarps: 1, depthWarps: 4),
    TensorStepSizes(rowFragments: 4, unitWarps: 2, depthWarps: 2),
    TensorStepSizes(rowFragments: 4, unitWarps: 4, depthWarps: 1),
    TensorStepSizes(rowFragments: 8, unitWarps: 2, depthWarps: 2),
    TensorStepSizes(rowFragments: 8, unitWarps: 4, depthWarps: 1),
  ]

  /// What a step multiplies: `[rows, depth]` by `[depth, units]`, or by four times as many columns.
  package struct Product: Hashable, Sendable {
    /// `B`.
    package var rows: Int
    /// `H`.
    package var units: Int
    /// What is summed over: `H` forward, `4H` backward.
    package var depth: Int
    /// Columns of a unit: its gates forward, one backward.
    package var columnsOfUnit: Int
    /// Numbers in a word of 32 bits as they are multiplied.
    package var numbersOfWord: Int
    /// Of R in memory.
    package var bytesOfWeight: Int

    package init(
      rows: Int, units: Int, depth: Int, columnsOfUnit: Int, numbersOfWord: Int, bytesOfWeight: Int
    ) {
      self.rows = rows
      self.units = units
      self.depth = depth
      self.columnsOfUnit = columnsOfUnit
      self.numbersOfWord = numbersOfWord
      self.bytesOfWeight = bytesOfWeight
    }
  }

  /// The sizes for a product on a GPU; column fragments are left as they are given.
  package init(
    for product: Product, columnFragments: Int = 4, limits: ResidentSizes.Limits
  ) {
    var fitting: [TensorStepSizes] = []
    // The gates that a cell needs are not shared forward.
    for slices in product.columnsOfUnit == 1 ? [1, 2, 4, 8, 16] : [1] {
      // Slices are for devices that the tiles alone do not fill.
      for candidate in Self.candidates {
        var sizes = candidate
        (sizes.columnFragments, sizes.slices) = (columnFragments, slices)
        // No more rows than there are, but for those of a last fragment of the smallest size.
        let isUsed = sizes.rowFragments == 1 || sizes.tileRows / 2 < product.rows
        let fills = sizes.tileCount(of: product) >= 4 * limits.computeUnits
        if isUsed, slices == 1 || !fills, sizes.items <= limits.largestWorkGroup,
          sizes.localMemory <= limits.localMemory
        {
          fitting.append(sizes)
        }
      }
    }
    let cycles = fitting.map { $0.cycles(for: product, computeUnits: limits.computeUnits) }
    // Of equal ones the first, which has more work-groups.
    self = cycles.indices.min { cycles[$0] < cycles[$1] }.map { fitting[$0] } ?? .smallest
    self.columnFragments = columnFragments
  }

  /// Items of a work-group.
  package var items: Int { 32 * unitWarps * depthWarps }
  /// Rows of a work-group's tile.
  package var tileRows: Int { 16 * rowFragments }
  /// Units of a work-group's tile.
  func tileUnits(_ columnsOfUnit: Int) -> Int {
    8 * columnFragments / columnsOfUnit * unitWarps
  }

  /// The tiles of a product.
  private func tileCount(of product: Product) -> Int {
    tiles(product.rows, of: tileRows) * tiles(product.units, of: tileUnits(product.columnsOfUnit))
  }

  /// In bytes, as the kernels have it without what emulates tensor cores.
  package var localMemory: Int {
    let warps = unitWarps * depthWarps
    let tiles = 2 * depthWarps * blocks * (64 * rowFragments + 4)
    let pieces = min(rowFragments * warps, 16) * columnFragments * 32
    // With slices a word says who is the last.
    return 16 * max(tiles, pieces) + (slices > 1 ? 16 : 0)
  }

  /// Numbers along k between two barriers.
  func tileDepth(_ numbersOfWord: Int) -> Int { 16 * numbersOfWord * blocks * depthWarps }

  // What follows only ranks the candidates. Of an H200; of others the proportions are alike.

  /// Bytes that a compute unit takes from the second-level cache in a cycle.
  private static let bytesOfCycle = 24.0
  /// Cycles in which the next tile arrives, however little there is to do.
  private static let arrival = 700.0
  /// Cycles that a quarter of a compute unit takes for a product of fragments.
  private static let cyclesOfFragment = 6.5
  /// Warps of a compute unit beyond which nobody's waits are hidden any better.
  private static let mostWarps = 8
  /// Cells that an item asks for at once.
  private static let cellsAtOnce = 4
  /// Cycles in which a work-group tells the others that it is done.
  private static let handOver = 2000.0

  /// In which a compute unit does its share of a step: what bounds the product, which is the way from
  /// memory, the instructions or the waits, and then the cells.
  func cycles(for product: Product, computeUnits: Int) -> Double {
    let columns = columnFragments * 8 * unitWarps
    let tileUnits = tileUnits(product.columnsOfUnit)
    let groups = slices * tileCount(of: product)
    // One after the other or side by side, a compute unit does them all.
    let share = tiles(groups, of: computeUnits)
    let depth = tiles(product.depth, of: slices)
    let blocksOfWarp = tiles(tiles(depth, of: 16 * product.numbersOfWord), of: depthWarps)
    let bytes = depth * (4 * min(product.rows, tileRows) + product.bytesOfWeight * columns)
    let products = Double(2 * rowFragments * columnFragments)
    // Six instructions round a number to tf32, one rounds two to 16 bits.
    let words = Double(4 * columnFragments + 8 * rowFragments / unitWarps)
    let rounding = product.numbersOfWord == 1 ? 6.0 : 1.0
    let issued = max(Self.cyclesOfFragment * products, 45 + 1.3 * products + rounding * words)
    let warps = unitWarps * depthWarps
    let atOnce = max(1, Self.mostWarps / warps)
    let rounds = tiles(share, of: atOnce)
    let multiplying = max(
      Double(share * bytes) / Self.bytesOfCycle,
      Double(share * tiles(warps, of: 4) * blocksOfWarp) * issued,
      Double(rounds * tiles(blocksOfWarp, of: blocks)) * Self.arrival)

    let turns = tiles(
      tiles(min(tileRows, product.rows) * tileUnits, of: items), of: Self.cellsAtOnce)
    // Of each tile one work-group computes the cells.
    let cellRounds = tiles(tiles(tileCount(of: product), of: computeUnits), of: atOnce)
    let cells = Double(cellRounds * turns) * Self.arrival
    // What the slices leave is written and read once.
    let left = 8 * slices * product.rows * product.units / computeUnits
    return multiplying + cells
      + (slices == 1 ? 0 : Self.handOver + Double(left) / Self.bytesOfCycle)
  }
}

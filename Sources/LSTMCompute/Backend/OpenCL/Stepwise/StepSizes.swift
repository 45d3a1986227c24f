package import OpenCL

/// How a time step is cut for work-groups: macros of `Kernels/lstm_step_forward.cl` and its backward.
package struct StepSizes: Hashable, Sendable {
  /// Rows of an item, forward.
  package var itemRows: Int
  /// Rows of a work-group's tile, backward.
  package var tileRows: Int

  package init(itemRows: Int, tileRows: Int) {
    self.itemRows = itemRows
    self.tileRows = tileRows
  }

  /// Those with the most work-groups.
  package static let smallest = StepSizes(
    itemRows: forwardCandidates[0].rows, tileRows: backwardCandidates[0].rows)

  /// One size that there is.
  private struct Candidate {
    let rows: Int
    /// In which a quarter of a compute unit issues the instructions for a depth of the tiles.
    ///
    /// They are counted in what an assembler makes of the kernel, and only rank the candidates.
    let cycles: Int
    /// In bytes.
    let localMemory: Int
  }

  /// More rows read R less often and multiply more between two reads of local memory.
  private static let forwardCandidates = [
    Candidate(rows: 2, cycles: 450, localMemory: 11008),
    Candidate(rows: 4, cycles: 740, localMemory: 13312),
    Candidate(rows: 8, cycles: 1310, localMemory: 17408),
  ]
  private static let backwardCandidates = [
    Candidate(rows: 8, cycles: 270, localMemory: 7168),
    Candidate(rows: 16, cycles: 460, localMemory: 13312),
    Candidate(rows: 32, cycles: 830, localMemory: 25600),
  ]
  /// Cycles in which the next tile arrives, however little there is to do.
  private static let arrival = 700

  /// Sizes for a layer and a batch on a device.
  package init(units: Int, batchSize: Int, on device: Device) {
    self =
      device.isProcessor
      ? .smallest
      : StepSizes(units: units, batchSize: batchSize, limits: ResidentSizes.Limits(device))
  }

  /// Sizes for a layer and a batch on a GPU.
  package init(units: Int, batchSize: Int, limits: ResidentSizes.Limits) {
    func fastest(
      _ candidates: [Candidate], unitsOfTile: Int, rowItems: Int
    ) -> Int {
      let fitting = candidates.filter { $0.localMemory <= limits.localMemory }
      let cycles = fitting.map { candidate in
        let groups =
          tiles(units, of: unitsOfTile) * tiles(batchSize, of: rowItems * candidate.rows)
        return max(tiles(groups, of: limits.computeUnits) * candidate.cycles, Self.arrival)
      }
      // Of equal ones the first, which has more work-groups.
      let best = cycles.indices.min { cycles[$0] < cycles[$1] } ?? 0
      return fitting.isEmpty ? candidates[0].rows : fitting[best].rows
    }
    itemRows = fastest(
      Self.forwardCandidates, unitsOfTile: Self.forwardGroup.x, rowItems: Self.forwardGroup.y)
    tileRows = fastest(
      Self.backwardCandidates, unitsOfTile: Self.backwardGroup.x, rowItems: 1)
  }

  static let forwardGroup = WorkSize(16, 8)
  static let backwardGroup = WorkSize(32, 4)
}

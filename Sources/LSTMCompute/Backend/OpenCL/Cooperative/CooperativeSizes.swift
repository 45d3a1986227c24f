/// How a layer is laid out for `Kernels/lstm_cooperative_forward.cl` and its backward.
package struct CooperativeSizes: Hashable, Sendable {
  /// Items among which a slice is shared, as near as it goes.
  ///
  /// One such work-group, with 16 registers for each four that is held and half as many for all else,
  /// fills most of a compute unit.
  private static let items = 256
  /// A smaller work-group has parts without columns besides: PoCL 3.1 copies the code for each of one
  /// or two items instead of looping over them, and then cannot build these kernels.
  private static let fewestItems = 8
  /// Units of a slice; a group whose share is more has several slices.
  private static let largestSlice = 64
  /// More rows at a time would need more registers than they save barriers.
  private static let largestRows = 4
  /// Fours of columns in registers: 128 of them.
  private static let largestHeld = 8
  /// The rows of a team up to which a step is so short that what launches cost counts.
  ///
  /// Beyond, the tiles of the stepwise plan make more of each weight that they read.
  private static let mostTeamRows = 32

  /// `H`.
  package var units: Int
  /// The work-groups that share the units, all of which must run at the same time.
  package var groups: Int
  /// The most teams of so many work-groups in a launch.
  package var teams: Int
  /// The rows of the batch that a team has.
  package var teamRows: Int
  /// The units of a slice.
  package var sliceUnits: Int
  /// The parts into which the columns of R are cut, an item for each unit and part.
  package var parts: Int
  /// The rows of the batch that are in local memory at a time.
  package var rows: Int
  /// The fours of columns that an item has in registers.
  package var held: Int

  /// Sizes for any number of work-groups, as the kernels' tests want them.
  package init(
    units: Int, groups: Int, rows: Int, items: Int? = nil, held: Int? = nil, teams: Int = 1,
    teamRows: Int = Int(Int32.max)
  ) {
    self.units = units
    self.rows = rows
    self.teams = teams
    self.teamRows = teamRows
    self.held = held ?? Self.largestHeld
    sliceUnits = min(tiles(units, of: groups), Self.largestSlice)
    self.groups = min(groups, tiles(units, of: sliceUnits))
    parts = max(
      tiles(Self.fewestItems, of: sliceUnits),
      min((items ?? Self.items) / sliceUnits, tiles(units, of: 4)))
  }

  /// Sizes for a layer of a network on a device: the fewest work-groups whose registers hold R, so
  /// that few wait for each other, in as many teams as there are compute units for.
  ///
  /// - Parameters:
  ///   - units: `H`.
  ///   - batchSize: `B`.
  ///   - limits: The device's.
  ///   - isProcessor: Whether items have no registers of their own, so that to hold weights in them
  ///     only makes kernels long.
  /// - Throws: `LSTMError.invalidConfiguration`, with the limit, where the layer does not fit.
  package init(
    units: Int, batchSize: Int, limits: ResidentSizes.Limits, isProcessor: Bool = false
  ) throws(LSTMError) {
    let items = min(Self.items, limits.largestWorkGroup)
    self.init(units: units, groups: 1, rows: 1, items: items)
    for groups in 1...limits.computeUnits where !holdsAll {
      self = CooperativeSizes(units: units, groups: groups, rows: 1, items: items)
    }
    if isProcessor { held = 1 }
    teamRows = tiles(batchSize, of: max(1, limits.computeUnits / groups))
    teams = tiles(batchSize, of: teamRows)
    while rows < Self.largestRows, rows < teamRows,
      localMemory(ofRows: 2 * rows) <= limits.localMemory
    {
      rows *= 2
    }
    guard localMemory(ofRows: rows) <= limits.localMemory else {
      throw .invalidConfiguration(
        "the cooperative plan needs \(localMemory(ofRows: rows)) bytes of local memory for a layer "
          + "of \(units) units; the device has \(limits.localMemory)")
    }
  }

  /// Why the layer had better not be cooperative where nobody asks for it; nothing where it had.
  func objection(batchSize: Int) -> String? {
    if units <= ResidentSizes.largestUnits {
      return "\(units) units are too few to share among work-groups"
    }
    if !holdsAll {
      return "R of \(units) units is more than \(groups) work-groups hold in registers"
    }
    if teamRows > Self.mostTeamRows {
      return "a batch of \(batchSize) is more than the \(teams * Self.mostTeamRows) for which "
        + "cooperative is chosen"
    }
    return nil
  }

  /// Whether each weight of R stays in a register for the whole sequence.
  private var holdsAll: Bool {
    tiles(tiles(units, of: 4), of: parts) <= held && tiles(units, of: sliceUnits) <= groups
  }

  /// The items of a work-group.
  package var itemCount: Int { sliceUnits * parts }

  /// In bytes: a tile of h, the sums of the parts, and a word.
  private func localMemory(ofRows rows: Int) -> Int {
    let pitch = tiles(tiles(units, of: 4), of: parts) * parts
    return 16 * rows * (pitch + itemCount) + 16
  }

  var definitions: [(name: String, value: Int)] {
    [
      ("UNITS", units), ("SLICE_UNITS", sliceUnits), ("PARTS", parts), ("ROWS", rows),
      ("HELD", held),
    ]
  }
}

/// How a batch is split over threads: into groups of rows, who never wait for each other, and each
/// of them into groups of hidden units, who wait for each other at every step.
struct BatchSplit: Equatable {
  /// The number of groups of rows.
  var rowGroups = 1
  /// The number of groups of units.
  var unitGroups = 1

  var parts: Int { rowGroups * unitGroups }

  /// The rows of a part, of `count`.
  func rows(_ part: Int, of count: Int) -> Range<Int> {
    Self.share(part / unitGroups, of: rowGroups, count)
  }

  /// The units of a part, in panels or in vectors, of `count`.
  func units(_ part: Int, of count: Int) -> Range<Int> {
    Self.share(part % unitGroups, of: unitGroups, count)
  }

  private static func share(_ part: Int, of parts: Int, _ count: Int) -> Range<Int> {
    count * part / parts..<count * (part + 1) / parts
  }
}

extension BatchSplit {
  /// What a step of a layer is made of.
  struct Layer {
    /// The columns of `[W R]`.
    let columns: Int
    let panels: Int
    /// The floats of a panel's column.
    let width: Int
  }

  /// The split into `parts` at most that takes the least time for a step of all layers.
  static func best(_ layers: [Layer], batch: Int, parts: Int) -> BatchSplit {
    var (best, leastTime) = (BatchSplit(), Double.infinity)
    let panels = layers.reduce(0) { max($0, $1.panels) }
    for unitGroups in 1...max(1, min(parts, panels)) {
      let split = BatchSplit(rowGroups: min(batch, parts / unitGroups), unitGroups: unitGroups)
      let time = layers.reduce(0.0) { $0 + split.stepTime($1, batch: batch) }
      if time < leastTime { (best, leastTime) = (split, time) }
    }
    return best
  }

  /// An estimate in multiplications of vectors, about one in a cycle.
  private func stepTime(_ layer: Layer, batch: Int) -> Double {
    let rows = (batch + rowGroups - 1) / rowGroups
    let panels = (layer.panels + unitGroups - 1) / unitGroups
    let panelBytes = 4 * layer.columns * layer.width
    // A tile of six rows has its column of weights from the cache for 24 multiplications, a single
    // row for four.
    let tiles = Double((rows + 5) / 6)
    let work = 4 * Double(rows) / tiles
    let column =
      max(work, Self.loadTime(bytes: panels * panelBytes, shared: layer.panels * panelBytes))
      + (tiles - 1) * max(work, Self.loadTime(bytes: panelBytes, shared: 0))
    let time = Double(panels) * (Double(layer.columns) * column + 90 * Double(rows))
    // Threads who wait for each other: the slowest one counts, and the line they count on travels.
    return unitGroups == 1 ? time : 1.1 * time + 1000 + 100 * Double(parts)
  }

  /// The time to load a panel's column, by the size of what a thread reads again and again, and of
  /// what all threads read, who share the last cache.
  private static func loadTime(bytes: Int, shared: Int) -> Double {
    shared > 24 << 20 ? 50 : bytes <= 24 << 10 ? 4 : bytes <= 800 << 10 ? 8 : 12
  }
}

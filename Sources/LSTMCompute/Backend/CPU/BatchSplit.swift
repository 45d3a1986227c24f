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
    /// The columns of W and of R.
    let inputColumns: Int
    let recurrentColumns: Int
    let panels: Int
    /// The floats of a panel's column.
    let width: Int

    fileprivate func bytes(_ panels: Int, columns: Int) -> Int { 4 * panels * columns * width }
  }

  /// The split into `parts` at most that takes the least time for a step of all layers.
  static func best(_ layers: [Layer], batch: Int, steps: Int, parts: Int) -> BatchSplit {
    var (best, leastTime) = (BatchSplit(), Double.infinity)
    let panels = layers.reduce(0) { max($0, $1.panels) }
    for unitGroups in 1...max(1, min(parts, panels)) {
      let split = BatchSplit(rowGroups: min(batch, parts / unitGroups), unitGroups: unitGroups)
      let time = layers.reduce(0.0) { sum, layer in
        let ahead = split.stepsAhead(layer, batch: batch, steps: steps)
        return sum + split.stepTime(layer, batch: batch, ahead: ahead)
      }
      if time < leastTime { (best, leastTime) = (split, time) }
    }
    return best
  }

  /// The rows whose products with W are computed at once where that is done ahead: they fit the
  /// second-level cache with a panel of W.
  static let rowsAhead = 96

  /// Of how many steps the products with W are best computed at once; 1 where each step computes its
  /// own, together with those of R.
  ///
  /// Ahead, W passes by once for many rows, which fill the tiles where they are the whole batch's; but
  /// the sums go to memory and back.
  func stepsAhead(_ layer: Layer, batch: Int, steps: Int) -> Int {
    let ahead = min(Self.rowsAhead / batch, steps)
    guard ahead > 1 else { return 1 }
    let time = stepTime(layer, batch: batch, ahead: ahead)
    return time < 0.95 * stepTime(layer, batch: batch, ahead: 1) ? ahead : 1
  }

  /// An estimate in multiplications of vectors, about one in a cycle.
  private func stepTime(_ layer: Layer, batch: Int, ahead: Int) -> Double {
    let rows = (batch + rowGroups - 1) / rowGroups
    let panels = (layer.panels + unitGroups - 1) / unitGroups
    let (input, recurrent) = (layer.inputColumns, layer.recurrentColumns)
    /// What a panel's columns cost for some rows, where so many columns are read again and again.
    func columnsTime(_ columns: Int, rows: Int, blocks: Int = 1, ofColumns all: Int) -> Double {
      // A tile of six rows has its column of weights from the cache for 24 multiplications, a single
      // row for four. No tile goes beyond a block.
      let tiles = Double(blocks * ((rows / blocks + 5) / 6))
      let work = 4 * Double(rows) / tiles
      let first = Self.loadTime(
        bytes: layer.bytes(panels, columns: all), shared: layer.bytes(layer.panels, columns: all))
      let others = Self.loadTime(bytes: layer.bytes(1, columns: all), shared: 0)
      return Double(columns) * (max(work, first) + (tiles - 1) * max(work, others))
    }
    var panel = 90 * Double(rows)
    if ahead > 1 {
      panel += columnsTime(recurrent, rows: rows, ofColumns: recurrent)
      // Rows of all steps follow each other only where they are the whole batch.
      let time = columnsTime(
        input, rows: ahead * rows, blocks: rowGroups == 1 ? 1 : ahead, ofColumns: input + recurrent)
      panel += time / Double(ahead)
      panel += 20 * Double(rows)
    } else {
      panel += columnsTime(input + recurrent, rows: rows, ofColumns: input + recurrent)
    }
    let time = Double(panels) * panel
    // Threads who wait for each other: the slowest one counts, and the line they count on travels.
    return unitGroups == 1 ? time : 1.1 * time + 1000 + 100 * Double(parts)
  }

  /// The time to load a panel's column, by the size of what a thread reads again and again, and of
  /// what all threads read, who share the last cache.
  private static func loadTime(bytes: Int, shared: Int) -> Double {
    switch shared {
    case (24 << 20 + 1)...: 50
    case (12 << 20 + 1)...: 24
    default: bytes <= 24 << 10 ? 4 : bytes <= 800 << 10 ? 8 : 12
    }
  }
}

/// What all layers need to know of one pass over a batch.
struct ForwardPass<Memory: AnyObject> {
  /// T.
  var steps: Int
  /// B.
  var batch: Int
  /// Where the rows stand in a batch of which they are a share, and how many rows that has; `nil` where
  /// they are all of it.
  ///
  /// Random masks are drawn by it.
  var place: (first: Int, of: Int)?
  /// Whether the states before the first step are zeros, whatever is in their memory.
  var startsFromZero = true
  /// `[T, B]`, 1 where a row has the step and 0 where not; `nil` where none is missing.
  var stepMask: Memory?
  /// `[T, B]`, by which outputs are multiplied: 0 beyond the end of a sequence, otherwise 1.
  var outputScales: Memory?
  /// Whether random masks are drawn.
  var isTraining: Bool
  /// What they are drawn from.
  var seed: UInt64
  var batchNumber: UInt32

  init(
    steps: Int, batch: Int, isTraining: Bool = false, seed: UInt64 = 0, batchNumber: UInt32 = 0
  ) {
    self.steps = steps
    self.batch = batch
    self.isTraining = isTraining
    self.seed = seed
    self.batchNumber = batchNumber
  }

  /// T B.
  var rows: Int { steps * batch }

  /// Calls `body` with the places of some rows of the batch among `[T, B]`: once where they are all
  /// rows, which follow each other from step to step, otherwise for each step.
  func forEachBlock(
    of rows: Range<Int>, _ body: (_ first: Int, _ count: Int) throws -> Void
  ) rethrows {
    guard rows.count < batch || place != nil else { return try body(0, self.rows) }
    for step in 0..<steps { try body(step * batch + rows.lowerBound, rows.count) }
  }

  /// The row of a random mask that belongs to a row among `[T, B]`.
  func maskRow(_ row: Int) -> Int {
    guard let place else { return row }
    return row / batch * place.of + place.first + row % batch
  }
}

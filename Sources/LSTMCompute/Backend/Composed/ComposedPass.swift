/// What all layers need to know of one pass over a batch.
struct ComposedPass<Memory> {
  /// T.
  var steps: Int
  /// B.
  var batch: Int
  /// `[T, B]`, 1 where a row has the step and 0 where not; `nil` where none is missing.
  var stepMask: Memory?
  /// `[T, B]`, by which outputs are multiplied: 0 beyond the end of a sequence, otherwise 1.
  var outputScales: Memory?
  /// Whether masks are drawn.
  var isTraining: Bool
  /// What the masks are drawn from.
  var seed: UInt64
  var batchNumber: UInt32

  var rows: Int { steps * batch }
}

/// What a forward pass leaves for the calls after it.
struct ForwardTrace {
  /// What a pass is over.
  enum Source {
    /// Windows of the series that is bound.
    case windows
    /// A batch of sequences as they are.
    case sequences
  }

  var source: Source
  /// Whether it can be taken back: that leaves derivatives where the gates were.
  var isWhole = true
}

/// Where one direction of a layer stands in a network, and the largest sizes of its passes.
struct LayerPlace: Sendable {
  /// The layer with its options.
  var layer: LSTMLayer
  /// Where the direction's tensors lie among the parameters.
  var slices: CellSlices
  /// I, the width of what it reads.
  var inputSize: Int
  /// The layer's number, a decoder's counted on after the encoder's; random masks are drawn by it.
  var index: Int
  /// 1 for the second direction of two.
  var direction: Int
  /// The most time steps of a pass.
  var steps: Int
  /// The most rows of a pass.
  var batchSize: Int
  /// Whether `backward` follows `forward`.
  var isTraining: Bool
  /// Whether anything reads the outputs of all steps, and not only the state after the last one.
  var keepsOutputs: Bool
  /// Whether passes can have steps that are missing, `ForwardPass.stepMask`.
  var canMissSteps: Bool

  init(
    layer: LSTMLayer, slices: CellSlices, inputSize: Int, index: Int = 0, direction: Int = 0,
    steps: Int, batchSize: Int, isTraining: Bool, keepsOutputs: Bool = true,
    canMissSteps: Bool = false
  ) {
    self.layer = layer
    self.slices = slices
    self.inputSize = inputSize
    self.index = index
    self.direction = direction
    self.steps = steps
    self.batchSize = batchSize
    self.isTraining = isTraining
    self.keepsOutputs = keepsOutputs
    self.canMissSteps = canMissSteps
  }

  /// Whether the steps are read from the last to the first.
  var isReverse: Bool { layer.direction == .reverse || direction == 1 }

  /// The slot among T + 1 of the state before the first step that is read, or after the last one.
  func slot(_ end: SequenceEnd, steps: Int) -> Int {
    (end == .initial) == isReverse ? steps : 0
  }

  // MARK: - Random masks

  /// The mask on h before R, the same in all steps; `nil` where nothing is dropped.
  func recurrentMask<Memory: AnyObject>(_ pass: ForwardPass<Memory>) -> RandomMask? {
    mask(layer.recurrentDropout, .recurrentDropout, pass)
  }

  /// The mask of the units of h that keep their value; `nil` in inference and without zoneout.
  func hiddenZoneoutMask<Memory: AnyObject>(_ pass: ForwardPass<Memory>) -> RandomMask? {
    mask(layer.zoneoutHidden, .zoneoutHidden, pass)
  }

  /// The same for the cell.
  func cellZoneoutMask<Memory: AnyObject>(_ pass: ForwardPass<Memory>) -> RandomMask? {
    mask(layer.zoneoutCell, .zoneoutCell, pass)
  }

  private func mask<Memory: AnyObject>(
    _ share: Float, _ kind: RandomMask.Kind, _ pass: ForwardPass<Memory>
  ) -> RandomMask? {
    guard pass.isTraining, share > 0 else { return nil }
    return RandomMask(
      share: share, kind, seed: pass.seed, batchNumber: pass.batchNumber, layer: index,
      direction: isReverse ? 1 : 0)
  }
}

/// An end of a sequence in the order in which a layer reads it.
enum SequenceEnd: Sendable {
  /// Before the first step that is read.
  case initial
  /// After the last step that is read.
  case final
}

internal import CSIMD

/// The layer pass of the CPU: panels of units, whose gates stay in registers from the products to the
/// state.
///
/// The layouts are those of `CSIMD.h`, for the batch at hand; the buffers hold the largest one. It
/// takes every option but projections and normalized gates.
final class PanelLayer: LayerPass {
  typealias Memory = AlignedBuffer
  typealias Scalar = Float

  let place: LayerPlace
  var kind: String { "fused steps" }
  /// The layers that are run together with this one.
  let group: PanelGroup
  let operations: CPUOperations
  let instructions: InstructionSet
  let isReverse: Bool
  let inputSize: Int
  let hiddenSize: Int
  /// P, the number of panels of units.
  let panels: Int
  /// Hp, the number of units with their padding.
  let stride: Int
  /// V, and the floats of a row of a panel's gates.
  let lanes: Int
  let width: Int
  /// Of how many steps the products with W are computed at once; 1 for each step its own.
  var stepsAhead = 1

  /// `[T+1, B, Hp]`, or `[2, B, Hp]` where nobody reads the sequence: then a step reads one half and
  /// writes the other.
  let hidden: AlignedBuffer
  let keepsHidden: Bool
  /// `[2, B, Hp]`, h before the first and after the last step, where the layers share `hidden`.
  let ends: AlignedBuffer?
  /// `[T+1, B, Hp]`, or `[2, B, Hp]` for inference.
  let cell: AlignedBuffer
  let keepsTrace: Bool
  /// `[P, T * B, 4, V]`; for inference with options `[P, B, 4, V]`, those of one step.
  let gates: AlignedBuffer
  /// `[P, rowsAhead, 4, V]`, the products with W of the steps to come; in training these are put
  /// where the gates will be.
  let sums: AlignedBuffer
  let sumRows: Int
  /// `[P, I + H, 4, V]`, and the bias `[P, 4, V]`.
  let weights: AlignedBuffer
  let bias: AlignedBuffer
  /// R for the backward pass.
  let recurrentBackward: AlignedBuffer
  /// W for the backward pass; made when the gradient of the input is first asked for.
  var inputBackward: AlignedBuffer?
  /// The gradients of `weights` and `bias`.
  let weightGradient: AlignedBuffer
  let biasGradient: AlignedBuffer
  /// `[B, Hp]` each, carried from step to step by the backward pass.
  let stateGradient: StateRows<AlignedBuffer>?
  /// What the layer's options need.
  let options: PanelOptions

  /// How many vectors the gates of a panel fill, 4 in all but the last.
  func vectors(ofPanel panel: Int) -> Int {
    instructions.vectorCount(hiddenSize: hiddenSize, panel: panel)
  }

  /// - Parameters:
  ///   - place: What the pass is for: a layer that `isSupported`.
  ///   - group: The layers that are run together.
  ///   - operations: The device.
  /// - Throws: `LSTMError.deviceUnavailable` where the memory does not suffice.
  init(_ place: LayerPlace, in group: PanelGroup, _ operations: CPUOperations) throws {
    precondition(Self.isSupported(place.layer), "a projection or normalized gates")
    let (steps, batch) = (place.steps, place.batchSize)
    let (instructions, trains) = (operations.instructions, place.isTraining)
    let lanes = Int(instructions.laneCount)
    self.place = place
    self.group = group
    self.operations = operations
    self.instructions = instructions
    isReverse = place.isReverse
    inputSize = place.inputSize
    hiddenSize = place.layer.hiddenSize
    let panels = (hiddenSize + lanes - 1) / lanes
    let stride = panels * lanes
    self.panels = panels
    self.stride = stride
    self.lanes = lanes
    width = 4 * lanes
    keepsTrace = trains

    let trained = trains ? 1 : 0
    keepsHidden = trains || place.keepsOutputs
    let shares = place.keepsOutputs && !trains
    hidden =
      try shares
      ? group.shared.memory(
        place.hiddenPart(of: LayerMemory<AlignedBuffer>.self), width: hiddenSize
      ) { try operations.buffer(steps + 1, batch, stride) }
      : operations.buffer(keepsHidden ? steps + 1 : 2, batch, stride)
    ends = shares ? try operations.buffer(2, batch, stride) : nil
    cell = try operations.buffer(trains ? steps + 1 : 2, batch, stride)
    let hasOptions = place.canMissSteps || place.layer.hasCellOptions
    gates = try operations.buffer(trains ? steps : hasOptions ? 1 : 0, batch, 4 * stride)
    sumRows = trains || steps == 1 ? 0 : min(BatchSplit.rowsAhead, steps * batch)
    sums = try operations.buffer(sumRows, 4 * stride)
    weights = try operations.buffer(inputSize + hiddenSize, 4 * stride)
    bias = try operations.buffer(4 * stride)
    let blocks = (hiddenSize + 4 * lanes - 1) / (4 * lanes)
    recurrentBackward = try operations.buffer(trained, blocks, 4 * stride, 4 * lanes)
    weightGradient = try operations.buffer(trained, inputSize + hiddenSize, 4 * stride)
    biasGradient = try operations.buffer(trained, 4 * stride)
    stateGradient =
      !trains
      ? nil
      : StateRows(
        hidden: Rows(try operations.buffer(batch, stride), pitch: stride),
        cell: Rows(try operations.buffer(batch, stride), pitch: stride))
    options = try PanelOptions(place, stride: stride, operations)
  }

  /// Whether the pass takes a layer's options.
  static func isSupported(_ layer: LSTMLayer) -> Bool {
    layer.projectionSize == nil && !layer.normalizesGates
  }

  // MARK: - Where things lie

  func state(
    _ end: SequenceEnd, _ pass: ForwardPass<AlignedBuffer>
  ) -> StateRows<AlignedBuffer> {
    let slot = place.slot(end, steps: pass.steps)
    let hiddenSlot = ends == nil ? (keepsHidden ? slot : slot % 2) : end == .initial ? 0 : 1
    return StateRows(
      hidden: Rows(ends ?? hidden, at: hiddenSlot * pass.batch * stride, pitch: stride),
      cell: Rows(cell, at: (keepsTrace ? slot : slot % 2) * pass.batch * stride, pitch: stride))
  }

  func outputs(_ pass: ForwardPass<AlignedBuffer>) -> Rows<AlignedBuffer> {
    Rows(hidden, at: isReverse ? 0 : pass.batch * stride, pitch: stride)
  }

  func hiddenState(_ slot: Int, _ batch: Int) -> UnsafeMutablePointer<Float> {
    hidden.start + (keepsHidden ? slot : slot % 2) * batch * stride
  }

  func cellState(_ slot: Int, _ batch: Int) -> UnsafeMutablePointer<Float> {
    cell.start + (keepsTrace ? slot : slot % 2) * batch * stride
  }

  /// The slots of the states before and after a step.
  func before(_ time: Int) -> Int { isReverse ? time + 1 : time }
  func after(_ time: Int) -> Int { isReverse ? time : time + 1 }
}

extension LSTMLayer {
  /// Whether a step needs more than the plain cell, but for masks on h before R.
  var hasCellOptions: Bool {
    hasPeepholes || couplesGates || gateClip != nil || cellClip != nil || zoneoutHidden > 0
      || zoneoutCell > 0
  }
}

package import OpenCL

/// What the steps of a layer work on in a pass, whichever kernels run them.
///
/// Each step has its place by its time. Forward, slot t of the states is the one before step t and
/// slot t + 1 the one after it; in reverse, the other way round.
package struct LayerBuffers {
  /// `B`.
  package var rows: Int
  /// Whether steps are read from the last to the first.
  package var isReverse = false
  /// Whether the state before the first step is zeros, whatever is in its slot.
  package var startsFromZero: Bool
  /// Whether what the backward pass needs is left.
  package var keepsGates: Bool
  package var parameters: Buffer<Float>
  /// Where the tensors are among the parameters, and the options.
  package var layer: LayerArguments
  /// `[T, B, 4H]`: W x + b where it is not computed inside; then the gates, if kept; then the
  /// derivatives by their arguments.
  package var gates: Buffer<Float>
  /// `[T, B, 4H]`, the gates of a layer whose work-groups wait for each other, in training.
  ///
  /// `gates` has W x + b then, and after the backward pass the derivatives.
  package var keptGates: Buffer<Float>?
  /// `[T + 1, B, H]`, or `[B, H]` where only the last is kept.
  package var hidden: Buffer<Float>
  package var keepsHidden = true
  /// The same for the cell.
  package var cell: Buffer<Float>
  package var keepsCells = true
  /// `[T, B, H]`, the cell before any of the old one is kept; where some is, for training.
  package var rawCell: Buffer<Float>?
  /// `[T, B, 4H]`, what the gates see before the clip; where there is one, for training.
  package var arguments: Buffer<Float>?
  /// `[T + 1, B, H]`, h as R sees it, where some of it is dropped.
  package var masked: Buffer<Float>?
  /// `[T, B]`.
  package var stepMask: Buffer<Float>?

  package init(
    rows: Int, startsFromZero: Bool, keepsGates: Bool, parameters: Buffer<Float>,
    layer: LayerArguments, gates: Buffer<Float>, hidden: Buffer<Float>, cell: Buffer<Float>
  ) {
    self.rows = rows
    self.startsFromZero = startsFromZero
    self.keepsGates = keepsGates
    self.parameters = parameters
    self.layer = layer
    self.gates = gates
    self.hidden = hidden
    self.cell = cell
  }

  /// 1, or -1 in reverse.
  var direction: Int32 { isReverse ? -1 : 1 }

  /// The time of step number `number` in the order in which they are read.
  func time(_ number: Int, of steps: Int) -> Int { isReverse ? steps - 1 - number : number }
}

/// What flows into and out of the steps of a layer backward.
package struct LayerFlow {
  /// `[T, B, H]`, ∂L/∂(the layer's output of each step); `nil` is zero.
  package var outputs: Rows<Buffer<Float>>?
  /// Whether `hidden` has ∂L/∂h after the last step; else it counts as zero.
  package var takesHidden = false
  /// The same for the cell.
  package var takesCell = false
  /// Whether ∂L/∂h and ∂L/∂c before the first step are left there.
  package var needsState = false
  /// `[B, H]`.
  package var hidden: Buffer<Float>
  package var cell: Buffer<Float>

  package init(outputs: Rows<Buffer<Float>>?, hidden: Buffer<Float>, cell: Buffer<Float>) {
    self.outputs = outputs
    self.hidden = hidden
    self.cell = cell
  }
}

extension Kernel {
  /// Sets what a kernel of a layer takes of what the backward pass needs: from `raw_cell` on.
  mutating func set(from first: Int, traceOf layer: LayerBuffers) throws(OpenCLError) {
    try set(
      from: first, layer.rawCell ?? layer.cell, Int32(flag: layer.arguments != nil),
      layer.arguments ?? layer.cell)
  }

  /// Sets the gradient of a layer's outputs: from `has_outputs` on.
  mutating func set(from first: Int, outputsOf flow: LayerFlow, else none: Buffer<Float>)
    throws(OpenCLError)
  {
    try set(
      from: first, Int32(flag: flow.outputs != nil), flow.outputs?.memory ?? none,
      UInt64(flow.outputs?.offset ?? 0), UInt64(flow.outputs?.pitch ?? 0))
  }
}

extension Int32 {
  /// 1 or 0.
  init(flag: Bool) { self = flag ? 1 : 0 }
}

/// What one direction of a layer keeps of its steps.
///
/// Each step has its place by its time, whichever the direction.
struct CellTrace<Memory: AnyObject> {
  /// `[T+1, B, R]`, h.
  ///
  /// Forward, slot t is the state before step t and slot t + 1 the one after it;
  /// in reverse, slot t + 1 is the one before it and slot t the one after.
  var hidden: Memory
  /// `[T+1, B, H]`, c.
  var cell: Memory
  /// `[T, B, 4H]`: the sum of W x, R h and the biases at first; then the activated gates; after the
  /// backward pass the loss by the gates' arguments.
  ///
  /// With normalized gates there is nothing at first.
  var gates: Memory
  /// `[T, B, H]`, the cell before zoneout and masks, cut.
  var candidate: Memory
  /// With a gate clip, `[T, B, 4H]`: the gates' arguments before they are cut.
  var arguments: Memory?
  /// With a projection, `[T, B, H]`: o ⊙ tanh(c).
  var emitted: Memory?
  /// With a projection, `[T, B, R]`: W_hr times that and, once `projectionForward` is done, cut;
  /// after `projectionBackward` the loss by W_hr times that.
  var projected: Memory?
  /// With normalized gates.
  var norms: NormTrace<Memory>?
}

/// What normalized gates keep.
struct NormTrace<Memory: AnyObject> {
  /// `[T, B, 4H]`: W x; from `cellForward` on normalized, without its gain.
  var input: Memory
  /// `[T, B, 4H]`: R h; from `cellForward` on normalized, without its gain.
  var recurrent: Memory
  /// `[T, B, H]`: the cell normalized, without gain and shift.
  var cell: Memory
  /// `[T, B, 3]`: 1 / √(variance + 10⁻⁵) of W x, R h and the cell.
  var scales: Memory
  /// `[T, B, 4H]`, written by `cellBackward`: the loss by W x and by R h.
  var inputGradient: Memory?
  var recurrentGradient: Memory?
  /// `[T, B, H]`, written by `cellBackward`: the loss by the normalized cell with gain and shift.
  var cellGradient: Memory?
}

/// One step of one direction of a layer, for a batch.
///
/// With x' the state before the step, `a` the gates' arguments and those options that the layer has:
///
///     a   = gates, or norm_ih ⊙ LN(W x) + norm_hh ⊙ LN(R h') + biases
///     a_i = a_i + p_i ⊙ c'       a_f = a_f + p_f ⊙ c'          (peepholes)
///     i = sigmoid(clip(a_i))     f = sigmoid(clip(a_f)) or 1 - i     g = tanh(clip(a_g))
///     C = cellClip(f ⊙ c' + i ⊙ g)
///     a_o = a_o + p_o ⊙ C        o = sigmoid(clip(a_o))
///     m = o ⊙ tanh(C), or o ⊙ tanh(norm_cell_weight ⊙ LN(C) + norm_cell_bias)
///     P = m, or projectionClip(W_hr m)
///     c = z_c ⊙ c' + (1 - z_c) ⊙ C      h = z_h ⊙ h' + (1 - z_h) ⊙ P
///
/// z is the random mask of zoneout in training, its share in inference, and 1 where the step is
/// missing for the row. LN(v) is (v - mean) / √(variance + 10⁻⁵) over a row.
struct CellStep<Memory: AnyObject> {
  var layer: LSTMLayer
  var slices: CellSlices
  var trace: CellTrace<Memory>
  /// The step's place in time.
  var time: Int
  /// The slots of the states before and after the step.
  var before: Int
  var after: Int
  /// B.
  var batch: Int
  /// `[T, B]`, 1 where a row has the step and 0 where it is missing; `nil` where none is.
  var stepMask: Memory?
  /// The random masks in training, where the shares are above 0: element (t B + b) R + j of z_h and
  /// (t B + b) H + j of z_c.
  ///
  /// `nil` in inference and where a share is 0.
  var zoneoutHidden: RandomMask?
  var zoneoutCell: RandomMask?
  /// Whether the layer is trained: z is random and not a share.
  var isTraining: Bool
  /// Whether `backward` follows.
  var keepsTrace: Bool
}

/// What flows back through one step, for a batch.
///
/// `projectionBackward`, with a projection only: dh = outputs (if any) + hidden; hidden = z_h ⊙ dh;
/// projected = the rest of dh, through the clip. Then the caller writes projected times W_hr into
/// `emitted`.
///
/// `cellBackward`: without a projection, dm is made of outputs and hidden in the same way, and hidden
/// becomes z_h ⊙ dh; with one, dm is `emitted` and hidden stays. `cell` is the loss by c after the
/// step and becomes that by c before it; the gates become the loss by their arguments. Then the
/// caller adds R's part to hidden.
struct CellGradients<Memory: AnyObject> {
  /// `[T, B, R]`, the loss by the layer's outputs; `nil` where there is none.
  var outputs: Rows<Memory>?
  /// `[B, R]`, the loss by h: in, after the step; out, before it but for what goes through R.
  var hidden: Memory
  /// `[B, H]`, the loss by c.
  var cell: Memory
  /// `[B, H]`, with a projection: the loss by m.
  var emitted: Memory?
}

/// All time steps of one direction of one layer on a device, forward and backward, with the memory
/// that they leave.
///
/// Every device has `SteppedLayer`, which composes each step of operations and takes every option. A
/// device does better with conformers of its own, which `DeviceOperations.makeLayers` chooses: panels
/// of units on the CPU, kernels for all steps on OpenCL. All compute the same to the last digits.
///
/// The calls for a batch: `forward`; then, to train, `backward` and `parameterGradients`. Sequences
/// are time-major; a `Rows` of `[T, B, width]` has row t B + b for row b of the batch in step t.
protocol LayerPass<Memory, Scalar>: AnyObject {
  /// Numbers in the device's memory.
  associatedtype Memory: AnyObject
  /// What the device computes in.
  associatedtype Scalar: BinaryFloatingPoint

  /// What the pass is for.
  var place: LayerPlace { get }
  /// A few words on how the steps are run, such as `resident`.
  var kind: String { get }

  /// Takes the weights from the parameters, which have changed.
  func loadWeights() throws

  // MARK: - What others read and write

  /// The state at one end of a pass, `[B, R]` and `[B, H]`.
  ///
  /// The initial state is written by others before `forward`, unless the pass starts from zero; the
  /// final one is there after it. Columns beyond R and H up to the pitch hold zeros.
  func state(_ end: SequenceEnd, _ pass: ForwardPass<Memory>) -> StateRows<Memory>
  /// `[T, B, R]`, h after each step; only where the place keeps outputs or the pass is for training.
  func outputs(_ pass: ForwardPass<Memory>) -> Rows<Memory>
  /// `[B, R]` and `[B, H]`, ∂L/∂h and ∂L/∂c: before `backward` those after the last step, where
  /// `GradientFlow` says so; after it those before the first step, where they were asked for.
  ///
  /// `nil` for inference.
  var stateGradient: StateRows<Memory>? { get }

  // MARK: - Passes

  /// Whether `forward` and `backward` can be called for some rows of a batch of this size at a time,
  /// by several threads at once.
  func isLocalToRows(_ pass: ForwardPass<Memory>) -> Bool
  /// How many floating-point operations a step takes for one row, roughly.
  var stepOperations: Int { get }

  /// Runs all steps.
  ///
  /// - Parameters:
  ///   - pass: The batch.
  ///   - rows: Rows of the batch: all of them, unless the pass is local to rows.
  ///   - input: `[T, B, I]`.
  /// - Throws: What the device refuses.
  func forward(_ pass: ForwardPass<Memory>, rows: Range<Int>, input: Rows<Memory>) throws

  /// Runs all steps back, from ∂L/∂h and ∂L/∂c to the derivatives by the gates' arguments, the state
  /// before the first step and the input.
  ///
  /// - Parameters:
  ///   - pass: As in `forward`.
  ///   - rows: As in `forward`.
  ///   - flow: What flows in and out.
  /// - Throws: What the device refuses.
  func backward(
    _ pass: ForwardPass<Memory>, rows: Range<Int>, _ flow: GradientFlow<Memory>) throws

  /// Leaves the gradients of the direction's tensors, once `backward` is done for all rows.
  ///
  /// - Parameters:
  ///   - pass: As in `forward`.
  ///   - input: As in `forward`.
  ///   - factor: What all of them are multiplied by.
  /// - Throws: What the device refuses.
  func parameterGradients(
    _ pass: ForwardPass<Memory>, input: Rows<Memory>, factor: Scalar) throws
}

/// A state of one direction of a layer, or the gradient by it, in a device's memory.
struct StateRows<Memory: AnyObject> {
  /// `[B, R]`.
  var hidden: Rows<Memory>
  /// `[B, H]`.
  var cell: Rows<Memory>

  init(hidden: Rows<Memory>, cell: Rows<Memory>) {
    self.hidden = hidden
    self.cell = cell
  }
}

/// What flows into and out of one direction of a layer in the backward pass.
struct GradientFlow<Memory: AnyObject> {
  /// `[T, B, R]`, ∂L/∂h of each step by its reader above; `nil` is zero.
  ///
  /// Only columns 0 ..< R are the direction's own: what lies beyond may be the other direction's.
  var outputs: Rows<Memory>?
  /// Whether `LayerPass.stateGradient` holds ∂L/∂h after the last step; else it counts as zero.
  var hasFinalHidden = false
  /// The same for ∂L/∂c.
  var hasFinalCell = false
  /// Whether the gradient by the state before the first step is to be left there.
  var needsInitialState = false
  /// `[T, B, I]`, ∂L/∂x of each step, written; `nil` where nobody needs it.
  var inputs: Rows<Memory>?
  /// Whether ∂L/∂x is added to what is there instead.
  var addsToInputs = false

  init() {}
}

internal import OpenCL

/// A layer in a pass, as its kernels are told: `layer_t` of `Kernels/lstm_cell.cl`, field by field.
package struct LayerArguments: BitwiseCopyable, KernelArgument, Sendable {
  var inputOffset: UInt64 = 0
  package var recurrentOffset: UInt64 = 0
  var biasOffset: UInt64 = 0
  var peepholeOffset: UInt64 = 0
  var seed: UInt64 = 0
  var batchNumber: UInt32 = 0
  var recurrentStream: UInt32 = 0
  var hiddenStream: UInt32 = 0
  var cellStream: UInt32 = 0
  var recurrentShare: Float = 0
  var hiddenShare: Float = 0
  var cellShare: Float = 0
  var gateClip: Float = 0
  var cellClip: Float = 0
  var hiddenZoneout: Int32 = 0
  var cellZoneout: Int32 = 0
  var biasTerms: Int32 = 0
  var hasStepMask: Int32 = 0
  var hasPeepholes: Int32 = 0
  var isCoupled: Int32 = 0
  var isProjected: Int32 = 0

  /// How a state is kept, as `zoneout` in `Kernels/common.cl` takes it.
  private enum Zoneout: Int32 {
    case none = 0
    case random = 1
    case share = 2
  }

  package init() {}

  /// A plain layer with its tensors.
  package init(_ slices: CellSlices) {
    inputOffset = UInt64(slices.inputWeight.offset)
    recurrentOffset = UInt64(slices.recurrentWeight.offset)
    biasOffset = UInt64(slices.biases.first?.offset ?? 0)
    biasTerms = Int32(slices.biases.count)
    peepholeOffset = UInt64(slices.peephole?.offset ?? 0)
    hasPeepholes = slices.peephole == nil ? 0 : 1
    isProjected = slices.projection == nil ? 0 : 1
  }

  /// A layer with all its options.
  ///
  /// - Parameters:
  ///   - layer: The layer.
  ///   - slices: Its tensors.
  ///   - recurrentMask: Of h before R.
  ///   - zoneoutHidden: Of h; `nil` in inference, where its share is kept.
  ///   - zoneoutCell: The same for the cell.
  ///   - isTraining: Whether states are kept at random.
  ///   - hasStepMask: Whether steps can be missing.
  init(
    _ layer: LSTMLayer, _ slices: CellSlices, recurrentMask: RandomMask? = nil,
    zoneoutHidden: RandomMask?, zoneoutCell: RandomMask?, isTraining: Bool, hasStepMask: Bool
  ) {
    self.init(slices)
    gateClip = layer.gateClip ?? 0
    cellClip = layer.cellClip ?? 0
    isCoupled = layer.couplesGates ? 1 : 0
    self.hasStepMask = hasStepMask ? 1 : 0
    // All masks of a pass are drawn from the same seed and batch.
    for mask in [recurrentMask, zoneoutHidden, zoneoutCell] {
      if let mask { (seed, batchNumber) = (mask.seed, mask.batchNumber) }
    }
    if let recurrentMask {
      (recurrentShare, recurrentStream) = (recurrentMask.share, recurrentMask.stream)
    }
    func kind(_ mask: RandomMask?, _ share: Float) -> Int32 {
      (mask != nil ? Zoneout.random : isTraining || share == 0 ? .none : .share).rawValue
    }
    (hiddenShare, hiddenStream) = (layer.zoneoutHidden, zoneoutHidden?.stream ?? 0)
    hiddenZoneout = kind(zoneoutHidden, layer.zoneoutHidden)
    (cellShare, cellStream) = (layer.zoneoutCell, zoneoutCell?.stream ?? 0)
    cellZoneout = kind(zoneoutCell, layer.zoneoutCell)
  }

  /// A direction of a layer in a pass.
  init(_ place: LayerPlace, _ pass: ForwardPass<Buffer<Float>>) {
    self.init(
      place.layer, place.slices, recurrentMask: place.recurrentMask(pass),
      zoneoutHidden: place.hiddenZoneoutMask(pass), zoneoutCell: place.cellZoneoutMask(pass),
      isTraining: pass.isTraining, hasStepMask: pass.stepMask != nil)
  }

  /// A step that is composed of operations.
  init(_ step: CellStep<Buffer<Float>>) {
    self.init(
      step.layer, step.slices, zoneoutHidden: step.zoneoutHidden, zoneoutCell: step.zoneoutCell,
      isTraining: step.isTraining, hasStepMask: step.stepMask != nil)
  }
}

/// What a layer has that its kernels are built for, so that others pay nothing: macros of
/// `Kernels/lstm_cell.cl`.
package struct CellVariant: Hashable, Sendable {
  /// Some of a state may be kept: zoneout, or steps that are missing.
  package var keepsState = false
  /// Some of h is dropped before R.
  package var dropsHidden = false
  package var hasPeepholes = false
  package var couplesGates = false
  package var clips = false
  /// R does not begin at a multiple of four numbers, so that it cannot be read in fours.
  package var isUnaligned = false

  package static let plain = CellVariant()

  package init() {}

  package init(_ place: LayerPlace) {
    let layer = place.layer
    keepsState = place.canMissSteps || layer.zoneoutHidden > 0 || layer.zoneoutCell > 0
    dropsHidden = place.isTraining && layer.recurrentDropout > 0
    hasPeepholes = layer.hasPeepholes
    couplesGates = layer.couplesGates
    clips = layer.gateClip != nil || layer.cellClip != nil
    isUnaligned = layer.hiddenSize % 4 == 0 && place.slices.recurrentWeight.offset % 4 != 0
  }

  /// For kernels that do not read R in fours.
  var aligned: CellVariant {
    var variant = self
    variant.isUnaligned = false
    return variant
  }

  /// Those that are not as by default.
  var definitions: [(name: String, value: Int)] {
    [
      ("KEEPS", keepsState), ("DROPS", dropsHidden), ("PEEPHOLES", hasPeepholes),
      ("COUPLED", couplesGates), ("CLIPS", clips),
    ].compactMap { name, isSet in isSet ? (name, 1) : nil }
      + (isUnaligned ? [("R_IN_FOURS", 0)] : [])
  }
}

/// How an OpenCL device runs a network's passes.
///
/// A layer's time steps can be run in three ways. *Resident* is one launch for the whole sequence: a
/// work-group carries its rows of the batch through all steps with the recurrent weights in its
/// registers, which bounds the layer's size. *Cooperative* is one launch too, for larger layers: the
/// work-groups share the weights, and wait for each other after each step. *Stepwise* is a launch for
/// each step, and has no bounds. All do the same arithmetic, and agree to the last digits but not to
/// the last bit.
public enum OpenCLPlanSelection: String, Hashable, Sendable, CaseIterable {
  /// Resident for each layer that fits, unless the device is the processor itself; cooperative for
  /// larger ones with few rows, where the device runs work-groups side by side; else stepwise.
  ///
  /// A layer whose kernels the device does not take goes by the next of these, and the plan says why.
  ///
  /// Where the device was tuned, it is whichever was measured to be faster for layers and batches
  /// like these.
  ///
  /// Where it fits, resident is never expected to lose: what it saves is at least T - 1 launches
  /// and R read again for each step.
  case auto
  /// Resident for every layer; refused where one does not fit or has a projection or normalized gates.
  case resident
  /// Cooperative for every layer; refused where one does not fit or has a projection or normalized
  /// gates.
  ///
  /// Where work-groups turn out not to run side by side, one of them does all the work of a launch
  /// alone, which is right but slow. That is noted on the device; once the host has read it with
  /// something else, the following batches go step by step, and `Executor.plan` says so. A training
  /// that is resumed begins cooperatively again, so on such a device it is equal to one without
  /// interruption to the last digits only.
  case cooperative
  /// Stepwise for every layer; several launches for each step where a layer has a projection or
  /// normalized gates.
  case stepwise

  /// Whether a layer can be asked for with it, on a device that is large enough.
  func takes(_ layer: LSTMLayer) -> Bool {
    let isComposed = layer.projectionSize != nil || layer.normalizesGates
    return switch self {
    case .auto, .stepwise: true
    case .resident: !isComposed && layer.hiddenSize <= ResidentSizes.largestUnits
    case .cooperative: !isComposed
    }
  }

  /// Whether it can be asked for with a precision: the kernels of one launch compute in float32 only.
  public func takes(_ precision: Precision) -> Bool {
    switch self {
    case .auto, .stepwise: true
    case .resident, .cooperative: precision == .float32
    }
  }
}

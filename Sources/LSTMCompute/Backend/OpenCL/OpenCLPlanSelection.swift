/// How an OpenCL device runs a network's passes.
///
/// A layer's time steps can be run in two ways. *Resident* is one launch for the whole sequence: a
/// work-group carries its rows of the batch through all steps with the recurrent weights in its
/// registers, which bounds the layer's size. *Stepwise* is a launch for each step, and has no
/// bounds. Both do the same arithmetic, and agree to the last digits but not to the last bit.
public enum OpenCLPlanSelection: String, Hashable, Sendable, CaseIterable {
  /// Resident for each layer that fits, unless the device is the processor itself; else stepwise.
  ///
  /// Where the device was tuned, it is whichever was measured to be faster for layers and batches
  /// like these.
  ///
  /// Where it fits, resident is never expected to lose: what it saves is at least T - 1 launches
  /// and R read again for each step.
  case auto
  /// Resident for every layer; refused where one does not fit.
  case resident
  /// Stepwise for every layer.
  case stepwise
}

internal import OpenCL

/// A way to run the time steps of a layer, with its sizes.
package enum LayerLoop: Hashable, Sendable {
  /// One launch for all steps, whose work-groups share the rows.
  case resident(ResidentSizes)
  /// One launch for all steps, whose work-groups share the units.
  case cooperative(CooperativeSizes)
  /// A launch for each step.
  case stepwise
  /// Several launches for each step, an operation each: `SteppedLayer`.
  case composed

  /// A way without its sizes.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case resident, cooperative, stepwise, composed
  }

  package var kind: Kind {
    switch self {
    case .resident: .resident
    case .cooperative: .cooperative
    case .stepwise: .stepwise
    case .composed: .composed
    }
  }

  /// Whether W x + b is there before the steps begin.
  var projectsBefore: Bool {
    if case .resident(let sizes) = self { sizes.inputs == 0 } else { true }
  }

  /// Compiles the kernels, and asks the driver whether it takes them.
  ///
  /// They are not compiled again when the layer is made.
  ///
  /// - Parameters:
  ///   - library: Whose device it is.
  ///   - variant: What the layer has.
  ///   - stepSizes: For a launch for each step.
  ///   - isTraining: Whether there is a backward pass.
  /// - Throws: What the device refuses.
  func makeKernels(
    of library: KernelLibrary, _ variant: CellVariant, _ stepSizes: StepSizes, isTraining: Bool
  ) throws(OpenCLError) {
    switch self {
    case .composed: break
    case .stepwise:
      _ = try LSTMStepForward(library, stepSizes, variant)
      if isTraining { _ = try LSTMStepBackward(library, stepSizes, variant) }
    case .resident(let sizes):
      _ = try LSTMResidentForward(library, sizes, variant)
      if isTraining { _ = try LSTMResidentBackward(library, sizes, variant) }
    case .cooperative(let sizes):
      _ = try LSTMCooperativeForward(library, sizes, variant)
      if isTraining { _ = try LSTMCooperativeBackward(library, sizes, variant) }
    }
  }
}

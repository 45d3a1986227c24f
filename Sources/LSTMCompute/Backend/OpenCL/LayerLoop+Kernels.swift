internal import OpenCL

extension LayerLoop {
  /// Compiles the kernels of all steps in one launch, and asks the driver whether it takes them.
  ///
  /// They are not compiled again when the layer is made.
  ///
  /// - Parameters:
  ///   - library: Whose device it is.
  ///   - isTraining: Whether there is a backward pass.
  /// - Throws: What the device refuses.
  func makeKernels(of library: KernelLibrary, isTraining: Bool) throws(OpenCLError) {
    switch self {
    case .stepwise: break
    case .resident(let sizes):
      _ = try LSTMResidentForward(library, sizes)
      if isTraining { _ = try LSTMResidentBackward(library, sizes) }
    case .cooperative(let sizes):
      _ = try LSTMCooperativeForward(library, sizes)
      if isTraining { _ = try LSTMCooperativeBackward(library, sizes) }
    }
  }
}

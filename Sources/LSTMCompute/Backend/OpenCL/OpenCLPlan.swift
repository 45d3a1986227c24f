package import OpenCL

/// A way to run a network's passes on a device.
///
/// The executor around it has the series, the parameters and the optimizer; a plan has what the
/// passes leave between them.
package protocol OpenCLPlan: AnyObject {
  /// One line on what it does.
  var description: String { get }

  /// Runs a batch, and writes its outputs `[B, O]` to `outputs` from `offset` on.
  func forward(
    _ batch: DeviceBatch, into outputs: Buffer<Float>, at offset: Int
  ) throws(OpenCLError)
  /// Computes the gradient by every parameter of the last `forward`, from that by its outputs
  /// `[B, O]`, which is still to be divided by `divisor`.
  func backward(_ outputGradient: Buffer<Float>, divisor: Float) throws(OpenCLError)
  /// Reads what launches noted about the device, and does otherwise from the next `forward` on where
  /// one of them could not be run as it was meant to. Called where the host waits anyway.
  func giveUpWhereNoted() throws(OpenCLError)
  /// The state of each layer after the last step of the last `forward`.
  func finalStates() throws(OpenCLError) -> [LayerState]
}

/// The memory that a plan and the executor share.
package struct PlanMemory {
  package let queue: CommandQueue
  package let library: KernelLibrary
  package let layout: ParameterLayout
  /// All parameters, as `layout` has them.
  package let parameters: Buffer<Float>
  /// The gradient by all parameters, as `layout` has them; none for inference.
  package let gradient: Buffer<Float>?
}

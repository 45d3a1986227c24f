internal import OpenCL

/// What the layers of a stack have in common on a device.
final class OpenCLStack {
  /// The directions of each layer that kernels run.
  let layers: [[KernelLayer]]
  /// For layers whose work-groups wait for each other; `nil` where there are none.
  let barrier: GridBarrier?
  /// What lets layers run side by side; `nil` where they run one after the other.
  let wavefront: Wavefront?
  private(set) var plan: NetworkPlan
  /// The steps whose memory exists at a time.
  let steps: Int
  let isTraining: Bool

  init(
    _ layers: [[KernelLayer]], _ plan: NetworkPlan, steps: Int, isTraining: Bool,
    barrier: GridBarrier?, wavefront: Wavefront?
  ) {
    self.layers = layers
    self.plan = plan
    self.steps = steps
    self.isTraining = isTraining
    self.barrier = barrier
    self.wavefront = wavefront
  }

  /// Reads what launches noted, and goes step by step from the next pass on where work-groups did not
  /// run side by side.
  func giveUpWhereNoted(on queue: CommandQueue) throws(OpenCLError) {
    guard let barrier, plan.loops.contains(where: { $0.kind == .cooperative }) else { return }
    guard try barrier.timesGivenUp(on: queue) > 0 else { return }
    for layer in layers.joined() { try layer.giveUp() }
    plan = plan.givenUp()
  }
}

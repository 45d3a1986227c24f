import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

/// What passes cost in launches and in waits for the device.
@Suite(.enabled(if: KernelBench.hasDevice)) struct OpenCLLaunchTests {
  private func executor(
    layers: Int, steps: Int, mode: ExecutorConfiguration.Mode, plan: OpenCLPlanSelection,
    slices: Int = 1, inputs: Int = 3
  ) throws -> OpenCLExecutor {
    let specification = try NetworkSpecification(
      inputSize: inputs, hiddenSizes: Array(repeating: 8, count: layers), outputSize: 4)
    let executor = try OpenCLExecutor.onDevice(
      specification, ExecutorConfiguration(mode: mode, batchSize: 20, steps: steps), plan: plan,
      sizes: PassSizes(stepsAtOnce: steps, gradientSlices: slices))
    try executor.setParameters(Parameters(randomFor: specification, seed: 51))
    try executor.bind(
      .random(inputSize: inputs, targetSize: 4, steps: steps, windows: 50, seed: 52))
    return executor
  }

  /// Gather, head, and for each layer a launch for all steps; one more for its product where the
  /// inputs are too many to be projected inside.
  @Test(arguments: [1, 2, 3], [1, 37])
  func residentForwardIsALaunchForEachLayer(layers: Int, steps: Int) throws {
    for (inputs, products) in [(3, 0), (17, 1)] {
      let executor = try executor(
        layers: layers, steps: steps, mode: .inference, plan: .resident, inputs: inputs)
      let before = executor.queue.launchCount
      try executor.forward(0..<20)
      #expect(executor.queue.launchCount - before == 2 + layers + products)
    }
  }

  /// A batch of training is 2 L launches for the steps, T times as many where they are stepwise, and
  /// 4 L + 8 for all the rest: L less where the inputs are projected inside, two less without
  /// clipping and one less where the gradient is one slice.
  @Test(arguments: [1, 2, 3], [OpenCLPlanSelection.stepwise, .resident, .cooperative])
  func launchesTheStepsAndAFewMore(layers: Int, plan: OpenCLPlanSelection) throws {
    for (steps, slices, clips) in [(1, 1, false), (1, 2, false), (30, 1, true), (30, 2, true)] {
      let executor = try executor(
        layers: layers, steps: steps, mode: .training, plan: plan, slices: slices)
      let before = executor.queue.launchCount
      try executor.forward(0..<20)
      try executor.backward(.mse)
      try executor.step(.adam(), learningRate: 0.01, maximumGradientNorm: clips ? 1 : nil)
      let launches = executor.queue.launchCount - before
      let loops = 2 * layers * (plan == .stepwise ? steps : 1)
      // Forward: gather, head, and a product for each layer. Backward: loss, two products for the
      // head, one for the weights of each layer and one for each layer's inputs but the lowest's.
      // Then the sum of the slices, two for the norm, one for Adam.
      let expected =
        loops + (2 + (plan == .resident ? 0 : layers)) + (3 + layers + layers - 1)
        + (slices > 1 ? 1 : 0) + (clips ? 2 : 0) + 1
      #expect(launches == expected)
      if slices > 1, clips {
        print("\(plan), \(layers) layers of \(steps) steps: \(launches) launches in a batch")
      }
    }
  }

  /// Of an epoch, the order of the windows goes to the device and the losses come back, nothing else.
  @Test(arguments: [OpenCLPlanSelection.stepwise, .resident])
  func anEpochReadsTheLossOnce(plan: OpenCLPlanSelection) throws {
    let executor = try executor(layers: 2, steps: 5, mode: .training, plan: plan)
    let series = try WindowedSeries.random(
      inputSize: 3, targetSize: 4, steps: 5, windows: 50, seed: 52)
    let before = executor.queue.readCount
    let (read, written) = (executor.queue.bytesRead, executor.queue.bytesWritten)
    try executor.setWindows(series.windows.reversed())
    for range in executor.batches(of: 50) {
      try executor.forward(range)
      try executor.backward(.mse)
      try executor.step(.adam(), learningRate: 0.01, maximumGradientNorm: 1)
    }
    #expect(executor.queue.readCount == before)
    #expect(try executor.takeLosses().count == 3)
    #expect(executor.queue.readCount == before + 1)
    #expect(executor.queue.bytesRead - read == 3 * MemoryLayout<Float>.stride)
    #expect(executor.queue.bytesWritten - written == 50 * MemoryLayout<Window>.stride)
  }
}

import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

/// Networks whose work-groups share the units of a layer.
@Suite(.enabled(if: KernelBench.hasDevice)) struct OpenCLCooperativeTests {
  private static let steps = 5

  private func executor(
    _ specification: NetworkSpecification, mode: ExecutorConfiguration.Mode = .training
  ) throws -> OpenCLExecutor {
    try .onDevice(
      specification, ExecutorConfiguration(mode: mode, batchSize: 9, steps: Self.steps),
      plan: .cooperative)
  }

  /// Goes on step by step once the host has read that a launch gave up, and not before; both ways
  /// compute what the reference computes.
  @Test func givesUpAtTheNextRead() throws {
    // More units than a work-group takes alone.
    let specification = try NetworkSpecification(
      inputSize: 3, hiddenSizes: [70, 66], outputSize: 2)
    let executor = try executor(specification)
    let barrier = try #require(executor.operations.barrier)
    // The first to arrive gives up, wherever the device has more than one compute unit.
    barrier.polls = 0
    let reference = try ReferenceBackend().makeExecutor(
      for: specification, configuration: executor.configuration)
    for executor in [executor, reference] as [any Executor] {
      try executor.setParameters(Parameters(randomFor: specification, seed: 61))
      try executor.bind(
        .random(inputSize: 3, targetSize: 2, steps: Self.steps, windows: 25, seed: 62))
    }
    #expect(executor.plan.hasPrefix("cooperative, float32: one launch"))
    var worst = WorstError()
    var launches: [Int] = []
    for (number, range) in [0..<9, 9..<18, 18..<25, 0..<9].enumerated() {
      let before = executor.queue.launchCount
      for executor in [executor, reference] as [any Executor] {
        try executor.forward(range)
        // Even a read between the passes, after which the backward pass goes another way.
        if number == 1 { _ = try executor.finalStates() }
        try executor.backward(.mse)
      }
      launches.append(executor.queue.launchCount - before)
      if number == 0 { #expect(executor.plan.hasPrefix("cooperative")) }
      if number == 1 {
        #expect(executor.plan.hasPrefix("stepwise"))
        #expect(
          executor.plan.contains("cooperative gave up: work-groups do not run side by side"))
      }
      guard number > 0 else { continue }
      worst.expect(
        try executor.outputs(), try reference.outputs(), within: 2e-6, "outputs")
      worst.expect(
        try executor.gradients().values, try reference.gradients().values, within: 2e-5,
        "gradients")
    }
    worst.expect(
      try executor.takeLosses(), try reference.takeLosses(), within: 1e-5, "losses")
    let extra = 2 * (Self.steps - 1)
    #expect(launches.map { $0 - launches[0] } == [0, extra, 2 * extra, 2 * extra])
  }

  /// Large enough for parts that are not in registers, with a last batch that is short.
  @Test func computesWhatTheReferenceComputes() throws {
    let cases = [
      DeviceVerification.Case(
        try NetworkSpecification(inputSize: 3, hiddenSizes: [257, 130], outputSize: 2),
        steps: 4, batchSize: 5, loss: .mse, optimizer: .sgd(momentum: 0.9)),
      DeviceVerification.Case(
        try NetworkSpecification(inputSize: 2, hiddenSizes: [1, 17], outputSize: 1),
        steps: 2, batchSize: 33, loss: .huber, optimizer: .adam()),
    ]
    let results = try DeviceVerification.run(
      on: OpenCLBackend(deviceIndex: 0, plan: .cooperative), cases: cases)
    for result in results {
      print(result)
      #expect(result.passed, "\(result)")
      #expect(result.plan == "cooperative")
    }
  }

  @Test func readsOnceMoreWithTheLosses() throws {
    let specification = try NetworkSpecification(inputSize: 3, hiddenSizes: [8], outputSize: 1)
    let executor = try executor(specification)
    try executor.setParameters(Parameters(randomFor: specification, seed: 63))
    try executor.bind(
      .random(inputSize: 3, targetSize: 1, steps: Self.steps, windows: 9, seed: 64))
    let before = executor.queue.readCount
    try executor.forward(0..<9)
    try executor.backward(.mse)
    #expect(executor.queue.readCount == before)
    _ = try executor.takeLosses()
    #expect(executor.queue.readCount == before + 2)
  }
}

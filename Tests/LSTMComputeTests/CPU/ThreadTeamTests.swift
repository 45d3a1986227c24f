import Dispatch
import TestSupport
import Testing

@testable import LSTMCompute

/// Threads that share a job, and networks that they split.
@Suite struct ThreadTeamTests {
  /// What the parts of a job saw.
  private final class Trace: @unchecked Sendable {
    /// For each part, the phases that it has done; the parts write their own only.
    let phases: UnsafeMutableBufferPointer<Int>
    /// For each part, whether its phases came in their order.
    let order: UnsafeMutableBufferPointer<Bool>

    init(parts: Int) {
      phases = .allocate(capacity: parts)
      phases.initialize(repeating: 0)
      order = .allocate(capacity: parts)
      order.initialize(repeating: true)
    }

    deinit {
      phases.deallocate()
      order.deallocate()
    }

    func visit(_ phase: Int, _ part: Int) {
      order[part] = order[part] && phases[part] == phase
      phases[part] += 1
    }
  }

  @Test(arguments: [1, 2, 3, 16, 255])
  func doesEachPartOnceInEachPhase(parts: Int) {
    let trace = Trace(parts: parts)
    ThreadTeam(threads: parts).run(phases: 50, parts: parts) { phase, part in
      trace.visit(phase, part)
    }
    #expect(trace.phases.allSatisfy { $0 == 50 })
    #expect(trace.order.allSatisfy { $0 })
  }

  /// Each phase sums what all parts of the phase before have left: a part that began too early or
  /// did not see the others' results would break the sum.
  @Test(arguments: [2, 5, 16])
  func beginsNoPhaseBeforeTheLastIsOver(parts: Int) {
    let phases = 300
    let values = UnsafeMutableBufferPointer<Int>.allocate(capacity: (phases + 1) * parts)
    values.initialize(repeating: 0)
    defer { values.deallocate() }
    for part in 0..<parts { values[part] = 1 }
    nonisolated(unsafe) let shared = values
    ThreadTeam(threads: parts).run(phases: phases, parts: parts) { phase, part in
      let before = shared[phase * parts..<(phase + 1) * parts]
      shared[(phase + 1) * parts + part] = before.reduce(part) { ($0 + $1) % 1_000_003 }
    }
    var expected = Array(repeating: 1, count: parts)
    for _ in 0..<phases {
      expected = (0..<parts).map { part in expected.reduce(part) { ($0 + $1) % 1_000_003 } }
    }
    #expect(Array(values.suffix(parts)) == expected)
  }

  @Test func servesSeveralCallersAtTheSameTime() {
    let callers = 4
    let traces = (0..<callers).map { _ in Trace(parts: 3) }
    DispatchQueue.concurrentPerform(iterations: callers) { caller in
      for round in 0..<200 {
        ThreadTeam(threads: 3).run(phases: 5, parts: 3) { phase, part in
          traces[caller].visit(5 * round + phase, part)
        }
      }
    }
    for trace in traces {
      #expect(trace.phases.allSatisfy { $0 == 1000 })
      #expect(trace.order.allSatisfy { $0 })
    }
  }

  /// Each number comes from the same operations in the same order, whichever thread has them.
  @Test(arguments: [1, 2, 13], [2, 7])
  func resultsDoNotDependOnTheThreads(batch: Int, threads: Int) throws {
    let specification = try NetworkSpecification(
      inputSize: 3, hiddenSizes: [130, 75], outputSize: 2)
    let series = try WindowedSeries.random(
      inputSize: 3, targetSize: 2, steps: 40, windows: batch, seed: 4)
    func values(threads: Int) throws -> [[UInt32]] {
      let executor = try CPUBackend(threads: threads).makeExecutor(
        for: specification,
        configuration: ExecutorConfiguration(mode: .training, batchSize: batch, steps: 40))
      try executor.setParameters(Parameters(randomFor: specification, seed: 3))
      try executor.bind(series)
      for _ in 0..<2 {
        try executor.forward(0..<batch)
        try executor.backward(.mse)
        try executor.step(.adam(), learningRate: 1e-2, maximumGradientNorm: 1)
      }
      return [
        try executor.outputs(), try executor.gradients().values, try executor.parameters().values,
      ].map { $0.map(\.bitPattern) }
    }
    #expect(try values(threads: 1) == values(threads: threads))
  }
}

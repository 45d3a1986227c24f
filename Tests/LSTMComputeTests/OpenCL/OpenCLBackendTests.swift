import TestSupport
import Testing

@testable import LSTMCompute

@Suite struct OpenCLBackendTests {
  @Test func refusesADeviceThatDoesNotExist() throws {
    let count = try OpenCLDevice.all().count
    let error = #expect(throws: LSTMError.self) { try OpenCLBackend(deviceIndex: count + 7) }
    guard case .deviceUnavailable(let message) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(message.contains("opencl:\(count + 7)"))
    #expect(!message.contains("\n"))
    #expect(throws: LSTMError.self) { try OpenCLBackend(deviceIndex: -1) }
  }

  @Test(.enabled(if: KernelBench.hasDevice)) func describesItself() throws {
    let backend = try OpenCLBackend(deviceIndex: 0)
    let device = try #require(try OpenCLDevice.all().first)
    #expect(backend.name == "opencl:0")
    #expect(backend.device == device)
    #expect(backend.deviceDescription.contains(device.name))
    #expect(device.memorySize > 0 && device.computeUnits > 0)
  }

  @Test(.enabled(if: KernelBench.hasDevice)) func refusesBatchesThatDoNotFit() throws {
    let backend = try OpenCLBackend(deviceIndex: 0)
    let specification = try NetworkSpecification(inputSize: 8, hiddenSizes: [64], outputSize: 1)
    func make(batchSize: Int, steps: Int) throws {
      _ = try backend.makeExecutor(
        for: specification,
        configuration: ExecutorConfiguration(
          mode: .training, batchSize: batchSize, steps: steps))
    }
    // Beyond what kernels count in ints.
    #expect(throws: LSTMError.self) { try make(batchSize: 1 << 20, steps: 1 << 20) }
    // Beyond any device's memory: the device's own refusal, with the call and its status.
    let error = #expect(throws: LSTMError.self) { try make(batchSize: 1 << 16, steps: 1 << 14) }
    guard case .deviceFailure(let message) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(message.contains("clCreateBuffer failed with CL_"), "\(message)")
    #expect(throws: LSTMError.self) { try make(batchSize: 0, steps: 1) }
  }

  @Test(.enabled(if: KernelBench.hasDevice)) func refusesASeriesOfAnotherShape() throws {
    let backend = try OpenCLBackend(deviceIndex: 0)
    let executor = try backend.makeExecutor(
      for: NetworkSpecification(inputSize: 8, hiddenSizes: [4], outputSize: 1),
      configuration: ExecutorConfiguration(mode: .inference, batchSize: 2, steps: 3))
    let series = try WindowedSeries.random(
      inputSize: 7, targetSize: 1, steps: 3, windows: 4, seed: 31)
    #expect(throws: LSTMError.self) { try executor.bind(series) }
  }
}

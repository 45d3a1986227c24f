import FoundationEssentials
@testable import LSTMCompute
import TestSupport
import Testing

/// The articles' code is this folder's, which compiles and runs.
@Suite struct ArticleTests {
  @Test(arguments: [
    "GettingStarted", "EquationsAndLayouts", "DevicesAndPrecision", "MovingModels",
  ]) func showsCompiledCode(article: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    func lines(_ path: String) throws -> [Substring] {
      try String(contentsOf: folder.appending(path: path), encoding: .utf8)
        .split(separator: "\n")
    }
    let code = try lines("\(article).swift").map(\.trimmed)
    let blocks = try lines(
      "../../../Sources/LSTMCompute/LSTMCompute.docc/\(article).md"
    ).swiftBlocks
    #expect(!blocks.isEmpty)
    for block in blocks {
      let wanted = block.map(\.trimmed)
      #expect(
        code.indices.contains { code[$0...].starts(with: wanted) },
        "not in \(article).swift:\n\(block.joined(separator: "\n"))")
    }
  }

  // MARK: - Getting started

  static let temperatures = (0..<200).map { Float($0 % 24) / 24 }

  @Test func forecasts() throws {
    let forecast = try GettingStarted.forecast(temperatures: Self.temperatures)
    // Every fifth of the 176 windows, rounded as `split` does it.
    #expect(forecast.count == 36)
    #expect(forecast.allSatisfy { $0.isFinite })
  }

  @Test func forecastsQuantiles() throws {
    let isMeasured = Self.temperatures.indices.map { $0 % 10 != 3 }
    let forecast = try GettingStarted.quantiles(
      temperatures: Self.temperatures, isMeasured: isMeasured, on: CPUBackend())
    #expect(forecast.count == (200 - 24 - 2) * 3 * 3)
    #expect(forecast.allSatisfy { $0.isFinite })
  }

  @Test(arguments: [TestedBackend.reference] + TestedBackend.processors.prefix(1))
  func streams(backend: TestedBackend) throws {
    let specification = try NetworkSpecification(inputSize: 2, hiddenSizes: [5], outputSize: 3)
    let network = try Network(
      specification: specification, parameters: Parameters(randomFor: specification, seed: 1))
    let outputs = try GettingStarted.run(
      network, on: [[1, 2], [3, 4], [1, 2]], with: backend.backend)
    #expect(outputs.map(\.count) == [3, 3, 3])
    #expect(outputs[0] != outputs[2], "it remembers")
  }

  @Test(arguments: [TestedBackend.reference] + TestedBackend.processors.prefix(1))
  func encodesSequences(backend: TestedBackend) throws {
    let (outputs, gradients) = try GettingStarted.encode(
      [[1, 2, 3], [4], [5, 6]], on: backend.backend)
    #expect(outputs.outputs.count == 3 * 3 * 16)
    #expect(outputs.finalStates[0].hidden.count == 3 * 16)
    #expect(gradients.values.contains { $0 != 0 })
  }

  @Test func saysWhichDeviceIsMissing() throws {
    #expect(GettingStarted.device(named: "cpu")?.name == "cpu")
    #expect(GettingStarted.device(named: "opencl:999") == nil)
    #expect(GettingStarted.device(named: "toaster") == nil)
  }

  // MARK: - Equations and layouts

  @Test func describesOptions() throws {
    let specification = try EquationsAndLayouts.options()
    #expect(specification.layers[0].outputSize == 128)
    #expect(
      EquationsAndLayouts.parameters(specification).contains("lstm.weight_hr_l1"))
    #expect(try EquationsAndLayouts.encoderDecoder().outputSteps(for: 30) == 12)
  }

  /// The article's random mask is the engine's: about the share that it was asked for, and the same
  /// elements as a layer's dropout.
  @Test func drawsTheEnginesMask() throws {
    let hits = EquationsAndLayouts.random(seed: 5 << 32 | 7, batchNumber: 3, share: 0.25)
    let mask = RandomMask(
      share: 0.25, .dropout, seed: 5 << 32 | 7, batchNumber: 3, layer: 1, direction: 0)
    #expect(hits == (0..<64).map { mask.isHit($0) })
    #expect(hits.contains(true) && hits.contains(false))
  }

  @Test func ordersLanes() throws {
    let series = try WindowedSeries(
      inputs: Self.temperatures, inputSize: 1, targets: Self.temperatures, targetSize: 1, steps: 2)
    #expect(try EquationsAndLayouts.lanes(series) == 3)
  }

  // MARK: - Devices and precision

  @Test func choosesDevices() throws {
    try DevicesAndPrecision.list()
    #expect(try DevicesAndPrecision.choose().map(\.name).suffix(2) == ["cpu", "reference"])
    #expect(try DevicesAndPrecision.force().name == "opencl:0")
    #expect((try DevicesAndPrecision.halve() as? OpenCLBackend)?.precision == .float16)
    let small = try DeviceVerification.standardCases()[0]
    #expect(try DevicesAndPrecision.verify(CPUBackend(), [small]))
  }

  // MARK: - Moving models

  @Test func savesAndLoads() throws {
    let specification = try EquationsAndLayouts.options()
    let network = try Network(
      specification: specification, parameters: Parameters(randomFor: specification, seed: 1))
    let path = Self.freePath
    defer { try? FileManager.default.removeItem(atPath: path) }
    try MovingModels.save(network, to: path)
    #expect(try MovingModels.load(path: path) == network)
    #expect(throws: LSTMError.self) { try MovingModels.loadStateDictionary(path: path) }
    #expect(throws: LSTMError.self) { try MovingModels.loadFromKeras(path: path) }
  }

  @Test func fineTunes() throws {
    let specification = try NetworkSpecification(inputSize: 1, hiddenSizes: [5], outputSize: 1)
    let network = try Network(
      specification: specification, parameters: Parameters(randomFor: specification, seed: 1))
    let series = try WindowedSeries(
      inputs: Self.temperatures, inputSize: 1, targets: Self.temperatures, targetSize: 1, steps: 24)
    let tuned = try MovingModels.fineTune(network, to: series, on: CPUBackend())
    let slices = network.parameters.layout.slices
    for slice in slices {
      #expect(
        (tuned.parameters[slice] == network.parameters[slice]) == slice.name.hasPrefix("lstm."))
    }
  }

  @Test func goesOn() throws {
    let series = try WindowedSeries(
      inputs: Self.temperatures, inputSize: 1, targets: Self.temperatures, targetSize: 1, steps: 24)
    let trainer = try Trainer(
      specification: NetworkSpecification(inputSize: 1, hiddenSizes: [5], outputSize: 1),
      configuration: TrainingConfiguration(epochs: 2), backend: CPUBackend())
    let path = Self.freePath
    defer { try? FileManager.default.removeItem(atPath: path) }
    let results = try [false, true].map {
      try MovingModels.train(
        by: trainer, on: series, validation: [], path: path, isInterrupted: $0)
    }
    #expect(results[0].network == results[1].network)
  }

  private static var freePath: String {
    FileManager.default.temporaryDirectory
      .appending(path: "article-\(UUID().uuidString).safetensors").path
  }
}

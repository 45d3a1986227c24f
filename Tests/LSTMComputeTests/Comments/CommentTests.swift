import FoundationEssentials
import LSTMCompute
import TestSupport
import Testing

/// The code in the comments of LSTMCompute is `CommentExamples`, which compiles and runs.
@Suite struct CommentTests {
  @Test func showCompiledCode() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let code = try CommentedCode(
      of: folder.appending(path: "../../../Sources/LSTMCompute").standardizedFileURL,
      in: folder.appending(path: "CommentExamples.swift"))
    #expect(code.strays == [])
    #expect(code.count >= 6)
  }

  private static let specification = Result {
    try NetworkSpecification(inputSize: 3, hiddenSizes: [5], outputSize: 1)
  }

  private static func network() throws -> Network {
    let specification = try specification.get()
    return try Network(
      specification: specification, parameters: Parameters(randomFor: specification, seed: 1))
  }

  private static func series() throws -> WindowedSeries {
    try CommentExamples.samples(
      (0..<20).map { sample in (0..<6).map { Float((sample + $0) % 7) } },
      (0..<20).map { [Float($0 % 3)] })
  }

  @Test func fit() throws {
    #expect(try CommentExamples.fit(Self.series()).history.epochs.count > 0)
  }

  @Test func begin() async throws {
    let series = try Self.series()
    let trainer = try Trainer(
      specification: Self.specification.get(), configuration: TrainingConfiguration(epochs: 2),
      backend: CPUBackend())
    let result = try await CommentExamples.begin(trainer, series, Array(series.windows.prefix(4)))
    #expect(result.history.epochs.count == 2)
  }

  @Test func predict() throws {
    let windows = [Float](repeating: 0.5, count: 4 * 30 * 3)
    #expect(try CommentExamples.predict(Self.network(), windows).count == 4)
    try CommentExamples.stream(Self.network(), [[1, 2, 3], [4, 5, 6]])
  }

  @Test func share() throws {
    #expect(try CommentExamples.sum() == [1, 2])
    let result = try CommentExamples.share(Self.series(), ProcessGroup(SoleRank()))
    #expect(result.history.epochs.count == 2)
  }

  @Test func save() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "comment-\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try CommentExamples.save(Self.network(), path).count == 6)
    try CommentExamples.export(Self.network(), path)
    #expect(try Data(contentsOf: URL(filePath: path)).starts(with: [0x08, 8]))
  }
}

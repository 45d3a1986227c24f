import AnomalyDetection
import Foundation
import LSTMCompute
import TestSupport
import Testing
import TimeSeries

/// The code in the comments of TimeSeries and AnomalyDetection is `CommentExamples`, which compiles and
/// runs.
@Suite struct CommentTests {
  @Test(arguments: [("TimeSeries", 2), ("AnomalyDetection", 7)])
  func showCompiledCode(module: String, least: Int) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let code = try CommentedCode(
      of: folder.appending(path: "../../../Sources/\(module)").standardizedFileURL,
      in: folder.appending(path: "CommentExamples.swift"))
    #expect(code.strays == [])
    #expect(code.count >= least)
  }

  @Test func run() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "comments-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let data = folder.appending(path: "sales.csv")
    let rows = (0..<150).map { "\($0 * 86_400),\($0 == 140 ? 300 : 100 + $0 * 7 % 10)" }
    try ("time,sales\n" + rows.joined(separator: "\n") + "\n").write(
      to: data, atomically: true, encoding: .utf8)
    let series = try CommentExamples.read(data.path)
    #expect(series.rowCount == 150)
    #expect(try CommentExamples.windows(series).steps == 28)
    let forecaster = try CommentExamples.fit(series, folder.appending(path: "model").path)
    let analysis = try CommentExamples.analyze(series, forecaster)
    #expect(analysis.targets[0].events.contains { $0.rows.contains(140) })
    try CommentExamples.stream(
      Example().forecaster, (0..<8).map { ["a": Double($0), "b": 1, "c": 2] })
    try CommentExamples.watch(
      Example().forecaster,
      (0..<8).map {
        LiveRow(
          values: ["a": Double($0), "b": 1, "c": 2],
          time: RowTime(kind: .rowNumbers, value: Double($0 + 2)))
      })
    let labels = folder.appending(path: "labels.csv")
    try "start,end\n12096000,12096000\n".write(to: labels, atomically: true, encoding: .utf8)
    #expect(try CommentExamples.evaluate(analysis, labels.path).labelCount == 1)
    #expect(CommentExamples.options().horizon == 7)
    #expect(CommentExamples.threshold() == .conformal(0.01))
  }
}

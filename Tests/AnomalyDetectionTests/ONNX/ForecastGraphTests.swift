import Foundation
import LSTMCompute
import TestSupport
import Testing

@testable import AnomalyDetection
@testable import TimeSeries

/// Whole forecasters as ONNX graphs.
///
/// What ONNX Runtime makes of a graph was recorded by `Fixtures/record_onnx_forecaster.py`, together with the
/// graph's checksum: a graph that has changed since has to be run again.
@Suite struct ForecastGraphTests {
  private func fixture(_ name: String) -> String {
    let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    return "/\(folder)/Fixtures/onnx/\(name)"
  }

  private func recorded() throws -> (Forecaster, Series, SafetensorsFile) {
    let forecaster = try Forecaster(path: fixture("forecaster.safetensors"))
    let table = try Table.read(path: fixture("rows.csv"))
    return (
      forecaster, try Series(table: table, options: forecaster.columns),
      try SafetensorsFile(path: fixture("results.safetensors"))
    )
  }

  @Test func theRecordedForecasterHasAllOfIt() throws {
    let (forecaster, series, _) = try recorded()
    let recipe = try #require(forecaster.recipe)
    #expect(recipe.linear != nil && recipe.filter != nil && recipe.inputs.calendar != nil)
    #expect(recipe.inputs.known == ["price"] && forecaster.subject == .linear)
    #expect(recipe.blend?.sources.allSatisfy { $0.count > 1 } == true)
    #expect(forecaster.bands != nil)
    #expect(forecaster.members.count == 2 && forecaster.loss.uncertainties.count == 2)
    #expect((0..<series.rowCount).contains { series.isMissing(target: 0, row: $0) })
  }

  @Test func forecastsAreThoseOfONNXRuntime() throws {
    let (forecaster, series, results) = try recorded()
    let forecasts = try forecaster.forecast(
      series, rows: forecaster.steps..<series.rowCount + 1, on: CPUBackend())
    let names = ["forecast"] + forecaster.uncertaintyNames
    var worst = WorstError()
    for (number, name) in names.enumerated() {
      let theirs = try #require(results.tensors["\(name)_by_row"]).doubles
      let ours =
        number == 0 ? forecasts.values.forecasts : forecasts.values.uncertainties[number - 1]
      try #require(ours.count == theirs.count, "\(name)")
      let targets = forecaster.targets.count
      for target in 0..<targets {
        let spread = forecaster.scaler[forecaster.targets[target]]?.scale ?? 1
        let cells = Swift.stride(from: target, to: ours.count, by: targets)
          .filter { !(ours[$0].isNaN && theirs[$0].isNaN) }
        #expect(cells.count > 200)
        worst.expect(
          cells.map { Float(ours[$0] / spread) }, cells.map { theirs[$0] / spread }, within: 1e-5,
          name)
      }
    }
    print("ONNX forecaster: worst error \(worst)")
  }

  @Test func theGraphIsTheOneThatWasRun() throws {
    let (forecaster, _, results) = try recorded()
    var digest = SHA256()
    try forecaster.onnx().withUnsafeBytes { digest.add($0) }
    #expect(
      digest.text == results.metadata["sha256"],
      "the graph has changed: run Fixtures/record_onnx_forecaster.py")
  }

  @Test func inputsAndOutputsAreNamed() throws {
    let (forecaster, _, _) = try recorded()
    let model = try forecaster.onnxModel()
    #expect(model.operatorSets == ["": 17] && model.irVersion == 8)
    #expect(model.graph.inputs.map(\.name) == ["rows", "time", "known"])
    #expect(model.graph.inputs.allSatisfy { $0.elementType == .float64 })
    #expect(model.graph.inputs[0].shape == [.name("batch"), .name("rows"), .size(4)])
    #expect(model.graph.inputs[0].documentation == "load, sales, price, temperature")
    #expect(model.graph.inputs[2].shape == [.name("batch"), .size(3), .size(1)])
    #expect(
      model.graph.outputs.map(\.name).filter { !$0.hasSuffix("_by_row") }
        == ["forecast", "quantile_0.1", "quantile_0.9", "member_spread"])
    #expect(model.graph.outputs[0].shape == [.name("batch"), .size(3), .size(2)])
    #expect(model.metadata["swift_lstm_columns"] == "load\nsales\nprice\ntemperature")
    #expect(model.metadata["swift_lstm_known"] == "price")
    // Each value is made once, before it is read.
    var known = Set(model.graph.inputs.map(\.name) + model.graph.initializers.map(\.name))
    for node in model.graph.nodes {
      for input in node.inputs where !input.isEmpty { #expect(known.contains(input)) }
      for output in node.outputs { #expect(known.insert(output).inserted) }
    }
    #expect(model.graph.outputs.allSatisfy { known.contains($0.name) })
  }

  /// A graph without what the model does not have.
  @Test func aPlainForecasterHasOneInput() throws {
    let example = try Example(horizon: 2)
    let model = try example.forecaster.onnxModel()
    #expect(model.graph.inputs.map(\.name) == ["rows"])
    #expect(model.graph.outputs.map(\.name) == ["forecast", "forecast_by_row"])
    #expect(model.graph.nodes.count { $0.operation == "LSTM" } == 2)
    #expect(try ONNXModel(example.forecaster.onnx(), path: "x") == model)
    let error = #expect(throws: LSTMError.self) { try ImportedNetwork(model) }
    #expect(error?.description.contains("export --bare") == true)
  }

  @Test func whatONNXLacksIsNamed() throws {
    let example = try Example { _ in
    } network: {
      $0.layers[0].projectionSize = 2
    }
    let error = #expect(throws: LSTMError.self) { try example.forecaster.onnx() }
    #expect(error?.description.contains("layer 0 has a projection") == true)
  }
}

import AnomalyDetection
import ArgumentParser
import LSTMCompute
import ResultText

/// Shows what is in a model file.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what is in a model file, or of which layers an ONNX or PyTorch file is.")

  @Argument(
    help: ArgumentHelp(
      "The model, as fit or run has written it, or a file of weights as apply takes it.",
      valueName: "model"), completion: .file())
  var model: String

  @Flag(help: "Print a JSON document instead.")
  var json = false

  func validate() throws {
    try Check.path(model, "The model")
  }

  func run() throws {
    let found: ImportedNetwork
    switch try WeightFile(path: model) {
    case .graph(let graph): found = try naming { try ImportedNetwork(graph) }
    case .tensors(let file)
    where Forecaster.isModel(file) || Checkpoint.isDescribed(by: file.metadata):
      let stored = try Forecaster.load(file, path: model)
      let (forecaster, hasChecksum) = (stored.forecaster, stored.hasChecksum)
      let document = ModelDescription.document(
        forecaster, training: nil, hasChecksum: hasChecksum)
      return Terminal.write(
        json ? document.pretty : ModelDescription.text(forecaster, hasChecksum: hasChecksum),
        to: .output)
    case .tensors(let file):
      found = try naming { try ImportedNetwork(file.tensors, metadata: file.metadata) }
    }
    Terminal.write(
      json ? WeightDescription.document(found).pretty : WeightDescription.text(found), to: .output)
  }

  /// Puts the name of the file before what is wrong with its network.
  private func naming<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch { throw CommandError(description: "\(model): \(error)") }
  }
}

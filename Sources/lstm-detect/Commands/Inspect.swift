import AnomalyDetection
import ArgumentParser

/// Shows what is in a model file.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what is in a model file.")

  @Argument(
    help: ArgumentHelp("The model, as fit or run has written it.", valueName: "model"),
    completion: .file())
  var model: String

  @Flag(help: "Print a JSON document instead.")
  var json = false

  func validate() throws {
    try Check.path(model, "The model")
  }

  func run() throws {
    let (forecaster, hasChecksum) = try readTensors(model, Forecaster.load)
    let document = ModelDescription.document(forecaster, training: nil, hasChecksum: hasChecksum)
    Terminal.write(
      json ? document.pretty : ModelDescription.text(forecaster, hasChecksum: hasChecksum),
      to: .output)
  }
}

import AnomalyDetection
import ArgumentParser
import LSTMCompute

/// Writes a model's weights for another library.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the weights of a model for PyTorch or Keras.",
    discussion: """
      For PyTorch, the state_dict of a module with an nn.LSTM `lstm` and an nn.Linear `head`; for \
      Keras, LSTM layers and a Dense one with the names that Keras gives them. Both are \
      safetensors files without what a model has beside its weights: how columns are scaled, the \
      window. docs/moving-models.md has the lines of Python that read them.

      EXAMPLES
        lstm-detect export --model m.safetensors --format keras \\
          --output keras.safetensors
      """
  )

  @Option(
    help: ArgumentHelp("The model, as fit or run has written it.", valueName: "file"),
    completion: .file())
  var model: String

  @Option(help: ArgumentHelp("pytorch or keras.", valueName: "library"))
  var format: WeightFormat

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the weights go.", valueName: "file"),
    completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp(
      "What all names start with, such as `encoder.` for a module that has it as a part.",
      valueName: "text"))
  var prefix = ""

  @Flag(name: .shortAndLong, help: "Print errors only.")
  var quiet = false

  func validate() throws {
    try Check.path(model, "--model")
    try Check.path(output, "--output")
  }

  func run() throws {
    let console = Console(isQuiet: quiet)
    try Place.checkDistinct([Place("the model", model), Place("--output", output)])
    try StagedFile.check(output)
    let forecaster = try readTensors(model, Forecaster.init(path:))
    try forecaster.checkSingle(model, "export writes the weights of one network")
    let tensors: [String: SafetensorsFile.Tensor]
    do {
      tensors = try forecaster.network.tensors(for: format, prefix: prefix)
    } catch {
      throw CommandError(description: "\(model): \(error)")
    }
    try SafetensorsFile(
      tensors: tensors, metadata: forecaster.network.metadata(for: format, prefix: prefix)
    ).write(to: output)
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      console.line("tensor    \(name) \(tensor.shape)")
    }
    console.line("written   \(output)")
  }
}

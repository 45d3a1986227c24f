import AnomalyDetection
import ArgumentParser
import LSTMCompute

/// Writes a model's weights for another library.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model for ONNX Runtime, or its weights for PyTorch or Keras.",
    discussion: """
      For ONNX, the whole forecaster: rows of the file's columns in, forecasts in the targets' units \
      out, as predict makes them of a file of those rows. With --bare, the network alone, which takes \
      and gives scaled numbers.

      For PyTorch, the state_dict of a module with an nn.LSTM `lstm` and an nn.Linear `head`; for \
      Keras, LSTM layers and a Dense one with the names that Keras gives them. Both are \
      safetensors files without what a model has beside its weights: how columns are scaled, the \
      window. docs/moving-models.md has the lines of Python that read them all.

      EXAMPLES
        lstm-detect export --model m.safetensors --format onnx --output m.onnx
        lstm-detect export --model m.safetensors --format keras \\
          --output keras.safetensors
      """
  )

  @Option(
    help: ArgumentHelp("The model, as fit or run has written it.", valueName: "file"),
    completion: .file())
  var model: String

  @Option(help: ArgumentHelp("onnx, pytorch or keras.", valueName: "library"))
  var format: ExportFormat

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the weights go.", valueName: "file"),
    completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp(
      "What all names start with, such as `encoder.` for a module that has it as a part; not for "
        + "onnx.",
      valueName: "text"))
  var prefix: String?

  @Flag(help: "For onnx, write the network alone.")
  var bare = false

  @Option(
    help: ArgumentHelp(
      "For onnx, the one to write of several series, by what stands in the column of --series; given "
        + "once for each of several columns.",
      valueName: "value"))
  var key: [String] = []

  @Flag(name: .shortAndLong, help: "Print errors only.")
  var quiet = false

  func validate() throws {
    try Check.path(model, "--model")
    try Check.path(output, "--output")
    guard format == .onnx || !bare else {
      throw ValidationError("--bare is for --format onnx; the others are of the network alone.")
    }
    guard format == .onnx && !bare || key.isEmpty else {
      throw ValidationError(
        "--key is for --format onnx without --bare; networks are of all series.")
    }
    guard format != .onnx || prefix == nil else {
      throw ValidationError("--prefix is for --format pytorch and keras.")
    }
  }

  func run() throws {
    let console = Console(isQuiet: quiet)
    try Place.checkDistinct([Place("the model", model), Place("--output", output)])
    try StagedFile.check(output)
    let forecaster = try readTensors(model, Forecaster.init(path:))
    if let weights = format.weights {
      try forecaster.checkSingle(model, "the weights written are those of one network")
      try write(forecaster.network, for: weights, console)
    } else {
      try write(forecaster, console)
    }
    console.line("written   \(output)")
  }

  /// Writes the weights as a safetensors file.
  private func write(
    _ network: Network, for format: WeightFormat, _ console: Console
  ) throws {
    let prefix = prefix ?? ""
    let tensors = try naming { () throws in try network.tensors(for: format, prefix: prefix) }
    try SafetensorsFile(
      tensors: tensors, metadata: network.metadata(for: format, prefix: prefix)
    ).write(to: output)
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      console.line("tensor    \(name) \(tensor.shape)")
    }
  }

  /// Writes a graph.
  private func write(_ forecaster: Forecaster, _ console: Console) throws {
    if bare { try forecaster.checkSingle(model, "--bare writes one network") }
    let forecaster = bare ? forecaster : try ofOneSeries(forecaster)
    let graph = try naming {
      try bare ? forecaster.network.onnxModel() : forecaster.onnxModel()
    }
    try AtomicFile.write(naming { try graph.encoded() }, to: output)
    for input in graph.graph.inputs { console.line("input     \(input.description)") }
    for value in graph.graph.outputs { console.line("output    \(value.description)") }
  }

  /// The forecaster of the series asked for, of a model of several.
  private func ofOneSeries(_ forecaster: Forecaster) throws -> Forecaster {
    guard let panel = forecaster.panel else {
      guard key.isEmpty else {
        throw CommandError(description: "\(model): a model of one series, which has no --key")
      }
      return forecaster
    }
    let keys = panel.members.map { $0.key.joined(separator: ",") }
    guard let member = panel.member(key) else {
      throw CommandError(
        description: "\(model): "
          + (key.isEmpty
            ? "a model of several series, of which --key names the one to be written"
            : "there is no series '\(key.joined(separator: ","))'")
          + "; there \(keys.count == 1 ? "is" : "are") \(Findings.list(keys))")
    }
    return forecaster.forecaster(of: member)
  }

  /// Puts the name of the model before what is wrong with it.
  private func naming<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch { throw CommandError(description: "\(model): \(error)") }
  }
}

/// For which library a model is written.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
  case onnx
  case pytorch
  case keras

  /// How its weights are named and laid out; `nil` where there is a graph.
  var weights: WeightFormat? { WeightFormat(rawValue: rawValue) }
}

extension ONNXModel.ValueInfo {
  /// Such as `rows F64 [batch, rows, 2]: units, price`.
  fileprivate var description: String {
    let sizes = (shape ?? []).map { dimension in
      switch dimension {
      case .size(let size): "\(size)"
      case .name(let name): name
      case .unknown: "?"
      }
    }
    return "\(name) \(elementType?.rawValue ?? "") [\(sizes.joined(separator: ", "))]"
      + (documentation.isEmpty ? "" : ": \(documentation)")
  }
}

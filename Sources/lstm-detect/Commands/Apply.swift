import AnomalyDetection
import ArgumentParser
import LSTMCompute

/// Runs a network on raw tensors.
struct Apply: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the LSTM layers of PyTorch, Keras or a model on raw tensors.",
    discussion: """
      The weights are a state_dict of a torch.nn.LSTM, alone or within a module, the variables of \
      Keras's LSTM layers, or a model that fit has written; layers, directions and projections \
      follow from names and shapes, and what does not is asked for. The input has `input` [B, T, I] and may have `lengths` [B], \
      `h_0` [L*D, B, R] and `c_0` [L*D, B, H]; the output has `output` [B, T, F], `h_n` and `c_n`, \
      with PyTorch's values for PyTorch's weights.

      Where the input has `grad_output`, `grad_h_n` or `grad_c_n`, the derivatives of a loss by \
      these, the output has those by everything else: `grad_input`, `grad_h_0`, `grad_c_0`, and \
      `grad.NAME` for each tensor NAME of the weights. All files are safetensors.

      EXAMPLES
        lstm-detect apply --weights lstm.safetensors --input x.safetensors \\
          --output y.safetensors
      """
  )

  @Option(help: ArgumentHelp("The weights.", valueName: "file"), completion: .file())
  var weights: String

  @Option(help: ArgumentHelp("What the network is run on.", valueName: "file"), completion: .file())
  var input: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the results go.", valueName: "file"),
    completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp(
      "The LSTM modules or layers to run, from the input on, by the names that their weights start "
        + "with, such as encoder.lstm, separated by commas; needed where there are several and the "
        + "file does not tell that they lie on top of each other. May be repeated.",
      valueName: "names"))
  var layers: [ColumnList] = []

  @Option(
    help: ArgumentHelp(
      "What Keras's Bidirectional makes of two directions: concat or sum; needed where the widths of "
        + "the layers after it do not tell.",
      valueName: "mode"))
  var merge: BidirectionalMerge?

  @OptionGroup(title: "Device") var device: DeviceOptions

  @Flag(name: .shortAndLong, help: "Print errors only.")
  var quiet = false

  func validate() throws {
    try Check.path(weights, "--weights")
    try Check.path(input, "--input")
    try Check.path(output, "--output")
    try layers.checkDistinct("--layers")
  }

  func run() throws {
    let console = Console(isQuiet: quiet)
    try Place.checkDistinct([
      Place("--weights", weights), Place("--input", input), Place("--output", output),
    ])
    try StagedFile.check(output)
    let lstm = try readWeights()
    let tensors = try readTensors(input, SafetensorsFile.init(path:)).tensors
    let request = try naming(input) { () throws(LSTMError) in
      try SequenceRequest(tensors, for: lstm.network.specification)
    }
    let choice = try device.choice
    console.line("device    \(choice.reason)")
    console.line("network   \(lstm.network.specification.layersDescription)")
    let results = try lstm.apply(to: request, on: choice.backend)
    if device.precision != .float32 {
      let exact = try lstm.apply(
        to: request, on: device.exactBackend)
      let error = PrecisionError(results["output"]?.floats ?? [], exact["output"]?.floats ?? [])
      console.line(Rounding(precision: device.precision, error: error).line)
    }
    // Only now, because a failed run leaves one line.
    if !lstm.leftOut.isEmpty {
      console.note("left out of \(weights): \(lstm.leftOut.joined(separator: ", "))")
    }
    if lstm.format == .keras {
      console.note(
        "\(weights) does not tell Keras's other settings; taken are tanh and sigmoid, and steps read "
          + "from the first to the last")
    }
    try SafetensorsFile(tensors: results).write(to: output)
    console.line("written   \(output)")
  }

  private func readWeights() throws -> ImportedNetwork {
    let file = try readTensors(weights, SafetensorsFile.init(path:))
    let names = layers.names
    let lstm: ImportedNetwork
    if Forecaster.isModel(file) {
      guard names.isEmpty, merge == nil else {
        throw CommandError(
          description: "\(weights): a model, whose LSTM layers are known; "
            + "\(merge == nil ? "--layers" : "--merge") is for others")
      }
      let forecaster = try Forecaster(path: weights)
      try forecaster.checkSingle(weights, "apply runs the layers of one network")
      lstm = try ImportedNetwork(layersOf: forecaster.network)
    } else {
      lstm = try naming(weights) { () throws(LSTMError) in
        try ImportedNetwork(
          file.tensors, metadata: file.metadata, layers: names, merge: merge)
      }
      guard merge == nil || lstm.network.specification.layers.contains(where: isMerged) else {
        throw CommandError(
          description: "\(weights): --merge is for layers of Keras with two directions, of which "
            + "there are none")
      }
    }
    return lstm
  }

  /// Puts the name of a file before what is wrong with its tensors.
  private func naming<Result>(
    _ path: String, _ body: () throws(LSTMError) -> Result
  ) throws(LSTMError) -> Result {
    do { return try body() } catch { throw .invalidFile("\(path): \(error)") }
  }

  private func isMerged(_ layer: LSTMLayer) -> Bool { layer.direction.count == 2 }
}

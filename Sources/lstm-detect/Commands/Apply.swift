import AnomalyDetection
import ArgumentParser
import LSTMCompute

/// Runs a network on raw tensors.
struct Apply: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the LSTM layers of PyTorch, Keras, ONNX or a model on raw tensors.",
    discussion: """
      The weights are a state_dict of a torch.nn.LSTM, alone or within a module, as a safetensors file \
      or as torch.save writes it; the variables of Keras's LSTM layers; a graph of ONNX; or a model \
      that fit has written. Layers, directions and projections follow from names and shapes, and what \
      does not is asked for. The input has `input` [B, T, I] and may have `lengths` [B], \
      `h_0` [L*D, B, R] and `c_0` [L*D, B, H]; the output has `output` [B, T, F], `h_n` and `c_n`, \
      with PyTorch's values for PyTorch's weights, and `predictions` of a model's or a graph's dense \
      layer, or of the one that --head names: [B, O], or [B, T, O] of one on every step.

      Where the input has `grad_output`, `grad_h_n`, `grad_c_n` or `grad_predictions`, the derivatives \
      of a loss by these, the output has those by everything else: `grad_input`, `grad_h_0`, \
      `grad_c_0`, and `grad.NAME` for each tensor NAME of the weights. Input and output are safetensors.

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

  @Option(
    help: ArgumentHelp(
      "Run the dense layer of this name too, such as head of an nn.Linear; for weights of PyTorch and "
        + "Keras, which do not tell what it reads.",
      valueName: "name"))
  var head: String?

  @Option(
    help: ArgumentHelp(
      "What the dense layer of --head reads: the outputs of the last step, or of every one.",
      valueName: "last|every"))
  var headSteps: HeadSteps?

  @OptionGroup(title: "Device") var device: DeviceOptions

  @Flag(name: .shortAndLong, help: "Print errors only.")
  var quiet = false

  func validate() throws {
    try Check.path(weights, "--weights")
    try Check.path(input, "--input")
    try Check.path(output, "--output")
    try layers.checkDistinct("--layers")
    guard head != nil || headSteps == nil else {
      throw ValidationError("--head-steps needs --head, the name of the dense layer.")
    }
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
    switch try WeightFile(path: weights) {
    case .graph(let graph):
      try checkNothingNamed("a graph of ONNX")
      return try naming(weights) { () throws(LSTMError) in try ImportedNetwork(graph) }
    case .tensors(let file) where Forecaster.isModel(file):
      try checkNothingNamed("a model")
      let forecaster = try Forecaster(file, path: weights)
      try forecaster.checkSingle(weights, "apply runs one network")
      return ImportedNetwork(ownNetwork: forecaster.network)
    case .tensors(let file):
      let lstm = try naming(weights) { () throws(LSTMError) in
        try ImportedNetwork(
          file.tensors, metadata: file.metadata, layers: layers.names, merge: merge,
          head: head == nil ? .none : headSteps == .every ? .everyStep : .lastStep, dense: head)
      }
      guard merge == nil || lstm.network.specification.layers.contains(where: isMerged) else {
        throw CommandError(
          description: "\(weights): --merge is for layers of Keras with two directions, of which "
            + "there are none")
      }
      return lstm
    }
  }

  /// Throws where an option names what a file tells by itself.
  private func checkNothingNamed(_ what: String) throws(CommandError) {
    let options = [
      ("--layers", !layers.isEmpty), ("--merge", merge != nil), ("--head", head != nil),
    ]
    guard let (option, _) = options.first(where: \.1) else { return }
    throw CommandError(
      description:
        "\(weights): \(what), whose LSTM layers and head are known; \(option) is for others")
  }

  /// Puts the name of a file before what is wrong with its tensors.
  private func naming<Result>(
    _ path: String, _ body: () throws(LSTMError) -> Result
  ) throws(LSTMError) -> Result {
    do { return try body() } catch { throw .invalidFile("\(path): \(error)") }
  }

  private func isMerged(_ layer: LSTMLayer) -> Bool { layer.direction.count == 2 }
}

/// What a dense layer reads.
enum HeadSteps: String, CaseIterable, ExpressibleByArgument {
  case last
  case every
}

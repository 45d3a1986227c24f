import AnomalyDetection
import ArgumentParser
import LSTMCompute

/// From what a training starts, if not from weights drawn at random.
struct FineTuningOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Start from the weights of this model, which must have the same network, targets, features "
        + "and horizon; or from those of a file as apply takes it, of ONNX or PyTorch, with the same "
        + "network and a dense layer after it. Columns are scaled by the new rows.",
      valueName: "model"), completion: .file())
  var initial: String?

  @Option(
    help: ArgumentHelp(
      "Leave a part of the network as it is in the model of --initial: a tensor by the name that "
        + "inspect shows, lstm.l0 for the first layer, lstm, decoder or head. May be repeated.",
      valueName: "part"))
  var freeze: [String] = []

  func validate() throws {
    try Check.path(initial, "--initial")
    if !freeze.isEmpty, initial == nil {
      throw ValidationError("--freeze needs --initial: weights drawn at random are to be trained.")
    }
  }

  /// The name of the model, without its folder.
  private var initialName: String? {
    initial.map { String($0.split(separator: "/").last ?? "") }
  }

  /// The model to start from, and its name.
  ///
  /// - Parameters:
  ///   - options: What is to be fitted.
  ///   - targets: The targets.
  /// - Returns: `nil` where there is none.
  /// - Throws: `CommandError` where it is of another network.
  func model(
    for options: FittingOptions, targets: [String]
  ) throws -> (forecaster: Forecaster, name: String)? {
    guard let initial, let initialName, case .tensors(let file) = try WeightFile(path: initial),
      Forecaster.isModel(file) || Checkpoint.isDescribed(by: file.metadata)
    else { return nil }
    let forecaster = try Forecaster(file, path: initial)
    try check(forecaster, for: options, targets: targets)
    return (forecaster, initialName)
  }

  /// The network to start from, where the file is no model.
  ///
  /// - Returns: `nil` where there is none.
  /// - Throws: `CommandError` where the file holds no network with a dense layer.
  func network() throws -> FittingOptions.InitialNetwork? {
    guard let initial, let initialName else { return nil }
    let imported: ImportedNetwork
    do {
      switch try WeightFile(path: initial) {
      case .graph(let graph): imported = try ImportedNetwork(graph)
      case .tensors(let file) where Forecaster.isModel(file): return nil
      case .tensors(let file):
        imported = try ImportedNetwork(file.tensors, metadata: file.metadata, head: .lastStep)
      }
    } catch let error as LSTMError {
      let text = "\(error)"
      throw CommandError(
        description: text.hasPrefix("\(initial):") ? text : "\(initial): \(text)")
    }
    guard imported.network.specification.head != .none else {
      throw CommandError(
        description: "\(initial): has LSTM layers and no dense layer, and a forecaster needs one")
    }
    guard !imported.hasInitialStates else {
      throw CommandError(
        description:
          "\(initial): starts from states other than 0, which a forecaster does not; write "
          + "a model whose LSTM operators have no initial_h and initial_c")
    }
    return FittingOptions.InitialNetwork(imported.network, name: initialName)
  }

  /// Throws where a model is of another network, or has other features where they are known.
  func check(
    _ model: Forecaster, for options: FittingOptions, targets: [String], features: [String]? = nil
  ) throws {
    do {
      try options.check(initial: model, targets: targets, features: features)
    } catch {
      throw CommandError(description: "\(initial ?? ""): \(error)")
    }
  }

  /// Throws where the model would be lost by writing a checkpoint.
  func checkDistinct(from checkpoints: CheckpointOptions) throws {
    guard let initial else { return }
    try checkpoints.checkDistinct(from: [Place("the initial model", initial)])
  }

  /// Throws where there is nothing of a name, or nothing left to train.
  func check(_ specification: NetworkSpecification) throws {
    let layout = ParameterLayout(specification)
    let frozen: Set<String>
    do {
      frozen = try layout.names(in: Set(freeze))
    } catch {
      throw ValidationError("--freeze: \(error).")
    }
    guard frozen.count < layout.slices.count else {
      throw ValidationError("--freeze leaves nothing to train.")
    }
  }
}

extension Network {
  /// By what the weights are known again: FNV-1a, 64 bits, of their bit patterns.
  var weightsChecksum: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for value in parameters.values {
      hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01B3
    }
    return String(hash, radix: 16)
  }
}

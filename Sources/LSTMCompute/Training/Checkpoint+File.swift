#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// What a checkpoint says beside its tensors, as it lies in the file's metadata.
private struct CheckpointDocument: Codable {
  static let currentVersion = "1"
  static let versionKey = "swift_lstm_checkpoint_format"
  static let key = "swift_lstm_checkpoint"
  static let checksumKey = "swift_lstm_checkpoint_checksum"

  var network: NetworkSpecification
  var configuration: TrainingConfiguration
  var data: DataFingerprint
  var backend: String
  var plan: String
  var annotations: [String: String]
  var end: String?
  var bestEpoch: Int?
  var seconds: Double
  var stepCount: Int
  var batchNumber: UInt32

  /// What is written for the reasons of an end.
  static let ends: [(name: String, end: TrainingHistory.End)] = [
    ("completed", .completed), ("stopped_early", .stoppedEarly),
  ]
}

extension Checkpoint {
  /// Whether the metadata of a file call it a checkpoint, of whatever version.
  package static func isDescribed(by metadata: [String: String]) -> Bool {
    metadata[CheckpointDocument.versionKey] != nil
  }

  /// Writes the checkpoint to a safetensors file, replacing an old one in one go.
  ///
  /// - Parameter path: Where to.
  /// - Throws: `LSTMError.fileSystem` where it cannot be written, or a training is writing to it.
  public func write(to path: String) throws(LSTMError) {
    try LockedFile(path).write(encoded())
  }

  /// The bytes of the file that `write` writes.
  package func encoded() throws(LSTMError) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    guard
      let text = try? encoder.encode(
        CheckpointDocument(
          network: specification, configuration: configuration, data: data, backend: backend,
          plan: plan, annotations: annotations,
          end: CheckpointDocument.ends.first { $0.end == end }?.name,
          bestEpoch: history.bestEpoch, seconds: seconds, stepCount: optimizer.stepCount,
          batchNumber: batchNumber))
    else {
      throw LSTMError.invalidFile(
        "the checkpoint cannot be written: it holds a number that is not finite")
    }
    let document = String(decoding: text, as: UTF8.self)
    let tensors = tensors()
    return try SafetensorsFile(
      tensors: tensors,
      metadata: [
        "format": "pt", CheckpointDocument.versionKey: CheckpointDocument.currentVersion,
        CheckpointDocument.key: document,
        CheckpointDocument.checksumKey: Checksum.text(of: tensors, document),
      ]
    ).encoded()
  }

  private func tensors() -> [String: SafetensorsFile.Tensor] {
    var tensors: [String: SafetensorsFile.Tensor] = [:]
    for slice in best.layout.slices {
      func add(_ prefix: String, _ values: [Double]) {
        tensors[prefix + slice.name] = .init(
          narrowing: Array(values[slice.range]), shape: slice.shape)
      }
      add("", optimizer.parameters)
      add("optimizer.first.", optimizer.first)
      add("optimizer.second.", optimizer.second)
      tensors["best." + slice.name] = .init(Array(best[slice]), shape: slice.shape)
    }
    let epochs = history.epochs
    func add(_ name: String, _ values: [Double]) {
      tensors[name] = .init(narrowing: values, shape: [values.count])
    }
    tensors["epoch.losses"] = .init(losses, shape: [losses.count])
    add("history.training_loss", epochs.map { Double($0.trainingLoss) })
    if data.validationWindows > 0 {
      add("history.validation_loss", epochs.compactMap { $0.validationLoss.map { Double($0) } })
    }
    add("history.learning_rate", epochs.map(\.learningRate))
    add("history.seconds", epochs.map(\.seconds))
    return tensors
  }

  /// Reads a checkpoint.
  ///
  /// - Parameter path: The file.
  /// - Throws: `LSTMError.invalidFile` where it is damaged, no checkpoint or one of another version,
  ///   `LSTMError.fileSystem` where it cannot be read.
  public init(path: String) throws(LSTMError) {
    try self.init(SafetensorsFile(path: path), path: path)
  }

  /// Reads a checkpoint from a file's contents.
  package init(_ file: SafetensorsFile, path: String) throws(LSTMError) {
    func invalid(_ reason: String) -> LSTMError { .invalidFile("\(path): \(reason)") }
    guard let version = file.metadata[CheckpointDocument.versionKey] else {
      throw invalid("has tensors, but is no checkpoint of a training")
    }
    guard version == CheckpointDocument.currentVersion else {
      throw invalid(
        "a checkpoint of format version \(version.prefix(20)); this version reads "
          + CheckpointDocument.currentVersion)
    }
    let text = file.metadata[CheckpointDocument.key] ?? ""
    guard
      file.metadata[CheckpointDocument.checksumKey] == Checksum.text(of: file.tensors, text)
    else { throw invalid("the checkpoint is damaged: its checksum is another") }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let document = try? decoder.decode(CheckpointDocument.self, from: Data(text.utf8)) else {
      throw invalid("the description of the checkpoint is damaged")
    }
    do {
      self.init(document, try CheckpointTensors(file, ParameterLayout(document.network)))
    } catch {
      throw invalid("the checkpoint is damaged: \(error)")
    }
    guard (history.bestEpoch == nil) == history.epochs.isEmpty,
      (1...max(1, history.epochs.count)).contains(history.bestEpoch ?? 1),
      // As far as a Double counts one by one: no training gets there.
      OptimizerState.stepCounts.contains(optimizer.stepCount), seconds >= 0,
      history.epochs.allSatisfy({ ($0.validationLoss != nil) == (data.validationWindows > 0) })
    else { throw invalid("the description of the checkpoint contradicts itself") }
  }

  private init(_ document: CheckpointDocument, _ tensors: CheckpointTensors) {
    specification = document.network
    configuration = document.configuration
    data = document.data
    backend = document.backend
    plan = document.plan
    annotations = document.annotations
    end = CheckpointDocument.ends.first { $0.name == document.end }?.end
    var history = TrainingHistory()
    history.epochs = tensors.epochs
    history.bestEpoch = document.bestEpoch
    history.end = end ?? .completed
    self.history = history
    losses = tensors.losses
    seconds = document.seconds
    best = tensors.best
    optimizer = OptimizerState(
      parameters: tensors.parameters, first: tensors.first, second: tensors.second,
      stepCount: document.stepCount)
    batchNumber = document.batchNumber
  }
}

/// A checkpoint's tensors, put together again.
private struct CheckpointTensors {
  var parameters: [Double] = []
  var first: [Double] = []
  var second: [Double] = []
  var best: Parameters
  var losses: [Float]
  var epochs: [TrainingHistory.Epoch]

  /// Throws where a tensor is missing or of another shape.
  init(_ file: SafetensorsFile, _ layout: ParameterLayout) throws(LSTMError) {
    func tensor(_ name: String, _ shape: [Int]?) throws(LSTMError) -> SafetensorsFile.Tensor {
      guard let tensor = file.tensors[name] else {
        throw .invalidFile("the tensor '\(name)' is missing")
      }
      guard shape == nil ? tensor.shape.count == 1 : tensor.shape == shape else {
        throw .invalidFile("the tensor '\(name)' has the shape \(tensor.shape)")
      }
      return tensor
    }
    var best: [Float] = []
    for slice in layout.slices {
      parameters += try tensor(slice.name, slice.shape).doubles
      first += try tensor("optimizer.first." + slice.name, slice.shape).doubles
      second += try tensor("optimizer.second." + slice.name, slice.shape).doubles
      best += try tensor("best." + slice.name, slice.shape).floats
    }
    self.best = try Parameters(layout: layout, values: best)
    losses = try tensor("epoch.losses", nil).floats
    let training = try tensor("history.training_loss", nil).floats
    let shape = [training.count]
    let validation: [Float]? =
      file.tensors["history.validation_loss"] == nil
      ? nil : try tensor("history.validation_loss", shape).floats
    let rates = try tensor("history.learning_rate", shape).doubles
    let seconds = try tensor("history.seconds", shape).doubles
    epochs = training.indices.map {
      TrainingHistory.Epoch(
        number: $0 + 1, trainingLoss: training[$0], validationLoss: validation?[$0],
        learningRate: rates[$0], seconds: seconds[$0])
    }
  }
}

import AnomalyDetection
import ArgumentParser
import LSTMCompute
import ResultText

/// What is kept of a training, so that it can go on after an interruption.
struct CheckpointOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keep all that is needed to go on with the training in this file, whatever ends the process.",
      valueName: "file"), completion: .file())
  var checkpoint: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Renew the checkpoint every so many seconds, within epochs too; 0 is after each change of "
        + "the weights. (default: after every epoch)",
      valueName: "seconds"))
  var checkpointEvery: Double?

  @Option(
    help: ArgumentHelp(
      "Go on with the training of this checkpoint and renew it, unless --checkpoint names another "
        + "file. All options must be as they were; only --epochs and --patience may be larger.",
      valueName: "file"), completion: .file())
  var resume: String?

  func validate() throws {
    try Check.path(checkpoint, "--checkpoint")
    try Check.path(resume, "--resume")
    guard let checkpointEvery else { return }
    guard checkpointEvery >= 0, checkpointEvery.isFinite else {
      throw ValidationError("--checkpoint-every must be 0 or more.")
    }
    guard path != nil else {
      throw ValidationError("--checkpoint-every needs --checkpoint or --resume.")
    }
  }

  /// Where checkpoints are written; `nil` for none.
  var path: String? { checkpoint ?? resume }

  /// How often they are.
  var interval: CheckpointPolicy.Interval {
    checkpointEvery.map { .seconds($0) } ?? .epoch
  }

  /// Throws where one of the files would be lost by writing another.
  func checkDistinct(from places: [Place]) throws {
    for path in [checkpoint, resume] {
      try Place.checkDistinct(places + (path.map { [Place("the checkpoint", $0)] } ?? []))
    }
  }
}

/// The checkpoints of one fit.
struct Checkpoints {
  /// What to go on from.
  let resumed: Checkpoint?
  /// Where they are written.
  let policy: CheckpointPolicy?
  /// Why one could not be written.
  var failure: (any Error)? { failures.first }
  private let failures: Failures

  private final class Failures {
    var first: (any Error)?
  }
  private let resumedPath: String

  /// Reads the checkpoint to go on from, and makes sure that new ones can be written.
  ///
  /// - Parameters:
  ///   - options: What the user wants.
  ///   - record: All options that the training depends on, as they were used.
  ///   - found: The names of those that the user left to be found.
  ///   - training: How the network is fitted.
  /// - Throws: `CommandError` where an option contradicts the checkpoint, or an unfinished one would
  ///   be lost; `LSTMError` where a file cannot be read or written.
  init(
    _ options: CheckpointOptions, record: [(name: String, value: JSONValue)],
    found: Set<String>, training: TrainingOptions
  ) throws {
    resumedPath = options.resume ?? ""
    let annotations = record.map { ($0.name, Self.text($0.value)) }
    let failures = Failures()
    self.failures = failures
    // First the lock, so that nobody renews the file between reading and writing.
    policy = try options.path.map {
      // All processes take them at the same time, and the first one writes.
      guard Processes.isFirst else { return try CheckpointPolicy(every: options.interval) { _ in } }
      return try CheckpointPolicy(
        path: $0, every: options.interval,
        annotations: Dictionary(uniqueKeysWithValues: annotations),
        onFailure: { failures.first = failures.first ?? $0 })
    }
    if let path = options.checkpoint, path != options.resume,
      let there = try? Checkpoint(path: path), there.end == nil
    {
      throw CommandError(
        description: "\(path): is the checkpoint of a training that has not ended; go on with it "
          + "by --resume, or remove it")
    }
    resumed = try options.resume.map { try readTensors($0, Checkpoint.init(path:)) }
    if let resumed {
      try check(annotations, found: found, training, against: resumed)
    }
  }

  /// Where the training goes on; `nil` where it begins.
  var start: String? {
    guard let resumed else { return nil }
    let epochs = resumed.history.epochs.count
    let windows = min(
      resumed.losses.count * resumed.configuration.batchSize, resumed.data.trainingWindows)
    let part = windows > 0 ? " and \(Findings.count(windows, "row"))" : ""
    return "resumed   \(resumedPath): after \(Findings.count(epochs, "epoch"))\(part)"
  }

  /// What is to be known of a training that went on on another device.
  func note(_ fitted: FittedForecaster, on backend: any Backend) -> String? {
    guard let resumed, resumed.plan != fitted.plan || resumed.backend != backend.name,
      fitted.history.epochs.count > resumed.history.epochs.count
    else { return nil }
    return "the checkpoint was written on \(resumed.backend) (\(resumed.plan)); here, the weights "
      + "differ from those without an interruption by rounding"
  }

  /// An error of a training that goes on, by the name of the checkpoint where it is about that.
  func naming(_ error: any Error) -> any Error {
    guard resumed != nil, let error = error as? LSTMError,
      "\(error)".hasPrefix("the checkpoint")
    else { return error }
    return CommandError(description: "\(resumedPath): \(error)")
  }

  /// The annotation by which an initial model is known again, wherever it lies.
  static let initialWeights = "initial-weights"

  /// Whether the user has given an option, which may have the value that it has without.
  private static func isTyped(_ name: String) -> Bool {
    [name, OptionRecord.option(name)].contains { name in
      CommandLine.arguments.contains { $0 == "--\(name)" || $0.hasPrefix("--\(name)=") }
    }
  }

  /// A value as it may have been typed; empty for none.
  private static func text(_ value: JSONValue) -> String {
    switch value {
    case .null: ""
    case .string(let text): text
    case .array(let values): values.map(text).joined(separator: ",")
    default: value.compact
    }
  }

  private func check(
    _ options: [(name: String, text: String)], found: Set<String>, _ training: TrainingOptions,
    against checkpoint: Checkpoint
  ) throws(CommandError) {
    func contradiction(_ option: String, _ reason: String) -> CommandError {
      CommandError(description: "\(option) contradicts the checkpoint \(resumedPath): \(reason)")
    }
    let before = checkpoint.configuration
    // Flags have no value.
    func given(_ text: String) -> String { text == "true" ? "" : " \(text)" }
    func used(_ name: String, _ text: String) -> String {
      let option = OptionRecord.option(name)
      if text.isEmpty { return "no --\(option)" }
      guard !Self.isTyped(name) else { return "--\(option)\(given(text))" }
      return "no --\(option), which is\(given(text)) then,"
    }
    // With an initial model other options mean nothing, so it comes first.
    for (name, text) in options.filter({ $0.name == "initial" }) + options {
      guard let other = checkpoint.annotations[name], other != text else { continue }
      if name == "initial", !text.isEmpty, !other.isEmpty {
        // A model is known by its weights, wherever it lies.
        guard (checkpoint.annotations[Self.initialWeights] ?? "").isEmpty,
          !Place(name, text).isSame(as: Place(name, other))
        else { continue }
      }
      if name == Self.initialWeights {
        throw contradiction("--initial", "it was made with a model of other weights")
      }
      if found.contains(name) {
        throw contradiction(
          "no --\(name), of which \(text) suits these data,", "it was made with \(other)")
      }
      throw contradiction(
        used(name, text), "it was made " + (other.isEmpty ? "without" : "with\(given(other))"))
    }
    if case .cosine = before.schedule, training.epochs != before.epochs {
      throw contradiction(
        used("epochs", "\(training.epochs)"),
        "it was made with \(before.epochs), on which its schedule depends")
    }
    let begun = checkpoint.history.epochs.count + (checkpoint.losses.isEmpty ? 0 : 1)
    guard training.epochs >= begun else {
      throw contradiction(used("epochs", "\(training.epochs)"), "it is in epoch \(begun) already")
    }
    let patience = before.patience ?? 0
    if training.patience > 0, patience == 0 || training.patience < patience {
      throw contradiction(
        used("patience", "\(training.patience)"),
        "it was made with \(patience); it may only be larger")
    }
  }
}

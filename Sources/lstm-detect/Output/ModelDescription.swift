import AnomalyDetection
import ArgumentParser
import LSTMCompute
import ResultText
import TimeSeries

/// What is in a model, for people and for programs.
enum ModelDescription {
  static func text(_ forecaster: Forecaster, hasChecksum: Bool) -> String {
    let origin = forecaster.origin
    let configuration = origin.configuration
    let slices = forecaster.network.parameters.layout.slices
    var facts: [(String, String)] = [
      ("targets", forecaster.targets.joined(separator: ", ")),
      ("features", forecaster.features.joined(separator: ", ")),
      (
        "time",
        forecaster.columns.time.flatMap { $0.isEmpty ? nil : $0.joined(separator: ", ") }
          ?? "row numbers"
      ),
      ("window", Findings.count(forecaster.steps, "row")),
      ("learns", learns(forecaster)),
      ("horizon", Findings.count(forecaster.horizon, "row")),
      (
        "network",
        NetworkDescription.text(forecaster) + ", "
          + Findings.count(
            forecaster.members.count * forecaster.network.parameters.values.count, "parameter")
      ),
      ("limits", limits(forecaster)),
      ("scaling", forecaster.scaler.kind.rawValue),
      (
        "fitted to",
        "\(origin.file), \(origin.firstTime) to \(origin.lastTime): "
          + "\(Findings.count(origin.trainingRows, "row")) and "
          + "\(Numbers.readable(origin.validationRows)) held out"
      ),
      (
        "training",
        "\(configuration.optimizer.defaultValueDescription), learning rate "
          + "\(configuration.learningRate), batch \(configuration.batchSize), "
          + "loss \(configuration.loss.defaultValueDescription), \(seeds(forecaster)), "
          + "on \(origin.device)"
          + (origin.initial.map {
            ", from " + NetworkDescription.initial($0, frozen: configuration.frozen)
          } ?? "")
      ),
      (
        "best epoch",
        origin.memberEpochs.map { epochs in
          epochs.map { "\($0)" }.joined(separator: ", ") + " of at most \(configuration.epochs)"
        } ?? origin.bestEpoch.map { "\($0) of at most \(configuration.epochs)" } ?? "none"
      ),
      ("version", origin.libraryVersion),
      (
        "checksum",
        hasChecksum ? "right" : "none, so damage would not be seen: written by an earlier version"
      ),
    ]
    if let panel = forecaster.panel {
      let names = panel.members.map { Panel.name(of: $0.key) }
      facts.insert(
        (
          "series",
          "\(Findings.count(names.count, "series", plural: "series")) by "
            + "\((forecaster.columns.series ?? []).joined(separator: ", ")), each with a scale of its "
            + "own: \(Findings.few(names))"
        ), at: 3)
    }
    for (target, residuals) in zip(forecaster.targets, forecaster.residuals) {
      facts.append(
        (
          "held out",
          residuals.count == 0
            ? "\(target): nothing"
            : "\(target): residuals of \(Numbers.readable(residuals.mean)) ± "
              + "\(Numbers.readable(residuals.standardDeviation)) on "
              + Findings.count(residuals.count, "row")
        ))
    }
    // Where there are several series, each has its own.
    for column in forecaster.scaler.columns where forecaster.panel == nil {
      facts.append(
        (
          "column",
          "\(column.name): (x - \(Numbers.readable(column.offset))) / "
            + Numbers.readable(column.scale)
        ))
    }
    for member in forecaster.members.indices {
      for slice in slices {
        let name = Forecaster.prefix(ofMember: member) + slice.name
        facts.append(
          ("tensor", "\(name) [\(slice.shape.map(String.init).joined(separator: ", "))]"))
      }
    }
    return facts.map { name, text in
      name + String(repeating: " ", count: 12 - name.count) + VisibleText.escaped(text) + "\n"
    }.joined()
  }

  /// The seed, or those of an ensemble's networks.
  private static func seeds(_ forecaster: Forecaster) -> String {
    let seed = forecaster.origin.configuration.seed
    let count = forecaster.members.count
    return count == 1 ? "seed \(seed)" : "seeds \(seed) to \(seed &+ UInt64(count - 1))"
  }

  /// What no forecast is below or above.
  private static func limits(_ forecaster: Forecaster) -> String {
    let limits = forecaster.limits
    let texts = forecaster.targets.compactMap { name -> String? in
      switch (limits.floors[name], limits.ceilings[name]) {
      case (nil, nil): nil
      case (let floor?, nil): "\(name) at least \(Numbers.readable(floor))"
      case (nil, let ceiling?): "\(name) at most \(Numbers.readable(ceiling))"
      case (let floor?, let ceiling?):
        "\(name) \(Numbers.readable(floor)) to \(Numbers.readable(ceiling))"
      }
    }
    return texts.isEmpty ? "none" : texts.joined(separator: ", ")
  }

  /// What the network learns from what, and by whose forecasts rows are judged.
  private static func learns(_ forecaster: Forecaster) -> String {
    let what =
      switch forecaster.subject {
      case .value: "the value of each target"
      case .change: "the change of each target"
      case .season: "the difference of each target to the last season"
      case .linear: "what a linear regression leaves over of each target"
      }
    var text = what + (forecaster.transform == .log ? ", of logarithms" : "")
    text +=
      ", from \(forecaster.inputs == .both ? "levels and changes" : forecaster.inputs.rawValue)"
    if !forecaster.calendar.isEmpty {
      text += ", \(Findings.list(forecaster.calendar.map(\.rawValue))) of the next row"
    }
    for (target, judges) in zip(forecaster.targets, forecaster.judges ?? []) {
      text += "; " + Findings.judges(judges, target: target)
    }
    return text
  }

  static func document(
    _ forecaster: Forecaster, training: RunRecord.Training?, hasChecksum: Bool = true
  ) -> JSONValue {
    let origin = forecaster.origin
    var members: [(String, JSONValue)] = [
      ("version", .string(origin.libraryVersion)), ("has_checksum", .bool(hasChecksum)),
      ("model", MetricsDocument.model(forecaster)),
      ("time", .array((forecaster.columns.time ?? []).map(JSONValue.string))),
      (
        "fitted_to",
        .object([
          ("file", .string(origin.file)), ("first", .string(origin.firstTime)),
          ("last", .string(origin.lastTime)), ("training_rows", .integer(origin.trainingRows)),
          ("validation_rows", .integer(origin.validationRows)),
        ])
      ),
      ("device", .string(origin.device)),
      ("options", options(origin)),
      ("best_epoch", .optional(origin.bestEpoch)),
      ("member_epochs", origin.memberEpochs.map { .array($0.map(JSONValue.integer)) } ?? .null),
      (
        "held_out_residuals",
        .object(
          zip(forecaster.targets, forecaster.residuals).map {
            ($0, MetricsDocument.statistics($1))
          })
      ),
      (
        "scaler",
        .object([
          ("kind", .string(forecaster.scaler.kind.rawValue)),
          (
            "columns",
            .object(
              forecaster.scaler.columns.map {
                ($0.name, .object([("offset", .number($0.offset)), ("scale", .number($0.scale))]))
              })
          ),
        ])
      ),
      (
        "tensors",
        .object(
          forecaster.members.indices.flatMap { member in
            forecaster.network.parameters.layout.slices.map {
              (
                Forecaster.prefix(ofMember: member) + $0.name,
                .array($0.shape.map(JSONValue.integer))
              )
            }
          })
      ),
      ("training", training.map(MetricsDocument.training) ?? .null),
    ]
    if let panel = forecaster.panel { members.append(("series", series(panel, of: forecaster))) }
    return .object(members)
  }

  /// The series of a model of several, each with its scales and residuals.
  private static func series(_ panel: FittedPanel, of forecaster: Forecaster) -> JSONValue {
    .array(
      panel.members.map { member in
        let own = forecaster.forecaster(of: member)
        return .object([
          (
            "key",
            .object(
              zip(forecaster.columns.series ?? [], member.key).map { ($0, JSONValue.string($1)) })
          ),
          ("training_rows", .integer(member.trainingRows)),
          ("validation_rows", .integer(member.validationRows)),
          (
            "held_out_residuals",
            .object(
              zip(forecaster.targets, member.residuals).map {
                ($0, MetricsDocument.statistics($1))
              })
          ),
          ("judged_by", MetricsDocument.judges(own)),
          (
            "scaler",
            .object(
              own.scaler.columns.map {
                ($0.name, .object([("offset", .number($0.offset)), ("scale", .number($0.scale))]))
              })
          ),
        ])
      })
  }

  /// How the network was fitted, by the names of the command's options.
  private static func options(_ origin: Forecaster.Origin) -> JSONValue {
    let configuration = origin.configuration
    var options: [(String, JSONValue)] = [
      ("epochs", .integer(configuration.epochs)), ("batch", .integer(configuration.batchSize)),
      ("accumulate", .integer(configuration.accumulatedBatches)),
      ("learning-rate", .number(configuration.learningRate)),
      ("schedule", .string(configuration.schedule.defaultValueDescription)),
      ("optimizer", .string(configuration.optimizer.defaultValueDescription)),
      ("weight-decay", .number(configuration.optimizer.weightDecay)),
      ("loss", .string(configuration.loss.defaultValueDescription)),
      ("clip-norm", .number(configuration.maximumGradientNorm ?? 0)),
      ("clip-value", .number(configuration.maximumGradientValue ?? 0)),
      ("patience", .integer(configuration.patience ?? 0)),
      (
        "initialiser",
        origin.initial == nil ? .string(configuration.initializer.rawValue) : .null
      ),
      ("forget-bias", configuration.forgetBias.map(JSONValue.number) ?? .null),
      ("seed", .unsigned(configuration.seed)),
    ]
    if let initial = origin.initial {
      options += [
        ("initial", .string(initial)),
        ("freeze", .array(configuration.frozen.sorted().map(JSONValue.string))),
      ]
    }
    return .object(options)
  }
}

import ArgumentParser
import LSTMCompute

/// What the layers have beside their width.
struct LayerOptions: ParsableArguments {
  /// What becomes of the outputs of two directions.
  enum Merge: String, ExpressibleByArgument, CaseIterable {
    case concat, sum
  }

  /// Which steps the head is trained on.
  enum HeadSteps: String, ExpressibleByArgument, CaseIterable {
    case last, every
  }

  @Option(
    help: ArgumentHelp(
      "Read each window in both directions, and put the outputs side by side (concat) or add them "
        + "(sum).",
      valueName: "merge"))
  var bidirectional: Merge?

  @Option(
    help: ArgumentHelp(
      "Project the output of each layer to this width, less than its units.", valueName: "width"))
  var projection: Int?

  @Flag(help: "Let the gates see the cell.")
  var peepholes = false

  @Flag(help: "Forget as much as is let in: the forget gate is 1 minus the input gate.")
  var coupleGates = false

  @Flag(help: "Normalise the gates and the cell over the units of a layer.")
  var normalize = false

  @Option(help: ArgumentHelp("How many biases each layer has.", valueName: "number"))
  var bias = LSTMLayer.Bias.two

  @Option(
    help: ArgumentHelp("Cut what the gates' activations see to at most this.", valueName: "value"))
  var gateClip: Float?

  @Option(help: ArgumentHelp("Cut the cells to at most this.", valueName: "value"))
  var cellClip: Float?

  @Option(help: ArgumentHelp("Cut the projected outputs to at most this.", valueName: "value"))
  var projectionClip: Float?

  @Option(
    help: ArgumentHelp(
      "The share of each layer's outputs that the next layer does not see in training.",
      valueName: "share"))
  var dropout: Float = 0

  @Option(
    help: ArgumentHelp(
      "The share of the outputs that a step does not see of the step before in training, the same "
        + "in all steps of a window.",
      valueName: "share"))
  var recurrentDropout: Float = 0

  @Option(
    help: ArgumentHelp(
      "The share of the outputs that stay as they were in a step of training.", valueName: "share"))
  var zoneoutHidden: Float = 0

  @Option(
    help: ArgumentHelp(
      "The share of the cells that stay as they were in a step of training.", valueName: "share"))
  var zoneoutCell: Float = 0

  @Option(
    help: ArgumentHelp(
      "Train the forecast of the last step of each window, or of every step. Forecasts are made "
        + "from the last step in any case.",
      valueName: "steps"))
  var head = HeadSteps.last

  @Flag(
    help: ArgumentHelp(
      "Forecast with a decoder: a second stack of layers that starts where the first one ends and "
        + "takes a step for each row of the horizon."))
  var decoder = false

  /// The layers of these widths.
  func layers(_ widths: [Int]) -> [LSTMLayer] {
    widths.enumerated().map { index, width in
      var layer = LSTMLayer(hiddenSize: width)
      layer.direction =
        switch bidirectional {
        case nil: .forward
        case .concat: .bidirectional
        case .sum: .bidirectionalSum
        }
      layer.projectionSize = projection
      layer.hasPeepholes = peepholes
      layer.couplesGates = coupleGates
      layer.normalizesGates = normalize
      layer.bias = bias
      layer.gateClip = gateClip
      layer.cellClip = cellClip
      layer.projectionClip = projectionClip
      layer.dropout = index < widths.count - 1 ? dropout : 0
      layer.recurrentDropout = recurrentDropout
      layer.zoneoutHidden = zoneoutHidden
      layer.zoneoutCell = zoneoutCell
      return layer
    }
  }

  /// Throws where the options do not go together, before any data is read.
  func check(widths: [Int]) throws {
    if dropout > 0, widths.count == 1 {
      throw ValidationError(
        "--dropout is between layers, but --units has one; use --recurrent-dropout or "
          + "--zoneout-hidden.")
    }
    if decoder, head == .every {
      throw ValidationError(
        "--head every and --decoder exclude each other: the head of a decoder is on each of its "
          + "own steps.")
    }
    do {
      _ = try NetworkSpecification(
        inputSize: 1, layers: layers(widths), head: decoder ? .everyStep : .lastStep, outputSize: 1,
        decoderSteps: decoder ? 1 : nil)
    } catch {
      throw ValidationError("\(error).")
    }
  }
}

extension LSTMLayer.Bias: @retroactive ExpressibleByArgument {}

extension LSTMLayer {
  /// The options that are on, in the command's own words.
  var optionTexts: [String] {
    var texts: [String] = []
    switch direction {
    case .forward: break
    case .reverse: texts.append("reverse")
    case .bidirectional: texts.append("bidirectional concat")
    case .bidirectionalSum: texts.append("bidirectional sum")
    }
    if let projectionSize { texts.append("projection \(projectionSize)") }
    if hasPeepholes { texts.append("peepholes") }
    if couplesGates { texts.append("coupled gates") }
    if normalizesGates { texts.append("normalised gates") }
    if bias != .two { texts.append(bias == .one ? "one bias" : "no bias") }
    if let gateClip { texts.append("gate clip \(gateClip)") }
    if let cellClip { texts.append("cell clip \(cellClip)") }
    if let projectionClip { texts.append("projection clip \(projectionClip)") }
    if dropout > 0 { texts.append("dropout \(dropout)") }
    if recurrentDropout > 0 { texts.append("recurrent dropout \(recurrentDropout)") }
    if zoneoutHidden > 0 { texts.append("zoneout of h \(zoneoutHidden)") }
    if zoneoutCell > 0 { texts.append("zoneout of c \(zoneoutCell)") }
    return texts
  }
}

extension NetworkSpecification {
  /// The widths of the layers and the options that are on, such as `64,32, peepholes`.
  var summary: String {
    var texts = [layers.map { "\($0.hiddenSize)" }.joined(separator: ",")]
    // All layers have the same options, but the last one no dropout.
    texts += layers[0].optionTexts
    if let decoderSteps { texts.append("decoder of \(Findings.count(decoderSteps, "step"))") }
    return texts.joined(separator: ", ")
  }
}

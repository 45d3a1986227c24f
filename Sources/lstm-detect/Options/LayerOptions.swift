import AnomalyDetection
import ArgumentParser
import LSTMCompute

/// What the LSTM layers do beyond the plain ones, all of them alike.
struct LayerOptions: ParsableArguments {
  /// What becomes of the outputs of two directions.
  enum Merge: String, CaseIterable, ExpressibleByArgument {
    case concat, sum
  }

  @Option(
    help: ArgumentHelp(
      "Read each window in both directions; put the outputs of a row side by side (concat) or add "
        + "them (sum). The forecast is made from the last row's, which the last layer's second "
        + "direction sees alone.",
      valueName: "merge"))
  var bidirectional: Merge?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Project each layer's output to this width, less than that of the layer.",
      valueName: "width"))
  var projection: Int?

  @Flag(help: "Let the gates see the cell.")
  var peepholes = false

  @Flag(help: "Forget as much as is let in: the forget gate is 1 minus the input gate.")
  var coupleGates = false

  @Flag(help: "Normalize what the gates and the output see over the layer's width.")
  var normalize = false

  @Option(
    help: ArgumentHelp(
      "How many biases each gate has: two as in PyTorch, one as in Keras, or none.",
      valueName: "number"))
  var bias = LSTMLayer.Bias.two

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Cut what the gates see to at most this.", valueName: "value"))
  var gateClip: Float?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Cut the cell to at most this.", valueName: "value")
  )
  var cellClip: Float?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Cut the projected output to at most this.", valueName: "value"))
  var projectionClip: Float?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Hide this share of each layer's outputs from the next layer in training, others in each "
        + "step; for two layers or more.",
      valueName: "share"))
  var dropout: Float = 0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Hide this share of the state from the next step in training, the same in all steps.",
      valueName: "share"))
  var recurrentDropout: Float = 0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Leave this share of the state and of the cell as it was in each step of training; later, "
        + "all of it by this share.",
      valueName: "share"))
  var zoneout: Float?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("--zoneout of the state only.", valueName: "share"))
  var zoneoutHidden: Float?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("--zoneout of the cell only.", valueName: "share"))
  var zoneoutCell: Float?

  @Flag(
    help: ArgumentHelp(
      "Forecast the rows of the horizon one after the other, by as many layers again that start "
        + "from the final states of the first ones and see their last output in every step "
        + "(encoder-decoder; in Keras a RepeatVector into LSTM layers with initial_state)."))
  var decoder = false

  @Option(
    help: ArgumentHelp(
      "Learn to forecast from the last row of each window, or from every row of it. (default: last)",
      valueName: "rows"))
  var head: FittingOptions.Head?

  func validate() throws {
    if zoneout != nil, zoneoutHidden != nil || zoneoutCell != nil {
      throw ValidationError(
        "--zoneout cannot be given together with --zoneout-hidden or --zoneout-cell.")
    }
    if decoder, head != nil {
      throw ValidationError(
        "--head and --decoder cannot be given together: the forecasts come from the decoder's rows."
      )
    }
  }
}

extension LayerOptions {
  /// One option, and what it changes.
  struct Change {
    var option: String
    var apply: (inout FittingOptions) -> Void

    init(_ option: String, _ apply: @escaping (inout FittingOptions) -> Void) {
      self.option = option
      self.apply = apply
    }

    /// A change of every layer.
    static func layers(_ option: String, _ apply: @escaping (inout LSTMLayer) -> Void) -> Change {
      Change(option) { options in
        for index in options.layers.indices { apply(&options.layers[index]) }
      }
    }
  }

  /// What they change, in an order in which a contradiction is found at the option that makes it.
  var changes: [Change] {
    [
      .layers("--bidirectional") {
        $0.direction =
          switch bidirectional {
          case nil: .forward
          case .concat: .bidirectional
          case .sum: .bidirectionalSum
          }
      },
      .layers("--projection") { $0.projectionSize = projection },
      .layers("--peepholes") { $0.hasPeepholes = peepholes },
      .layers("--couple-gates") { $0.couplesGates = coupleGates },
      .layers("--normalize") { $0.normalizesGates = normalize },
      .layers("--bias") { $0.bias = bias },
      .layers("--gate-clip") { $0.gateClip = gateClip },
      .layers("--cell-clip") { $0.cellClip = cellClip },
      .layers("--projection-clip") { $0.projectionClip = projectionClip },
      Change("--dropout") { options in
        // With a single layer it stays there, which is an error that says why.
        let count = max(1, options.layers.count - 1)
        for index in 0..<count { options.layers[index].dropout = dropout }
      },
      .layers("--recurrent-dropout") { $0.recurrentDropout = recurrentDropout },
      .layers(zoneout == nil ? "--zoneout-hidden" : "--zoneout") {
        $0.zoneoutHidden = zoneout ?? zoneoutHidden ?? 0
      },
      .layers(zoneout == nil ? "--zoneout-cell" : "--zoneout") {
        $0.zoneoutCell = zoneout ?? zoneoutCell ?? 0
      },
      Change("--decoder") { $0.hasDecoder = decoder },
      Change("--head") { $0.head = head ?? .last },
    ]
  }
}

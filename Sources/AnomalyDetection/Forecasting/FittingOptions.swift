public import LSTMCompute
public import TimeSeries

/// What a forecaster is made of, apart from its data.
public struct FittingOptions: Sendable {
  /// The LSTM layers, from the input to the head.
  public var layers = [LSTMLayer(hiddenSize: 64)]
  /// From which steps of a window the network learns to forecast.
  public var head = Head.last
  /// Whether the network is an encoder-decoder: a decoder makes the `horizon` rows of a forecast one
  /// after the other, where otherwise the head makes them all at once.
  public var hasDecoder = false
  /// `T`, the number of rows in a window.
  public var steps: Int
  /// The number of rows that are forecast from a window.
  public var horizon = 1
  /// What the network learns to forecast; `nil` chooses on the rows held out.
  public var subject: Subject? = .change
  /// How columns are scaled.
  public var scaler = Scaler.Kind.standard
  /// How the network is fitted.
  public var training = TrainingConfiguration()
  /// What the network sees of the targets; `nil` chooses on the rows held out.
  public var inputs: Inputs? = .levels
  /// What is done to targets before anything else; `nil` chooses on the rows held out.
  public var transform: Transform? = Transform.none
  /// What is seen of the date of the row that is forecast.
  public var calendar = Calendar.none
  /// The holidays, in days since 1970-01-01.
  public var holidays: Set<Int> = []
  /// By which forecasts rows are judged.
  public var judge = Judge.network
  /// The losses among which is chosen on the rows held out; that of `training` where there are none.
  public var losses: [Loss] = []
  /// How much time is spent on what is left open above.
  public var search = Search.quick
  /// The number of rows after which the series repeats itself; `nil` finds it by the time of the rows.
  public var season: Int?

  /// The number of networks, whose mean is the forecast.
  ///
  /// Each begins with a seed of its own: that of `training` and those after it.
  public var members = 1
  /// What no forecast is below or above.
  public var limits = ForecastLimits()
  /// The network whose parameters the training starts from; `nil` draws them.
  ///
  /// It may be one of PyTorch or ONNX. A model of ours is given to `Forecaster.fit` instead, which takes its
  /// choices too.
  public var initialNetwork: InitialNetwork?

  /// A network that a training starts from.
  public struct InitialNetwork: Sendable {
    /// The network, with its head.
    public var network: Network
    /// What it is called in the model.
    public var name: String

    /// A network from its parts.
    public init(_ network: Network, name: String) {
      self.network = network
      self.name = name
    }
  }

  /// What a network learns to forecast.
  public enum Subject: String, Hashable, Sendable, Codable, CaseIterable {
    /// The value itself.
    case value
    /// The change from the last value known.
    case change
    /// The difference to the value one season before.
    case season
    /// What a linear regression on the last values, the seasons before, the other columns and the
    /// calendar leaves over.
    case linear
  }

  /// What a network sees of the targets.
  public enum Inputs: String, Hashable, Sendable, Codable, CaseIterable {
    /// Their values.
    case levels
    /// Their changes from row to row, which are the same on each level.
    case changes
    /// Both.
    case both
  }

  /// What is done to targets before anything else.
  public enum Transform: String, Hashable, Sendable, Codable, CaseIterable {
    /// Nothing.
    case none
    /// The logarithm, of targets that are nowhere below 0: growth becomes a slope.
    case log
  }

  /// What is seen of the date of the row that is forecast.
  public enum Calendar: Hashable, Sendable {
    /// Nothing.
    case none
    /// What the step and the span of the rows can tell about, or nothing: chosen on the rows held out.
    case auto
    /// These terms.
    case terms([CalendarTerms.Term])
  }

  /// By which forecasts rows are judged.
  public enum Judge: String, Hashable, Sendable, Codable, CaseIterable {
    /// Those of the network, the regression and the simple ones that were good on the rows held out,
    /// each by how good it was lately.
    case auto
    /// The network's alone.
    case network
    /// The better one of the last value and the value one season before.
    case simple
  }

  /// How much time is spent on choosing.
  public enum Search: String, Hashable, Sendable, Codable, CaseIterable {
    /// None: a fixed choice.
    case none
    /// At most as long again as a fit takes.
    case quick
    /// Each choice is fitted to its end.
    case thorough
  }

  /// From which steps of a window a network learns to forecast.
  public enum Head: String, Hashable, Sendable, Codable, CaseIterable {
    /// From the last one, as it is used.
    case last
    /// From every one, each of the rows after it: more to learn from in each window.
    case every
  }

  /// The defaults above.
  ///
  /// - Parameter steps: `T`, the number of rows in a window.
  public init(steps: Int) {
    self.steps = steps
  }

  /// The options that choose for themselves, as the command does: what the network sees and learns,
  /// the loss and the calendar on the rows held out, and rows judged by the forecasts that are good.
  ///
  /// ```swift
  /// var options = FittingOptions.automatic(steps: 28)
  /// options.horizon = 7
  /// ```
  ///
  /// - Parameter steps: `T`, the number of rows in a window.
  /// - Returns: The options.
  public static func automatic(steps: Int) -> FittingOptions {
    var options = FittingOptions(steps: steps)
    options.subject = nil
    options.inputs = nil
    options.transform = nil
    options.calendar = .auto
    options.judge = .auto
    options.losses = [.huber, .mae]
    return options
  }

  /// Whether all is as in the first version: values of columns seen, nothing chosen.
  var isPlain: Bool {
    (subject == .value || subject == .change) && inputs == .levels && transform == Transform.none
      && calendar == .none && holidays.isEmpty && judge == .network
  }

  /// The network that is trained.
  ///
  /// - Parameters:
  ///   - features: The number of features.
  ///   - targets: The number of targets.
  /// - Returns: The network.
  /// - Throws: `LSTMError.invalidSpecification` where the options do not go together.
  public func specification(
    features: Int, targets: Int
  ) throws(LSTMError) -> NetworkSpecification {
    let outputs = targets * training.loss.outputsPerTarget
    guard !hasDecoder else {
      guard head == .last else {
        throw .invalidSpecification(
          "the head of an encoder-decoder is on the decoder's steps and on no others")
      }
      return try NetworkSpecification(
        inputSize: features, layers: layers, head: .everyStep, outputSize: outputs,
        decoderSteps: horizon)
    }
    guard head == .last || layers.allSatisfy({ $0.direction == .forward }) else {
      throw .invalidSpecification(
        "a layer that reads in reverse has seen the rows that earlier steps are to forecast, so it "
          + "cannot learn from every step")
    }
    return try NetworkSpecification(
      inputSize: features, layers: layers, head: head == .every ? .everyStep : .lastStep,
      outputSize: horizon * outputs)
  }

  /// A window that suits a time axis: four weeks of days, otherwise two seasons, 32 rows where the
  /// season is not known.
  ///
  /// Rows of less than an hour take 64: two days of minutes would be thousands, and the time that a
  /// fit takes grows with the window.
  ///
  /// - Parameters:
  ///   - axis: The time of the rows.
  ///   - rows: The number of rows that are fitted to. A window takes an eighth of them at most.
  /// - Returns: A number of rows, 1 or more.
  public static func steps(for axis: TimeAxis, fitting rows: Int) -> Int {
    let hasTimes = axis.kind == .dates || axis.kind == .times
    let usual =
      switch axis.season {
      case _ where hasTimes && axis.step < 3_600_000: 64
      case nil, 52: 32
      case let season? where season <= 7: 4 * season
      case let season?: 2 * season
      }
    return max(1, min(usual, rows / 8))
  }
}

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
  /// What the network learns to forecast.
  public var subject = Subject.change
  /// How columns are scaled.
  public var scaler = Scaler.Kind.standard
  /// How the network is fitted.
  public var training = TrainingConfiguration()

  /// What a network learns to forecast.
  public enum Subject: String, Hashable, Sendable, Codable, CaseIterable {
    /// The value itself.
    case value
    /// The change from one row to the next, which is added to the last value known.
    case change
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

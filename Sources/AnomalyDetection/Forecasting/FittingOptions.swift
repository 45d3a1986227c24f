public import LSTMCompute
public import TimeSeries

/// What a forecaster is made of, apart from its data.
public struct FittingOptions: Sendable {
  /// `H` of each LSTM layer, from the input to the head.
  public var hiddenSizes = [64]
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

  /// The defaults above.
  ///
  /// - Parameter steps: `T`, the number of rows in a window.
  public init(steps: Int) {
    self.steps = steps
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
      case nil: 32
      case let season? where season <= 7: 4 * season
      case let season?: 2 * season
      }
    return max(1, min(usual, rows / 8))
  }
}

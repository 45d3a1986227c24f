/// Windows over one series, as a view: the series is stored once and a window is two row numbers.
///
/// A window that starts at input row `s` shows the network the rows `s ..< s + steps` of `inputs`
/// and is compared with the rows `r ..< r + horizon` of `targets`, where `r` is its target row. So
/// the network has `inputSize` input features and `horizon * targetSize * P` outputs, ordered
/// `[horizon, targetSize, P]`, where the loss compares `P` outputs with each number
/// (`Loss.outputsPerTarget`).
public struct WindowedSeries: Sendable {
  /// `[rows, inputSize]`, what the network sees.
  public let inputs: [Float]
  /// `[target rows, targetSize]`, what it is compared with.
  public let targets: [Float]
  /// `[target rows, targetSize]`, how much each target counts in a mean; all the same where `nil`.
  ///
  /// 0 is a missing target, whose value is never looked at and may be NaN.
  public let targetWeights: [Float]?
  /// `[rows]`, which rows of the inputs are there; all of them where `nil`.
  ///
  /// A time step whose row is not there is missing from the window.
  public let rowMask: [Bool]?
  /// `I`, the number of input columns.
  public let inputSize: Int
  /// The number of target columns.
  public let targetSize: Int
  /// `T`, the number of rows in a window.
  public let steps: Int
  /// The number of target rows that belong to a window.
  public let horizon: Int
  /// The windows, every one of which stays within the rows.
  public let windows: [Window]

  /// The number of targets of a window.
  ///
  /// A network for these windows has so many outputs, or so many times what its loss compares with
  /// each target.
  public var outputSize: Int { horizon * targetSize }

  /// Windows over a series.
  ///
  /// - Parameters:
  ///   - inputs: `[rows, inputSize]`.
  ///   - inputSize: `I`, the number of input columns.
  ///   - targets: `[target rows, targetSize]`.
  ///   - targetSize: The number of target columns.
  ///   - steps: `T`, the number of rows in a window.
  ///   - horizon: The number of target rows that belong to a window.
  ///   - windows: The windows; by default every one whose targets directly follow it.
  ///   - targetWeights: `[target rows, targetSize]`, how much each target counts, 0 or more; 0 where
  ///     it is missing.
  ///   - rowMask: `[rows]`, which rows of the inputs are there.
  /// - Throws: `LSTMError.shapeMismatch` where sizes do not fit or a window reaches beyond the rows,
  ///   or `LSTMError.invalidConfiguration` where a weight is negative or not finite.
  public init(
    inputs: [Float], inputSize: Int, targets: [Float], targetSize: Int, steps: Int,
    horizon: Int = 1, windows: [Window]? = nil, targetWeights: [Float]? = nil,
    rowMask: [Bool]? = nil
  ) throws(LSTMError) {
    guard inputSize > 0, targetSize > 0, steps > 0, horizon > 0 else {
      throw .shapeMismatch("input, target, step and horizon counts must be 1 or more")
    }
    guard inputs.count % inputSize == 0, targets.count % targetSize == 0 else {
      throw .shapeMismatch(
        "\(inputs.count) inputs and \(targets.count) targets are no whole number of rows of "
          + "\(inputSize) and \(targetSize) columns")
    }
    let rows = inputs.count / inputSize
    let targetRows = targets.count / targetSize
    guard max(rows, targetRows) <= Int(Int32.max) else {
      throw .shapeMismatch("a series may have \(Int32.max) rows at most")
    }
    if let targetWeights {
      guard targetWeights.count == targets.count else {
        throw .shapeMismatch("\(targetWeights.count) weights for \(targets.count) targets")
      }
      if let bad = targetWeights.first(where: { !($0 >= 0 && $0.isFinite) }) {
        throw .invalidConfiguration(
          "a target's weight is \(bad); it must be a finite number, 0 or more")
      }
    }
    if let rowMask, rowMask.count != rows {
      throw .shapeMismatch("a mask of \(rowMask.count) rows for \(rows) rows of inputs")
    }
    let allStarts = 0..<max(0, min(rows + 1, targetRows - horizon + 1) - steps)
    self.inputs = inputs
    self.inputSize = inputSize
    self.targets = targets
    self.targetWeights = targetWeights
    self.rowMask = rowMask
    self.targetSize = targetSize
    self.steps = steps
    self.horizon = horizon
    self.windows =
      windows ?? allStarts.map { Window(inputRow: Int32($0), targetRow: Int32($0 + steps)) }
    try check(self.windows)
  }

  private init(_ series: WindowedSeries, windows: [Window]) {
    inputs = series.inputs
    inputSize = series.inputSize
    targets = series.targets
    targetWeights = series.targetWeights
    rowMask = series.rowMask
    targetSize = series.targetSize
    steps = series.steps
    horizon = series.horizon
    self.windows = windows
  }

  /// The same series with other windows, every one of which must stay within the rows.
  func replacing(windows: [Window]) -> WindowedSeries { WindowedSeries(self, windows: windows) }

  /// Throws where a window reaches beyond the rows.
  func check(_ windows: [Window]) throws(LSTMError) {
    let rows = inputs.count / inputSize
    let targetRows = targets.count / targetSize
    for window in windows {
      guard
        window.inputRow >= 0, Int(window.inputRow) + steps <= rows,
        window.targetRow >= 0, Int(window.targetRow) + horizon <= targetRows
      else {
        throw .shapeMismatch(
          "the window at input row \(window.inputRow) and target row \(window.targetRow) reaches "
            + "beyond the \(rows) input rows or the \(targetRows) target rows")
      }
    }
  }

  /// The sum of the weights of a window's targets, `horizon * targetSize` of them; their number
  /// where there are no weights.
  public func weight(of window: Window) -> Double {
    guard let targetWeights else { return Double(outputSize) }
    let first = Int(window.targetRow) * targetSize
    return targetWeights[first..<first + outputSize].reduce(0) { $0 + Double($1) }
  }

  /// The same series with those of its windows that pass a test.
  ///
  /// - Throws: What the test throws.
  public func filter(_ isIncluded: (Window) throws -> Bool) rethrows -> WindowedSeries {
    WindowedSeries(self, windows: try windows.filter(isIncluded))
  }

  /// The windows in two parts, the earlier `fraction` of them and the rest.
  ///
  /// Targets of the first part never reach into the second part's: the windows between whose
  /// targets would, are in neither.
  public func split(at fraction: Double) -> (earlier: WindowedSeries, later: WindowedSeries) {
    let share = (Double(windows.count) * fraction).rounded(.towardZero)
    let middle = max(0, min(windows.count, Checked.integer(share)))
    let later = windows[middle...]
    let boundary = later.first?.targetRow ?? .max
    let earlier = windows[..<middle].filter { Int($0.targetRow) + horizon <= Int(boundary) }
    return (
      WindowedSeries(self, windows: earlier), WindowedSeries(self, windows: Array(later))
    )
  }
}

/// One window: the rows at which its inputs and its targets start.
public struct Window: Hashable, Sendable {
  /// The first row of the inputs.
  public var inputRow: Int32
  /// The first row of the targets.
  public var targetRow: Int32

  /// A window from two row numbers.
  public init(inputRow: Int32, targetRow: Int32) {
    self.inputRow = inputRow
    self.targetRow = targetRow
  }
}

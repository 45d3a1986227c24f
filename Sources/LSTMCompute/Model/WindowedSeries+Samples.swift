extension WindowedSeries {
  /// Samples that do not come from one series: each a sequence of its own, with targets of its own.
  ///
  /// ```swift
  /// let series = try WindowedSeries(samples: sequences, inputSize: 3, targets: labels)
  /// ```
  ///
  /// - Parameters:
  ///   - samples: For each sample `[T, inputSize]`, all of the same length.
  ///   - inputSize: `I`, the number of input features.
  ///   - targets: For each sample its targets, all of the same number.
  ///   - targetWeights: For each sample how much each of its targets counts; all the same where `nil`.
  /// - Throws: `LSTMError.shapeMismatch` where there are no samples or their sizes differ, and
  ///   `LSTMError.invalidConfiguration` where a weight is negative or not finite.
  public init(
    samples: [[Float]], inputSize: Int, targets: [[Float]], targetWeights: [[Float]]? = nil
  ) throws(LSTMError) {
    guard let first = samples.first, let target = targets.first, inputSize > 0 else {
      throw .shapeMismatch("there are no samples, no targets or no input features")
    }
    let counts = [("targets", targets.count), ("weights", targetWeights?.count ?? samples.count)]
    for (name, count) in counts where count != samples.count {
      throw .shapeMismatch("\(samples.count) samples, but \(name) for \(count)")
    }
    func check(_ arrays: [[Float]], _ count: Int, _ name: String) throws(LSTMError) {
      guard let index = arrays.firstIndex(where: { $0.count != count }) else { return }
      throw .shapeMismatch(
        "sample \(index) has \(arrays[index].count) \(name), but the first one has \(count)")
    }
    guard first.count % inputSize == 0 else {
      throw .shapeMismatch(
        "the samples have \(first.count) inputs, which are no steps of \(inputSize) features")
    }
    try check(samples, first.count, "inputs")
    try check(targets, target.count, "targets")
    if let targetWeights { try check(targetWeights, target.count, "weights") }
    let steps = first.count / inputSize
    guard
      samples.count.multipliedReportingOverflow(by: max(steps, 1)).partialValue
        <= Int(Int32.max)
    else {
      throw .shapeMismatch("a series may have \(Int32.max) rows at most")
    }
    try self.init(
      inputs: Array(samples.joined()), inputSize: inputSize, targets: Array(targets.joined()),
      targetSize: target.count, steps: steps,
      windows: samples.indices.map {
        Window(inputRow: Int32($0 * steps), targetRow: Int32($0))
      }, targetWeights: targetWeights.map { Array($0.joined()) })
  }
}

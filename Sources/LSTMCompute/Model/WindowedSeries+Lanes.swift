extension WindowedSeries {
  /// The windows for stateful training: batch after batch, row by row, each window goes on where that
  /// of the batch before ended.
  ///
  /// Of the windows, those are taken that follow each other without overlap, `steps` apart, from the
  /// first one on. Their chain is cut into as many equal parts as a batch has rows; batch k is made
  /// of the k-th windows of all parts. What is left over at the end, fewer windows than rows, is not
  /// used. With the states kept from batch to batch this is backpropagation through time that is
  /// truncated at each window's start (Williams and Peng 1990).
  ///
  /// - Parameters:
  ///   - windows: The windows to take from; those of the series where none are given.
  ///   - rows: The largest number of windows in a batch.
  /// - Returns: The windows, a whole number of batches of `rows` windows, and `rows` itself: as given,
  ///   or fewer where the chain is shorter than that.
  /// - Throws: `LSTMError.shapeMismatch` where a window is beyond the rows, or the chain has a gap: a window
  ///   is missing, but there are later ones.
  public func lanes(
    of windows: [Window]? = nil, rows: Int
  ) throws(LSTMError) -> (windows: [Window], rows: Int) {
    if let windows { try check(windows) }
    let all = (windows ?? self.windows).sorted { $0.inputRow < $1.inputRow }
    var byRow: [Int32: Window] = [:]
    for window in all { byRow[window.inputRow] = window }
    var chain: [Window] = []
    var next = all.first
    while let window = next {
      chain.append(window)
      next = byRow[window.inputRow + Int32(steps)]
    }
    if let last = chain.last, let end = all.last, end.inputRow >= last.inputRow + Int32(steps) {
      throw .shapeMismatch(
        "stateful training needs windows that go on from each other, but none starts at row "
          + "\(Int(last.inputRow) + steps), where the one at row \(last.inputRow) ends")
    }
    let rows = max(1, min(rows, chain.count))
    let length = chain.count / rows
    var batches: [Window] = []
    for number in 0..<length {
      for row in 0..<rows { batches.append(chain[row * length + number]) }
    }
    return (batches, rows)
  }
}

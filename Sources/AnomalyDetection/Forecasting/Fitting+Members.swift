import LSTMCompute

extension Fitting {
  /// Fits the networks of an ensemble one after the other, each with the seed after that of the one
  /// before.
  ///
  /// - Parameters:
  ///   - backend: What they run on.
  ///   - fit: Fits one of them, by its number from 0; `nil` where there is none because the training was
  ///     cancelled.
  /// - Returns: The first one, and the others up to the first that did not end as it should.
  /// - Throws: What `fit` throws, or `DetectionError.noModel` where there is not even one.
  func fitMembers(
    on backend: any Backend, _ fit: (Int, Trainer) throws -> TrainingResult?
  ) throws -> (first: TrainingResult, others: [TrainingResult]) {
    var results: [TrainingResult] = []
    for member in 0..<options.members {
      guard let result = try fit(member, trainer(on: backend, member: member)) else { break }
      results.append(result)
      guard result.history.end.isOrderly else { break }
    }
    guard let first = results.first else {
      throw DetectionError.noModel("stopped before the first epoch was complete")
    }
    return (first, Array(results.dropFirst()))
  }
}

extension TrainingHistory.End {
  /// Whether the training went on to its end.
  var isOrderly: Bool { self == .completed || self == .stoppedEarly }
}

extension FittingOptions {
  /// Throws where there cannot be so many networks.
  func checkMembers(hasCheckpoints: Bool) throws(LSTMError) {
    guard (1...ModelDocument.mostMembers).contains(members) else {
      throw .invalidConfiguration(
        "an ensemble of \(members) networks; expected 1 to \(ModelDocument.mostMembers)")
    }
    guard members == 1 || !hasCheckpoints else {
      throw .invalidConfiguration("a checkpoint is of one network, and none of an ensemble's")
    }
  }
}

extension DecodedOutputs {
  /// What the networks of an ensemble say together: the mean of their forecasts and of their quantiles,
  /// the root of the mean of their variances, and at the end the spread of their forecasts, their
  /// standard deviation with n - 1.
  ///
  /// - Parameters:
  ///   - all: What each says.
  ///   - uncertainties: What each says beside its forecasts.
  init(meanOf all: [DecodedOutputs], _ uncertainties: [Uncertainty]) {
    func mean(_ columns: [[Double]]) -> [Double] {
      columns[0].indices.map { cell in
        columns.reduce(0) { $0 + $1[cell] } / Double(columns.count)
      }
    }
    let forecasts = mean(all.map(\.forecasts))
    var beside = uncertainties.indices.map { number in
      let columns = all.map { $0.uncertainties[number] }
      guard uncertainties[number] == .standardDeviation else { return mean(columns) }
      return mean(columns.map { $0.map { $0 * $0 } }).map { $0.squareRoot() }
    }
    beside.append(
      forecasts.indices.map { cell in
        let squares = all.reduce(0.0) { sum, member in
          let distance = member.forecasts[cell] - forecasts[cell]
          return sum + distance * distance
        }
        return (squares / Double(all.count - 1)).squareRoot()
      })
    self.init(forecasts: forecasts, uncertainties: beside)
  }
}

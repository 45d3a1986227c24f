/// Layers that are too large to be resident, as far as the choice of cooperative goes.
enum LargeUnitsClass {
  /// The sizes of layers that are measured; each stands for those from the one below on.
  static let all = [192, 256, 512, 1024]
  /// The batches that are measured, one after the other up to the first that is lost.
  static let batches = [1, 8, 32, 64, 128, 512]

  /// The class of a layer; `nil` where the resident plan takes it, and where it is larger than what
  /// is measured.
  static func of(_ units: Int) -> Int? {
    units <= ResidentSizes.largestUnits ? nil : all.first { units <= $0 }
  }
}

extension TuningTable {
  /// Where cooperative is faster than stepwise, of layers of one class.
  struct Cooperative: Hashable, Sendable, Codable {
    /// What a batch takes in microseconds; nothing by a plan that was not right.
    struct Trial: Hashable, Sendable, Codable {
      var batchSize: Int
      var cooperativeMicroseconds: Double?
      var stepwiseMicroseconds: Double?

      init(
        batchSize: Int, cooperativeMicroseconds: Double?, stepwiseMicroseconds: Double?
      ) {
        self.batchSize = batchSize
        self.cooperativeMicroseconds = cooperativeMicroseconds
        self.stepwiseMicroseconds = stepwiseMicroseconds
      }
    }

    /// One of `LargeUnitsClass.all`.
    var units: Int
    /// Cooperative won with this batch and with every smaller one that was measured; 0 where it did
    /// not win with the smallest.
    var largestBatch = 0
    var trials: [Trial] = []

    init(units: Int) {
      self.units = units
    }

    /// Takes what was measured for the next larger batch.
    ///
    /// - Returns: Whether cooperative won, so that a larger one is of interest.
    mutating func add(_ trial: Trial, isWon: Bool) -> Bool {
      trials.append(trial)
      if isWon { largestBatch = trial.batchSize }
      return isWon
    }

    /// Why cooperative is not for a batch; nothing where it is.
    ///
    /// - Parameters:
    ///   - batchSize: `B`.
    ///   - rule: What there is against it where nothing was measured.
    /// - Returns: The reason.
    func objection(batchSize: Int, rule: @autoclosure () -> String?) -> String? {
      guard batchSize > largestBatch else { return nil }
      if largestBatch == LargeUnitsClass.batches.last { return rule() }
      return largestBatch == 0
        ? "cooperative was not faster when this device was tuned"
        : "cooperative was faster up to a batch of \(largestBatch) only when this device was tuned"
    }

    /// Whether it could have been measured here.
    var isSound: Bool {
      LargeUnitsClass.all.contains(units)
        && (largestBatch == 0 || LargeUnitsClass.batches.contains(largestBatch))
    }
  }

  /// What is known of large layers.
  func cooperative(units: Int) -> Cooperative? {
    LargeUnitsClass.of(units).flatMap { units in cooperative.first { $0.units == units } }
  }
}

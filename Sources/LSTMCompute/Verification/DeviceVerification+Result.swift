extension DeviceVerification {
  /// The most that results may be off.
  public struct Tolerances: Hashable, Sendable {
    /// Outputs, predictions and states.
    public let forward: Double
    /// Gradients by the parameters.
    public let gradient: Double
    /// Losses and parameters over some steps.
    public let training: Double

    /// The tolerances for a network in a precision.
    ///
    /// In float32 they are fixed. In the others they are multiples of `Precision.unitRoundoff`, because
    /// all errors are proportional to it: gates keep roundings from adding up over the steps, so that
    /// outputs are off by about one of it and gradients by two or three, and losses hardly at all. Each
    /// tolerance is about three times the largest error that was measured. A normalization makes
    /// roundings larger where it divides by a small deviation.
    public init(for specification: NetworkSpecification, in precision: Precision) {
      guard precision != .float32 else {
        (forward, gradient, training) = (forwardTolerance, gradientTolerance, lossTolerance)
        return
      }
      let isNormalized = specification.layers.contains(where: \.normalizesGates)
      let unit = precision.unitRoundoff * (isNormalized ? 4 : 1)
      (forward, gradient, training) = (4 * unit, 8 * unit, unit / 4)
    }
  }

  /// An error and what had it.
  public struct Worst: Hashable, Sendable {
    /// The relative L2 error; NaN where a value was.
    public internal(set) var error = 0.0
    /// The tensor.
    public internal(set) var name = "-"

    mutating func compare(_ actual: some Collection<Float>, _ expected: [Double], _ name: String) {
      var difference = actual.count == expected.count ? 0.0 : .infinity
      var size = 0.0
      for (actual, expected) in zip(actual, expected) {
        difference += (Double(actual) - expected) * (Double(actual) - expected)
        size += expected * expected
      }
      let error = (size == 0 ? difference : difference / size).squareRoot()
      // Written so that NaN counts as the worst, and stays it.
      if !(error <= self.error), !self.error.isNaN { (self.error, self.name) = (error, name) }
    }
  }

  /// What was found for one case.
  public struct Result: Hashable, Sendable, CustomStringConvertible {
    /// The case.
    public let verified: Case
    /// The plan by which it was run; none where the backend has only one way.
    public let plan: String?
    /// The precision in which it was run.
    public let precision: Precision
    /// Outputs, predictions and states.
    public let forward: Worst
    /// Gradients by the parameters.
    public let gradient: Worst
    /// Losses and parameters over some steps.
    public let training: Worst

    /// The most that it may be off.
    public var tolerances: Tolerances { Tolerances(for: verified.specification, in: precision) }

    /// Whether all errors are within their tolerances.
    public var passed: Bool {
      forward.error <= tolerances.forward && gradient.error <= tolerances.gradient
        && training.error <= tolerances.training
    }

    /// One line for a table.
    public var description: String {
      "\(passed ? "ok  " : "FAIL") \(plan.map { "\($0): " } ?? "")"
        + (precision == .float32 ? "" : "\(precision.rawValue): ") + "\(verified): "
        + "forward \(rounded(forward)), "
        + "gradients \(rounded(gradient)), training \(rounded(training))"
    }

    /// The error in two digits, which tell all there is to tell.
    private func rounded(_ worst: Worst) -> String {
      guard worst.error.isFinite, worst.error > 0 else { return "\(worst.error) (\(worst.name))" }
      var exponent = 0
      var mantissa = worst.error
      while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
      mantissa = (mantissa * 10).rounded(.up) / 10
      while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
      return "\(mantissa)e\(exponent) (\(worst.name))"
    }
  }
}

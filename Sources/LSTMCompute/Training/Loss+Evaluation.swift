package import RealModule

extension Loss {
  /// `P`, the number of outputs that are compared with each number of the targets.
  package var outputsPerTarget: Int { 1 }

  /// The loss of one number of the targets, and its derivatives by the outputs for it, both times
  /// its weight.
  ///
  /// A NaN among the outputs or the target stays one, except where the weight is 0: neither is
  /// looked at then, and all is 0.
  ///
  /// - Parameters:
  ///   - outputs: The `outputsPerTarget` outputs.
  ///   - target: The number they are compared with.
  ///   - weight: Its weight, 0 or more.
  ///   - derivatives: As many numbers as there are outputs, written.
  /// - Returns: The loss.
  package func evaluate<Scalar: Real & BinaryFloatingPoint>(
    outputs: UnsafePointer<Scalar>, target: Scalar, weight: Scalar,
    derivatives: UnsafeMutablePointer<Scalar>
  ) -> Scalar {
    guard weight != 0 else {
      for index in 0..<outputsPerTarget { derivatives[index] = 0 }
      return 0
    }
    let error = outputs[0] - target
    let size = abs(error)
    // The derivative of |e| at 0 is taken as 0, as PyTorch does. A NaN stays a NaN.
    let sign: Scalar = error > 0 ? 1 : error < 0 ? -1 : error
    switch self {
    case .mse:
      derivatives[0] = weight * (2 * error)
      return weight * (error * error)
    case .mae:
      derivatives[0] = weight * sign
      return weight * size
    case .huber:
      derivatives[0] = weight * (size <= 1 ? error : sign)
      return weight * (size <= 1 ? error * error / 2 : size - 0.5)
    }
  }
}

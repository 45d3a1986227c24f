package import RealModule

extension Loss {
  /// The loss of one number of the targets, and its derivatives by the outputs for it, both times
  /// its weight.
  ///
  /// Both are still to be divided by `BoundSeries.divisor` to be those of a mean. A NaN
  /// among the outputs or the target stays one, except where the weight is 0: neither is looked at
  /// then, and all is 0.
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
    case .quantile(let quantiles):
      var sum: Scalar = 0
      for (index, quantile) in quantiles.enumerated() {
        let (error, quantile) = (target - outputs[index], Scalar(quantile))
        let slope: Scalar = error > 0 ? -quantile : error < 0 ? 1 - quantile : error
        derivatives[index] = weight * slope
        sum -= slope * error
      }
      return weight * sum
    case .gaussian:
      let precision = Scalar.exp(-outputs[1])
      let square = error * error * precision
      derivatives[0] = weight * (error * precision)
      derivatives[1] = weight * ((1 - square) / 2)
      return weight * ((outputs[1] + square) / 2)
    }
  }
}

extension Loss {
  /// What `evaluate` is divided by to be the loss of one target: the number of quantiles, or 1.
  var divisorPerTarget: Double {
    guard case .quantile(let quantiles) = self else { return 1 }
    return Double(quantiles.count)
  }
}

extension WindowedSeries {
  /// The sum of the weights of the targets of some windows, as in `weight(of:)` of each.
  func weight(of windows: ArraySlice<Window>) -> Double {
    guard targetWeights != nil else { return Double(windows.count * outputSize) }
    return windows.reduce(0) { $0 + weight(of: $1) }
  }
}

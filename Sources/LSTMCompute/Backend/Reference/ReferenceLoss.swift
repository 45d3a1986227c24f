internal import RealModule

extension Loss {
  /// The mean loss over all outputs, and its derivative by each of them.
  ///
  /// - Parameters:
  ///   - outputs: `[B, O]`.
  ///   - targets: `[B, O]`.
  /// - Returns: The mean, and `[B, O]`.
  func reference<Scalar: Real & BinaryFloatingPoint>(
    outputs: [Scalar], targets: [Scalar]
  ) -> (mean: Scalar, gradient: [Scalar]) {
    let count = Scalar(outputs.count)
    var sum: Scalar = 0
    let gradient = zip(outputs, targets).map { output, target -> Scalar in
      let error = output - target
      let size = abs(error)
      // The derivative of |e| at 0 is taken as 0, as PyTorch does. A NaN stays a NaN.
      let sign: Scalar = error > 0 ? 1 : error < 0 ? -1 : error
      switch self {
      case .mse:
        sum += error * error
        return 2 * error / count
      case .mae:
        sum += size
        return sign / count
      case .huber:
        sum += size <= 1 ? error * error / 2 : size - 1 / 2
        return (size <= 1 ? error : sign) / count
      }
    }
    return (sum / count, gradient)
  }
}

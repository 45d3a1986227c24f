internal import RealModule

/// An optimizer's state and its plain loops.
struct ReferenceOptimizer<Scalar: Real & BinaryFloatingPoint> {
  /// The momentum, or Adam's mean of the gradient.
  private var first: [Scalar]
  /// Adam's mean of the squared gradient.
  private var second: [Scalar]
  private var steps = 0

  init(count: Int) {
    first = Array(repeating: 0, count: count)
    second = first
  }

  /// Changes the parameters by one step.
  mutating func step(
    _ optimizer: Optimizer, parameters: inout [Scalar], gradient: [Scalar],
    learningRate: Double, maximumGradientNorm: Double?
  ) {
    steps += 1
    let rate = Scalar(learningRate)
    var scale: Scalar = 1
    if let maximum = maximumGradientNorm {
      let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      // A NaN norm scales by NaN: the parameters become NaN and the loss tells.
      scale = Scalar(maximum) / (norm + 1e-6)
      if scale > 1 { scale = 1 }
    }
    switch optimizer {
    case .sgd(let momentum):
      for index in parameters.indices {
        first[index] = Scalar(momentum) * first[index] + scale * gradient[index]
        parameters[index] -= rate * first[index]
      }
    case .adam(let beta1, let beta2, let epsilon):
      let (beta1, beta2, epsilon) = (Scalar(beta1), Scalar(beta2), Scalar(epsilon))
      let firstCorrection = 1 - Scalar.pow(beta1, steps)
      let secondCorrection = 1 - Scalar.pow(beta2, steps)
      for index in parameters.indices {
        let g = scale * gradient[index]
        first[index] = beta1 * first[index] + (1 - beta1) * g
        second[index] = beta2 * second[index] + (1 - beta2) * g * g
        let root = (second[index] / secondCorrection).squareRoot()
        parameters[index] -= rate * (first[index] / firstCorrection) / (root + epsilon)
      }
    }
  }
}

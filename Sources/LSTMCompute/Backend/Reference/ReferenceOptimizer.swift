internal import RealModule

/// An optimizer's state and its plain loops.
struct ReferenceOptimizer<Scalar: Real & BinaryFloatingPoint> {
  /// The momentum, or Adam's mean of the gradient.
  var first: [Scalar]
  /// The mean of the squared gradient.
  var second: [Scalar]
  var steps = 0

  init(count: Int) {
    first = Array(repeating: 0, count: count)
    second = first
  }

  /// Changes the parameters in some ranges by one step.
  mutating func step(
    _ optimizer: Optimizer, parameters: inout [Scalar], gradient: [Scalar], ranges: [Range<Int>],
    learningRate: Double, clipping: GradientClipping
  ) {
    steps += 1
    let rate = Scalar(learningRate)
    let gradient = clipped(gradient, ranges, clipping)
    for index in ranges.joined() {
      let p = parameters[index]
      let g = gradient[index] + Scalar(optimizer.penalty) * p
      switch optimizer {
      case .sgd(let momentum, let nesterov, _):
        let momentum = Scalar(momentum)
        first[index] = momentum * first[index] + g
        parameters[index] -= rate * (nesterov ? g + momentum * first[index] : first[index])
      case .rmsprop(let alpha, let epsilon, let momentum, _):
        let alpha = Scalar(alpha)
        second[index] = alpha * second[index] + (1 - alpha) * g * g
        first[index] =
          Scalar(momentum) * first[index] + g / (second[index].squareRoot() + Scalar(epsilon))
        parameters[index] -= rate * first[index]
      case .adam(let beta1, let beta2, let epsilon, _),
        .adamW(let beta1, let beta2, let epsilon, _):
        if case .adamW(_, _, _, let decay) = optimizer {
          parameters[index] -= rate * Scalar(decay) * p
        }
        parameters[index] -=
          rate * adamStep(at: index, g, Scalar(beta1), Scalar(beta2), Scalar(epsilon))
      }
    }
  }

  /// What Adam multiplies by the rate.
  private mutating func adamStep(
    at index: Int, _ g: Scalar, _ beta1: Scalar, _ beta2: Scalar, _ epsilon: Scalar
  ) -> Scalar {
    first[index] = beta1 * first[index] + (1 - beta1) * g
    second[index] = beta2 * second[index] + (1 - beta2) * g * g
    let root = (second[index] / (1 - .pow(beta2, steps))).squareRoot()
    return first[index] / (1 - .pow(beta1, steps)) / (root + epsilon)
  }

  /// The gradient within its bounds, of which only those elements count that are in the ranges.
  private func clipped(
    _ gradient: [Scalar], _ ranges: [Range<Int>], _ clipping: GradientClipping
  ) -> [Scalar] {
    var scale: Scalar = 1
    if let maximum = clipping.maximumNorm {
      let norm = ranges.joined().reduce(0) { $0 + gradient[$1] * gradient[$1] }.squareRoot()
      // A NaN norm scales by NaN: the parameters become NaN and the loss tells.
      scale = Scalar(maximum) / (norm + 1e-6)
      if scale > 1 { scale = 1 }
    }
    let limit = clipping.maximumValue.map { Scalar($0) } ?? .infinity
    return gradient.map { element in
      let g = scale * element
      // A NaN is neither above nor below.
      return g > limit ? limit : g < -limit ? -limit : g
    }
  }
}

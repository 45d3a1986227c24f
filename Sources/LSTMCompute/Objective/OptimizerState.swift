/// Everything in an executor that its steps change: what a training needs to go on from here.
///
/// The numbers are Double so that those of every backend fit without loss, the reference's too.
public struct OptimizerState: Equatable, Sendable {
  /// `[parameters]`, the parameters themselves, in the order of `ParameterLayout`.
  public var parameters: [Double]
  /// `[parameters]`, the momentum, or Adam's mean of the gradient.
  public var first: [Double]
  /// `[parameters]`, the mean of the squared gradient.
  public var second: [Double]
  /// The number of steps so far.
  public var stepCount: Int

  /// A state from its parts, each of as many numbers as the network has parameters.
  public init(parameters: [Double], first: [Double], second: [Double], stepCount: Int) {
    self.parameters = parameters
    self.first = first
    self.second = second
    self.stepCount = stepCount
  }

  /// The numbers of steps that a state may have.
  static let stepCounts = 0...1 << 53

  /// Throws where the state is that of a network with another number of parameters.
  func check(parameterCount count: Int) throws(LSTMError) {
    guard [parameters.count, first.count, second.count] == [count, count, count] else {
      throw .shapeMismatch(
        "the network has \(count) parameters, but the optimizer's state has \(parameters.count), "
          + "\(first.count) and \(second.count) numbers")
    }
    // Adam's corrections take the number as a Double, and every step adds one to it.
    guard Self.stepCounts.contains(stepCount) else {
      throw .shapeMismatch(
        "the optimizer's state has \(stepCount) steps; expected 0 to \(Self.stepCounts.upperBound)")
    }
  }
}

public import Testing

/// The relative L2 error ‖actual - expected‖ / ‖expected‖, in Double.
///
/// Where all that is expected is zero, the error is ‖actual‖; where it is smaller than `floor`, it is
/// relative to that. A NaN anywhere makes it NaN.
public func relativeError<A: BinaryFloatingPoint, E: BinaryFloatingPoint>(
  _ actual: some Collection<A>, _ expected: some Collection<E>, floor: Double = 0
) -> Double {
  precondition(actual.count == expected.count, "\(actual.count) against \(expected.count) values")
  var difference = 0.0
  var size = 0.0
  for (a, e) in zip(actual, expected) {
    difference += (Double(a) - Double(e)) * (Double(a) - Double(e))
    size += Double(e) * Double(e)
  }
  let scale = max(size.squareRoot(), floor)
  return scale == 0 ? difference.squareRoot() : difference.squareRoot() / scale
}

/// Keeps the largest error seen, and fails where one passes its tolerance or is NaN.
public struct WorstError: CustomStringConvertible {
  /// The largest error so far.
  public private(set) var error = 0.0
  /// What had it.
  public private(set) var name = "-"

  /// No error yet.
  public init() {}

  /// Compares two tensors, and expects a relative L2 error of `tolerance` at most; relative to
  /// `floor`, where the expected one is smaller.
  public mutating func expect<A: BinaryFloatingPoint, E: BinaryFloatingPoint>(
    _ actual: some Collection<A>, _ expected: some Collection<E>, within tolerance: Double,
    floor: Double = 0, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      actual.count == expected.count, "\(name): number of elements",
      sourceLocation: sourceLocation)
    guard actual.count == expected.count else { return }
    let error = relativeError(actual, expected, floor: floor)
    // Written so that a NaN fails.
    if !(error <= tolerance) {
      Issue.record(
        "\(name): relative L2 error \(error), tolerance \(tolerance)",
        sourceLocation: sourceLocation)
    }
    if !(error <= self.error) { (self.error, self.name) = (error, name) }
  }

  /// Such as `3.1e-07 (gradient lstm.weight_hh_l0)`.
  public var description: String { "\(error) (\(name))" }
}

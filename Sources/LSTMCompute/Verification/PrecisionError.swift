/// How far results in another precision are from those in float32.
public struct PrecisionError: Hashable, Sendable, CustomStringConvertible {
  /// ‖rough - exact‖ / ‖exact‖; NaN where a number was.
  public let relative: Double
  /// The largest difference of two numbers.
  public let largest: Double

  /// Compares results.
  ///
  /// - Parameters:
  ///   - rough: Those in the other precision.
  ///   - exact: As many in float32.
  public init(_ rough: [Float], _ exact: [Float]) {
    precondition(rough.count == exact.count, "\(rough.count) results against \(exact.count)")
    var (difference, size, largest) = (0.0, 0.0, 0.0)
    for (rough, exact) in zip(rough, exact) {
      let distance = abs(Double(rough) - Double(exact))
      difference += distance * distance
      size += Double(exact) * Double(exact)
      if !(distance <= largest) { largest = distance }
    }
    relative = size == 0 ? difference.squareRoot() : (difference / size).squareRoot()
    self.largest = largest
  }

  /// Such as `by 0.04 % from float32, by 0.0012 at most`.
  public var description: String {
    "by \(Self.short(100 * relative)) % from float32, by \(Self.short(largest)) at most"
  }

  /// Two digits, which tell all there is to tell.
  private static func short(_ value: Double) -> String {
    guard value.isFinite, value > 0 else { return "\(value)" }
    var unit = 1.0
    while value / unit >= 100 { unit *= 10 }
    while value / unit < 10 { unit /= 10 }
    let rounded = (value / unit).rounded() * unit
    // Away with what the division by powers of ten left behind.
    return "\(Float(rounded))"
  }
}

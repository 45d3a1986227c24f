import CSIMD
@testable import LSTMCompute
import RealModule
import Testing

/// The vector activations against the mathematical functions in Double, over the whole range.
@Suite struct ActivationTests {
  /// A few units in the last place (6e-8 each).
  static let tolerance = 5e-7

  static let instructionSets = InstructionSet.all.filter(\.isSupported)

  /// Magnitudes from 1e-6 to 80 in small steps, both signs.
  static let arguments: [Float] = {
    let sizes = (0..<20_000).map { Float(1e-6 * Double.exp(Double($0) * .log(8e7) / 20_000)) }
    return sizes + sizes.map { -$0 }
  }()

  private func worstError(
    _ results: [Float], _ exact: (Double) -> Double
  ) -> (error: Double, argument: Float) {
    zip(Self.arguments, results).map { argument, result in
      let expected = exact(Double(argument))
      return (abs(Double(result) - expected) / abs(expected), argument)
    }.max { $0.0 < $1.0 || $1.0.isNaN } ?? (.nan, .nan)
  }

  @Test(arguments: instructionSets)
  func sigmoidIsRelativelyExact(set: InstructionSet) {
    let results = values(Self.arguments) { set.sigmoid($0, count: $1, into: $2) }
    let worst = worstError(results) { 1 / (1 + .exp(-$0)) }
    #expect(worst.error <= Self.tolerance, "at \(worst.argument)")
    print("\(set.name): sigmoid is off by \(worst.error) at most, at \(worst.argument)")
  }

  @Test(arguments: instructionSets)
  func tanhIsRelativelyExact(set: InstructionSet) {
    let results = values(Self.arguments) { set.tanh($0, count: $1, into: $2) }
    let worst = worstError(results) { Double.tanh($0) }
    #expect(worst.error <= Self.tolerance, "at \(worst.argument)")
    print("\(set.name): tanh is off by \(worst.error) at most, at \(worst.argument)")
  }

  @Test(arguments: instructionSets)
  func specialValues(set: InstructionSet) {
    let special: [Float] = [0, -0.0, .infinity, -.infinity, .nan, 1e30, -1e30]
    let sigmoid = values(special) { set.sigmoid($0, count: $1, into: $2) }
    #expect(sigmoid[0] == 0.5 && sigmoid[1] == 0.5 && sigmoid[2] == 1 && sigmoid[5] == 1)
    #expect(sigmoid[3] < 1e-37 && sigmoid[3] >= 0 && sigmoid[6] < 1e-37 && sigmoid[6] >= 0)
    #expect(sigmoid[4].isNaN)
    let tanh = values(special) { set.tanh($0, count: $1, into: $2) }
    #expect(tanh[0] == 0 && tanh[1] == 0 && tanh[2] == 1 && tanh[3] == -1)
    #expect(tanh[4].isNaN && tanh[5] == 1 && tanh[6] == -1)
  }

  private func values(
    _ x: [Float], _ function: (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>) -> Void
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: x.count) { buffer, count in
      x.withUnsafeBufferPointer { x in
        if let start = buffer.baseAddress, let x = x.baseAddress {
          function(x, buffer.count, start)
        }
      }
      count = x.count
    }
  }
}

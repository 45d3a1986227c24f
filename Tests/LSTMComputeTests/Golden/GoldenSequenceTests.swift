@testable import LSTMCompute
import TestSupport
import Testing

/// Networks with every option against values recorded in double precision.
@Suite struct GoldenSequenceTests {
  @Test func coversTheFeatures() throws {
    let cases = try SequenceCase.golden.get().cases
    #expect(cases.count >= 150)
    var counts: [String: Int] = [:]
    for feature in cases.flatMap(\.features) { counts[feature, default: 0] += 1 }
    #expect(counts.count == 24)
    #expect(counts.values.min() ?? 0 >= 4, "\(counts)")
  }

  @Test(arguments: GoldenDevice.all) func matches(on device: GoldenDevice) throws {
    for (number, recorded) in try SequenceCase.golden.get().cases.enumerated() {
      let errors = try device.run(recorded, number)
      print(ParityLine(device.testDescription, recorded.features, errors))
    }
  }

  @Test func referenceMatches() throws {
    for (number, recorded) in try SequenceCase.golden.get().cases.enumerated() {
      let errors = try recorded.run(
        number, on: ReferenceOperations<Double>(ParameterLayout(recorded.specification)),
        within: .double)
      print(ParityLine("reference", recorded.features, errors))
    }
  }
}

/// Networks with heads, losses and weights against values recorded in double precision.
@Suite struct GoldenNetworkTests {
  @Test(arguments: GoldenDevice.all) func matches(on device: GoldenDevice) throws {
    for (number, recorded) in try NetworkCase.golden.get().cases.enumerated() {
      let errors = try device.run(recorded, number)
      print(try ParityLine(device.testDescription, recorded.features(number), errors))
    }
  }

  @Test func referenceMatches() throws {
    for (number, recorded) in try NetworkCase.golden.get().cases.enumerated() {
      let errors = try recorded.run(
        number, on: ReferenceOperations<Double>(ParameterLayout(recorded.specification)),
        within: .double)
      print(try ParityLine("reference", recorded.features(number), errors))
    }
  }
}

/// A line that `Scripts/parity` reads.
struct ParityLine: CustomStringConvertible {
  let description: String

  init(_ backend: String, _ features: [String], _ errors: GoldenErrors) {
    description =
      "parity|\(backend)|\(features.joined(separator: ";"))|\(errors.forward.error)|"
      + "\(errors.backward.error)"
  }
}

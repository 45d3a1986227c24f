@testable import LSTMCompute
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A file of cases that the scripts in `Fixtures/golden` recorded in double precision.
struct GoldenFile<Case: Decodable & Sendable>: Sendable {
  let file: SafetensorsFile
  let cases: [Case]

  init(_ name: String) throws {
    let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    file = try SafetensorsFile(path: "/\(folder)/Fixtures/\(name).safetensors")
    let text = try #require(file.metadata["cases"], "\(name) has no cases")
    cases = try JSONDecoder().decode([Case].self, from: Data(text.utf8))
  }

  /// The tensors of one case.
  func tensors(ofCase number: Int) -> GoldenTensors {
    let digits = String(number)
    let prefix = String(repeating: "0", count: 3 - digits.count) + digits
    return GoldenTensors(file: file, prefix: "\(prefix)/")
  }
}

/// The tensors of one recorded case, by name.
struct GoldenTensors: Sendable {
  let file: SafetensorsFile
  let prefix: String

  /// A tensor that is there in some cases.
  func find(_ name: String) -> [Double]? { file.tensors[prefix + name]?.doubles }

  func callAsFunction(_ name: String) throws -> [Double] {
    try #require(find(name), "\(prefix)\(name) is missing")
  }

  /// Numbers that went in, all of which a Float has exactly.
  func floats(_ name: String) throws -> [Float] { try self(name).map { Float($0) } }

  /// The parameters that a network was recorded with.
  func parameters(_ specification: NetworkSpecification, _ prefix: String = "parameter.") throws
    -> Parameters
  {
    var parameters = Parameters(zerosFor: ParameterLayout(specification))
    for slice in parameters.layout.slices {
      parameters[slice] = try floats(prefix + slice.name)[...]
    }
    return parameters
  }
}

extension GoldenTensors {
  /// What gradients are relative to that nearly vanish: a thousandth of the largest one of the case.
  ///
  /// Behind two normalizations, which take out whatever is common to all units, hardly anything is
  /// left of some, and their own size would only measure how much cancels.
  func floor(of names: [String]) throws -> Double {
    try names.map { name in
      try self(name).reduce(0) { $0 + $1 * $1 }.squareRoot()
    }.max().map { $0 / 1000 } ?? 0
  }
}

/// What all recorded cases have.
protocol GoldenCase: Decodable, Sendable {
  var layers: [LSTMLayer] { get }
  var specification: NetworkSpecification { get throws }
  /// Runs the case and compares all that was recorded.
  ///
  /// - Parameters:
  ///   - number: The case's number.
  ///   - operations: The device.
  ///   - tolerance: The largest relative L2 errors.
  /// - Returns: The worst errors.
  /// - Throws: What the device refuses, and where something was not recorded.
  func run<Operations: DeviceOperations>(
    _ number: Int, on operations: Operations, within tolerance: GoldenTolerance
  ) throws -> GoldenErrors
}

/// The largest relative L2 errors.
///
/// The cases are such that PyTorch's own float32 is off by less than
/// half of what a device may be.
struct GoldenTolerance {
  var forward: Double
  var backward: Double

  static let double = GoldenTolerance(forward: 1e-12, backward: 1e-12)
  /// Three times as far with normalized gates: they divide by a spread that can be small.
  static func float(_ recorded: some GoldenCase) -> GoldenTolerance {
    let factor = recorded.layers.contains(where: \.normalizesGates) ? 3.0 : 1
    return GoldenTolerance(forward: factor * 2e-6, backward: factor * 2e-5)
  }
}

/// What of a case is compared on any device.
struct GoldenErrors {
  var forward = WorstError()
  var backward = WorstError()
}

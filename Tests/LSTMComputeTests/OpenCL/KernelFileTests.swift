import CKernels
import Foundation
import Testing

@Suite struct KernelFileTests {
  /// The files in `Kernels/`, by name.
  static var files: [String: String] {
    get throws {
      let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      let folder = package.appendingPathComponent("Kernels")
      let files = try FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: nil)
      return try Dictionary(
        uniqueKeysWithValues: files.map {
          ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8))
        })
    }
  }

  @Test func hasACaseForEachFile() throws {
    var embedded: [String: String] = [:]
    var number: Int32 = 0
    while let file = KernelFile(rawValue: number), let name = known(file) {
      embedded[name] = String(cString: file.cString)
      number += 1
    }
    #expect(try embedded == Self.files)
  }

  /// The name, exhaustively: a new case fails to compile here and is not forgotten.
  private func known(_ file: KernelFile) -> String? {
    switch file {
    case .common, .gatherWindows, .matrixProduct, .sumSlices, .lstmCell, .lstmResident,
      .lstmCooperative, .lstmStepForward,
      .lstmStepBackward, .lstmResidentForward, .lstmResidentBackward, .loss, .gradientNorm,
      .sgdStep, .adamStep, .rmspropStep, .gradientSum, .merge, .dropout, .sumColumns,
      .cellForward, .cellBackward, .projectionForward, .projectionBackward,
      .tensorProduct, .narrow, .gridBarrier,
      .gridBarrierProbe, .lstmCooperativeForward, .lstmCooperativeBackward, .tensorFragments,
      .tensorStep, .lstmTensorStepForward, .lstmTensorStepBackward:
      String(cString: file.cName)
    @unknown default: nil
    }
  }
}

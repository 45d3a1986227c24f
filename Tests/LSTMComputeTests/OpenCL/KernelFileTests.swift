import CKernels
import Foundation
import Testing

@testable import LSTMCompute

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

  /// What `lstm-bench --kernels` prints has every file and every kernel, and no macro that no file of
  /// its program reads.
  @Test func theCatalogHasEveryKernel() throws {
    let texts = try Self.files
    var files: Set<String> = []
    var kernels: Set<String> = []
    var words: [Substring: Set<Substring>] = [:]
    for line in KernelCatalog.lines {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      try #require(fields.count == 3, "\(line)")
      if words[fields[0]] == nil {
        let parts = fields[0].split(separator: " ").map(String.init)
        files.formUnion(parts)
        for part in parts {
          words[fields[0], default: []].formUnion(Self.words(in: try #require(texts[part])))
        }
      }
      let known = try #require(words[fields[0]])
      for name in fields[2].split(separator: " ") {
        #expect(known.contains(name), "\(line)")
        kernels.insert(String(name))
      }
      for option in fields[1].split(separator: " ") {
        let macro = try #require(option.wholeMatch(of: /-D(\w+)=\d+/)?.1, "\(line)")
        #expect(known.contains(macro), "\(macro) in: \(line)")
      }
    }
    #expect(files == Set(texts.keys))
    #expect(kernels == Set(texts.values.flatMap(Self.kernels)))
    #expect(Set(KernelCatalog.lines).count == KernelCatalog.lines.count)
  }

  private static func words(in text: String) -> [Substring] {
    text.split { !($0.isLetter || $0.isNumber || $0 == "_") }
  }

  /// The names of the kernels of a file.
  private static func kernels(in text: String) -> [String] {
    text.split(separator: "__kernel").dropFirst().compactMap {
      $0.firstMatch(of: /void\s+(\w+)\s*\(/).map { String($0.1) }
    }
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

import Foundation
import LSTMCompute
import Testing

@testable import AnomalyDetection

/// The checksum of a model file.
@Suite struct ModelChecksumTests {
  private func fixture() -> String {
    URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/model-1.safetensors").path
  }

  /// Models of the first version have none, and are read.
  @Test func oldFilesHaveNone() throws {
    let stored = try Forecaster.load(fixture())
    #expect(!stored.hasChecksum && stored.checksum.count == 16)
    let file = try SafetensorsFile(try stored.forecaster.encoded(), path: "written")
    #expect(file.metadata["swift_lstm_checksum"]?.count == 16)
    #expect(try file.metadata["swift_lstm_checksum"] == stored.forecaster.checksum())
  }

  /// One bit anywhere in the weights or in the numbers of the description.
  @Test func everyFlippedBitIsSeen() throws {
    let bytes = try Forecaster.load(fixture()).forecaster.encoded()
    let headerSize = Int(bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
    var generator = PhiloxGenerator(seed: 3, stream: .data)
    var (accepted, weights) = (0, 0)
    for round in 0..<600 {
      let isWeight = round % 2 == 0
      let range = isWeight ? 8 + headerSize..<bytes.count : 8..<8 + headerSize
      let place = range.lowerBound + Int(generator.nextBits()) % range.count
      var damaged = bytes
      damaged[damaged.startIndex + place] ^= 1 << (generator.nextBits() % 8)
      do {
        let file = try SafetensorsFile(damaged, path: "damaged")
        _ = try Forecaster(file, path: "damaged")
        accepted += 1
        weights += isWeight ? 1 : 0
        // Only the names of metadata that nobody reads, or the checksum's own, may change.
        #expect(
          file.metadata["swift_lstm_checksum"] == nil || file.metadata["format"] != "pt",
          "byte \(place)")
      } catch {
        #expect(error is LSTMError || error is DetectionError, "\(error)")
      }
    }
    print("\(accepted) of 600 flipped bits accepted, \(weights) of them in weights")
    #expect(weights == 0)
    #expect(accepted < 40)
  }
}

import AnomalyDetection
import Foundation
import LSTMCompute
import TimeSeries

/// What is read from the bytes that libFuzzer makes up: FUZZ_TARGET says which.
///
/// Whatever the bytes are, the reader returns or throws; anything else is a finding.
enum FuzzTarget: String, CaseIterable {
  /// A safetensors file, and back again.
  case safetensors
  /// A model, without its checksum, which would hide all behind it.
  case model
  /// A checkpoint, in the same way.
  case checkpoint
  /// Weights of another library, and the inputs for them.
  case weights
  /// A graph of ONNX, and back again.
  case onnx
  /// What torch.save writes.
  case pytorch
  /// A table with numbers and times.
  case csv

  static let chosen =
    ProcessInfo.processInfo.environment["FUZZ_TARGET"].flatMap(FuzzTarget.init) ?? .safetensors

  func read(_ bytes: Data) throws {
    switch self {
    case .safetensors:
      let file = try SafetensorsFile(bytes, path: "fuzz")
      let again = try SafetensorsFile(try file.encoded(), path: "again")
      precondition(again.tensors == file.tensors && again.metadata == file.metadata)
      for tensor in file.tensors.values {
        precondition(tensor.doubles.count == tensor.floats.count)
      }
    case .model:
      var file = try SafetensorsFile(bytes, path: "fuzz")
      file.metadata["swift_lstm_checksum"] = nil
      let forecaster = try Forecaster(file, path: "fuzz")
      _ = try forecaster.encoded()
    case .checkpoint:
      var file = try SafetensorsFile(bytes, path: "fuzz")
      file.metadata["swift_lstm_checkpoint_checksum"] = Checksum.text(
        of: file.tensors, file.metadata["swift_lstm_checkpoint"] ?? "")
      _ = try Checkpoint(file, path: "fuzz").encoded()
    case .weights:
      let file = try SafetensorsFile(bytes, path: "fuzz")
      let imported = try ImportedNetwork(file.tensors, metadata: file.metadata)
      let again = try ImportedNetwork(file.tensors, metadata: file.metadata)
      precondition(imported.network == again.network, "another network from the same bytes")
      _ = try SequenceRequest(file.tensors, for: imported.network.specification)
    case .onnx:
      let model = try ONNXModel(bytes, path: "fuzz")
      let written = try model.encoded()
      let rewritten = try ONNXModel(written, path: "again").encoded()
      precondition(rewritten == written)
      let imported = try ImportedNetwork(model)
      let again = try imported.network.onnxModel()
      let reread = try ImportedNetwork(again).network
      precondition(
        reread.parameters.values.map(\.bitPattern)
          == imported.network.parameters.values.map(\.bitPattern))
    case .pytorch:
      for tensor in try PyTorchFile(bytes, path: "fuzz").tensors.values {
        precondition(tensor.floats.count == tensor.shape.reduce(1, *))
      }
    case .csv:
      let path = "\(NSTemporaryDirectory())/fuzz-\(getpid()).csv"
      try bytes.write(to: URL(filePath: path))
      let table = try Table.read(path: path)
      guard let target = table.header.last else { return }
      _ = try Series(table: table, options: SeriesOptions(targets: [target]))
    }
  }
}

/// What libFuzzer calls with each of its inputs.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  try? FuzzTarget.chosen.read(Data(UnsafeBufferPointer(start: start, count: count)))
  return 0
}

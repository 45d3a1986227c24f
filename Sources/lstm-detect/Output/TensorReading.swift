import LSTMCompute

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads a file of tensors, and says of one that is something else what it is and what to do.
///
/// - Parameters:
///   - path: The file.
///   - read: What reads it.
/// - Returns: What was read.
/// - Throws: What `read` throws, or a `CommandError` where the file does not begin as a safetensors
///   file does.
func readTensors<Contents>(
  _ path: String, _ read: (String) throws -> Contents
) throws -> Contents {
  do {
    return try read(path)
  } catch LSTMError.invalidFile(let message) {
    guard let kind = OtherFile(path) else { throw LSTMError.invalidFile(message) }
    throw CommandError(description: "\(path): is not a safetensors file\(kind.advice)")
  }
}

/// What a file of weights holds.
enum WeightFile {
  case tensors(SafetensorsFile)
  case graph(ONNXModel)

  /// Reads a safetensors file, one that torch.save has written, or one of ONNX, which its bytes tell.
  init(path: String) throws {
    let data = try AtomicFile.read(path)
    let isSafetensors = data.count > 8 && data[data.startIndex + 8] == UInt8(ascii: "{")
    if path.hasSuffix(".onnx") || !isSafetensors && data.first == 0x08 {
      self = .graph(try ONNXModel(data, path: path))
    } else if PyTorchFile.isArchive(data) {
      self = .tensors(SafetensorsFile(tensors: try PyTorchFile(data, path: path).tensors))
    } else {
      self = .tensors(try readTensors(path) { try SafetensorsFile(data, path: $0) })
    }
  }
}

/// What a file is that lacks the brace with which, after its length, the header of tensors begins.
private enum OtherFile {
  case zip
  case hdf5
  case pickle
  case unknown

  /// `nil` for a file that begins as it should.
  init?(_ path: String) {
    var status = stat()
    // A pipe has been read to its end already.
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 9)
    guard read(file, &bytes, bytes.count) == bytes.count, bytes[8] != UInt8(ascii: "{") else {
      return nil
    }
    switch bytes[0] {
    case UInt8(ascii: "P") where bytes[1] == UInt8(ascii: "K"): self = .zip
    case 0x89 where bytes[1..<4].elementsEqual("HDF".utf8): self = .hdf5
    case 0x80 where (2...5).contains(bytes[1]): self = .pickle
    default: self = .unknown
    }
  }

  /// What its owner can do.
  var advice: String {
    let torch =
      "safetensors.torch.save_file(module.state_dict(), \"weights.safetensors\") in PyTorch"
    let keras =
      "safetensors.numpy.save_file({w.path: w.numpy() for w in model.weights}, "
      + "\"weights.safetensors\") in Keras"
    return switch self {
    case .zip:
      " but a zip archive, as torch.save and model.save write; write one by \(torch), or by \(keras)"
    case .hdf5: " but an HDF5 file; write one by \(keras)"
    case .pickle: " but a pickle, as torch.save wrote once; write one by \(torch)"
    case .unknown: ""
    }
  }
}

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// The tensors that `torch.save(module.state_dict(), path)` writes, without running anything of the file.
///
/// Since PyTorch 1.6 the file is a zip archive: `data.pkl` has names, shapes and strides, `data/0` and so
/// on the elements. A checkpoint with a `state_dict` among other things is read too.
package struct PyTorchFile {
  /// The tensors by name.
  package private(set) var tensors: [String: SafetensorsFile.Tensor] = [:]

  /// Under what a checkpoint has the weights.
  private static let keys = ["state_dict", "model_state_dict", "model"]
  /// All tensors together take no more bytes than so many times those of the file.
  private static let mostGrowth = 16

  /// Whether bytes begin as those of a zip archive.
  package static func isArchive(_ data: Data) -> Bool { data.starts(with: [0x50, 0x4B, 3, 4]) }

  /// Reads the bytes of a file.
  ///
  /// - Parameters:
  ///   - data: The bytes.
  ///   - path: The file's path, for messages.
  /// - Throws: `LSTMError.invalidFile` where they are damaged or hold something else.
  package init(_ data: Data, path: String) throws(LSTMError) {
    do {
      try read(ZipArchive(data), size: data.count)
    } catch {
      throw .invalidFile("\(path): \(error)")
    }
  }

  private mutating func read(_ archive: ZipArchive, size: Int) throws(LSTMError) {
    let files = Dictionary(uniqueKeysWithValues: archive.entries.map { ($0.name, $0) })
    guard
      let pickle = archive.entries.first(where: { $0.name.split(separator: "/").last == "data.pkl" }
      )
    else { throw Self.otherArchive(files) }
    let root = pickle.name.dropLast("data.pkl".count)
    guard files["\(root)constants.pkl"] == nil else {
      throw .invalidFile(
        "is a TorchScript module; write its weights by torch.save(module.state_dict(), path)")
    }
    if let order = files["\(root)byteorder"] {
      guard try archive.contents(of: order) == Array("little".utf8) else {
        throw .invalidFile(
          "was written on a machine with the highest byte first, which is not read")
      }
    }
    let state = try PickleReader.read(archive.contents(of: pickle), Self.state)
    var storages: [String: [UInt8]] = [:]
    var left = Checked.product(Self.mostGrowth, size)
    for (name, tensor) in state {
      let key = tensor.storage.key
      guard let entry = files["\(root)data/\(key)"] else {
        throw .invalidFile("the elements of '\(name)' are missing")
      }
      if storages[key] == nil {
        left -= entry.size
        guard left >= 0 else { throw .invalidFile("its files share too much with each other") }
        storages[key] = try archive.contents(of: entry)
      }
      left -= Checked.product(tensor.storage.elementType.size, try tensor.count(name))
      guard left >= 0 else { throw .invalidFile("its tensors share too much with each other") }
      tensors[name] = try tensor.read(storages[key] ?? [], name)
    }
  }

  /// The tensors of a dictionary, or of the one within it that has the weights.
  private static func state(
    _ value: PickleValue
  ) throws(LSTMError) -> [(String, PickleValue.Tensor)] {
    guard case .dictionary(let dictionary) = value else {
      if case .tensor = value {
        throw .invalidFile("is a single tensor; expected the state_dict of a module")
      }
      throw .invalidFile("is no dictionary; expected the state_dict of a module")
    }
    func tensors(_ dictionary: PickleDictionary) -> [(String, PickleValue.Tensor)] {
      dictionary.byName.compactMap { name, value in
        if case .tensor(let tensor) = value { (name, tensor) } else { nil }
      }.sorted { $0.0 < $1.0 }
    }
    let named = dictionary.byName
    // A checkpoint may have other tensors beside the weights, such as the best loss.
    var found = [tensors(dictionary)]
    for key in keys {
      if case .dictionary(let inner)? = named[key] { found.append(tensors(inner)) }
    }
    let best =
      found.first { $0.contains { $0.0.contains("weight_ih") } }
      ?? found.dropFirst().first { !$0.isEmpty } ?? found[0]
    guard best.isEmpty else { return best }
    throw .invalidFile(
      "has no tensors; expected a state_dict, alone or as one of \(keys.joined(separator: ", ")); there is "
        + (named.isEmpty ? "nothing" : named.keys.sorted().prefix(20).joined(separator: ", ")))
  }

  /// What an archive is that PyTorch has not written.
  private static func otherArchive(_ files: [String: ZipArchive.Entry]) -> LSTMError {
    guard files["model.weights.h5"] != nil else {
      return .invalidFile("is a zip archive, but none that torch.save has written")
    }
    return .invalidFile(
      "is a model of Keras; write its weights by "
        + "safetensors.numpy.save_file({w.path: w.numpy() for w in model.weights}, "
        + "\"weights.safetensors\", {\"config\": model.to_json()})")
  }
}

extension PickleValue.Tensor {
  /// The number of elements.
  fileprivate func count(_ name: String) throws(LSTMError) -> Int {
    guard shape.allSatisfy({ $0 >= 0 }), shape.count == strides.count,
      strides.allSatisfy({ $0 >= 0 }), offset >= 0
    else { throw .invalidFile("tensor '\(name)' has the shape \(shape) and strides \(strides)") }
    let count = Checked.product(of: shape)
    guard count <= storage.count else {
      throw .invalidFile(
        "tensor '\(name)' of shape \(shape) repeats its \(storage.count) elements; write it by "
          + "contiguous()")
    }
    return count
  }

  /// The elements in the order of the shape.
  fileprivate func read(
    _ bytes: [UInt8], _ name: String
  ) throws(LSTMError) -> SafetensorsFile.Tensor {
    let size = storage.elementType.size
    let count = try count(name)
    var last = offset
    for (length, stride) in zip(shape, strides) where count > 0 {
      last = Checked.sum(last, Checked.product(length - 1, stride))
    }
    guard count == 0 || last < bytes.count / size,
      Checked.product(storage.count, size) <= bytes.count
    else {
      throw .invalidFile("tensor '\(name)' of shape \(shape) is beyond its \(bytes.count) bytes")
    }
    var result: [UInt8] = []
    result.reserveCapacity(count * size)
    var places = [Int](repeating: 0, count: shape.count)
    for _ in 0..<count {
      let place = zip(places, strides).reduce(offset) { $0 + $1.0 * $1.1 } * size
      result += bytes[place..<place + size]
      for axis in places.indices.reversed() {
        places[axis] += 1
        if places[axis] < shape[axis] { break }
        places[axis] = 0
      }
    }
    return SafetensorsFile.Tensor(elementType: storage.elementType, shape: shape, bytes: result)
  }
}

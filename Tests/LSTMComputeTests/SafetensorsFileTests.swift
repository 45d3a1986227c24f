import FoundationEssentials
import LSTMCompute
import Testing

@Suite struct SafetensorsFileTests {
  private func temporaryPath() -> String {
    FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
      .path()
  }

  @Test func whatIsWrittenIsRead() throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let file = SafetensorsFile(
      tensors: [
        "a": .init([1, -2.5, .infinity, 0], shape: [2, 2]), "scalar": .init([7], shape: []),
        "empty": .init([], shape: [0, 3]),
      ],
      metadata: ["text": "ä \"quoted\" \n line"])
    try file.write(to: path)
    let read = try SafetensorsFile(path: path)
    #expect(read.tensors == file.tensors)
    #expect(read.metadata == file.metadata)
    #expect(read.tensors["a"]?.floats == [1, -2.5, .infinity, 0])
  }

  /// Cut anywhere, the file is refused with an error, never a crash or half a model.
  @Test func everyTruncationIsRefused() throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try SafetensorsFile(tensors: ["a": .init([1, 2, 3], shape: [3])], metadata: ["k": "v"])
      .write(to: path)
    let whole = try Data(contentsOf: URL(filePath: path))
    for size in 0..<whole.count {
      try whole.prefix(size).write(to: URL(filePath: path))
      #expect(throws: LSTMError.self, "cut to \(size) bytes") { try SafetensorsFile(path: path) }
    }
  }

  @Test(arguments: [
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#,
    #"{"a":7}"#, #"[]"#, "not JSON",
  ])
  func damagedHeadersAreRefused(header: String) throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    var data = Data()
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(contentsOf: Array(header.utf8))
    data.append(contentsOf: [0, 0, 0, 0])
    try data.write(to: URL(filePath: path))
    #expect(throws: LSTMError.self) { try SafetensorsFile(path: path) }
  }

  @Test func aFailedWriteLeavesNothing() throws {
    let folder = temporaryPath()
    let error = #expect(throws: LSTMError.self) {
      try SafetensorsFile(tensors: [:]).write(to: folder + "/missing/model.safetensors")
    }
    #expect(error?.description.contains("No such file or directory") == true)
  }
}

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

  /// The numbers that the bytes of each type stand for, as IEEE 754 and two's complement have them.
  @Test(
    arguments: [
      ("F64", [0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0], [1, -2]),
      ("F32", [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0], [1, -2]),
      ("F16", [0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00], [1, -2, 0x1p-24]),
      ("BF16", [0x80, 0x3F, 0x00, 0xC0, 0x80, 0x7F], [1, -2, .infinity]),
      ("I64", [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [-2]),
      ("I32", [0xFE, 0xFF, 0xFF, 0xFF], [-2]), ("I16", [0xFE, 0xFF], [-2]),
      ("I8", [0xFE, 0x7F], [-2, 127]), ("U64", Array(repeating: 0xFF, count: 8), [0x1p64]),
      ("U32", [0xFE, 0xFF, 0xFF, 0xFF], [4_294_967_294]), ("U16", [0xFE, 0xFF], [65534]),
      ("U8", [0xFE, 0], [254, 0]), ("BOOL", [1, 0], [1, 0]),
    ] as [(String, [UInt8], [Double])])
  func everyTypeIsRead(type: String, bytes: [UInt8], values: [Double]) throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let header =
      #"{"a":{"dtype":"\#(type)","shape":[\#(values.count)],"data_offsets":[0,\#(bytes.count)]}}"#
    var data = Data()
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(contentsOf: Array(header.utf8) + bytes)
    try data.write(to: URL(filePath: path))
    let tensor = try #require(try SafetensorsFile(path: path).tensors["a"])
    #expect(tensor.elementType.rawValue == type)
    #expect(tensor.doubles == values)
    #expect(tensor.floats == values.map { Float($0) })
    if tensor.elementType.isFloatingPoint {
      #expect(tensor.integers.isEmpty)
    } else {
      #expect(tensor.integers == values.map { Int(exactly: $0) ?? .max })
    }
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
    #"{"a":{"dtype":"F8_E5M2","shape":[4],"data_offsets":[0,4]}}"#,
    #"{"a":7}"#, #"[]"#, "not JSON",
    // Bytes that several tensors have, or none.
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
    #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
    #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}"#,
    #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}"#, #"{}"#,
    // Names that are there twice.
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}"#,
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

  /// Colons and brackets in names are no structure.
  @Test func namesMayBeAnything() throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let names = [#"a":{"b"#, #"}\"#, "{[", ":", "\u{1F600}", #"\""#]
    let tensors = Dictionary(
      uniqueKeysWithValues: names.map { ($0, SafetensorsFile.Tensor([1], shape: [1])) })
    try SafetensorsFile(tensors: tensors, metadata: ["x:{": "}:"]).write(to: path)
    #expect(try SafetensorsFile(path: path).tensors == tensors)
  }
}

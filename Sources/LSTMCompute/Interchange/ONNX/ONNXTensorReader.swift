/// A tensor as it lies in an ONNX file: its bytes, or a list of numbers.
struct ONNXTensorReader {
  /// The name of a constant of a graph; empty within an operator.
  private(set) var name = ""
  private var shape: [Int] = []
  private var type = 0
  private var raw: ArraySlice<UInt8>?
  private var floats: [Float] = []
  private var integers: [Int] = []
  private var bits: [UInt64] = []
  private var doubles: [UInt64] = []
  private var isElsewhere = false

  init(message: ArraySlice<UInt8>) throws(LSTMError) {
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: shape += try field.value.integers("a shape")
      case 2: type = try field.value.integer("the type of elements")
      case 4: floats += try field.value.floats("elements")
      case 5, 7: integers += try field.value.integers("elements")
      case 8: name = try field.value.text("a tensor's name")
      case 9: raw = try field.value.bytes("elements")
      case 10: doubles += try field.value.fixed64s("elements")
      case 11: bits += try field.value.integers("elements").map { UInt64(bitPattern: Int64($0)) }
      case 13: isElsewhere = true
      case 14: isElsewhere = try field.value.integer("the place of elements") == 1 || isElsewhere
      default: break
      }
    }
  }

  /// The tensor.
  ///
  /// - Throws: `LSTMError.invalidFile` where its elements are in another file, of a type that none has
  ///   here, or of another number than its shape says.
  var tensor: SafetensorsFile.Tensor {
    get throws(LSTMError) {
      guard !isElsewhere else {
        throw .invalidFile(
          "tensor '\(name)' has its elements in another file; write one file by "
            + "onnx.save(model, path, save_as_external_data=False)")
      }
      guard let type = SafetensorsFile.ElementType(onnxNumber: type) else {
        throw .invalidFile(
          "tensor '\(name)' has elements of ONNX's type \(type), which is not read")
      }
      let count = Checked.product(of: shape.map { max($0, 0) })
      let size = Checked.product(count, type.size)
      guard shape.allSatisfy({ $0 >= 0 }), SafetensorsFile.Tensor.isReasonable(shape),
        let bytes = bytes(of: type), bytes.count == size
      else {
        throw ProtobufReader.damaged(
          "tensor '\(name)' of shape \(shape) has \(bytes(of: type)?.count ?? 0) bytes of elements")
      }
      return SafetensorsFile.Tensor(elementType: type, shape: shape, bytes: bytes)
    }
  }

  /// The elements' bytes; `nil` where they lie in a list of another type.
  private func bytes(of type: SafetensorsFile.ElementType) -> [UInt8]? {
    if let raw { return Array(raw) }
    func narrow<Number: FixedWidthInteger>(_: Number.Type) -> [UInt8] {
      littleEndian(integers.lazy.map { Number(truncatingIfNeeded: $0) })
    }
    switch type {
    case .float32: return littleEndian(floats.lazy.map(\.bitPattern))
    case .float64: return littleEndian(doubles)
    case .int64: return narrow(Int64.self)
    case .int32: return narrow(Int32.self)
    case .int16, .uint16, .float16, .bfloat16: return narrow(UInt16.self)
    case .int8, .uint8, .bool: return narrow(UInt8.self)
    case .uint32: return littleEndian(bits.lazy.map { UInt32(truncatingIfNeeded: $0) })
    case .uint64: return littleEndian(bits)
    }
  }

  private func littleEndian<Number: FixedWidthInteger>(
    _ values: some Collection<Number>
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * MemoryLayout<Number>.size)
    for value in values { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
    return bytes
  }
}

extension ProtobufReader.Value {
  /// One number of 64 bits, or a packed part of a list of them.
  fileprivate func fixed64s(_ what: String) throws(LSTMError) -> [UInt64] {
    switch self {
    case .fixed64(let bits): return [bits]
    case .bytes(let packed) where packed.count % 8 == 0:
      return packed.withUnsafeBytes { bytes in
        (0..<bytes.count / 8).map {
          UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self))
        }
      }
    default: throw ProtobufReader.damaged("\(what) are written as something else")
    }
  }
}

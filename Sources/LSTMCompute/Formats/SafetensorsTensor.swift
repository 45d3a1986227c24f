extension SafetensorsFile {
  /// The type of a tensor's elements: those of the format that are numbers of whole bytes, without
  /// the 8-bit floating point ones.
  public enum ElementType: String, Sendable, Codable, CaseIterable {
    /// 64-bit floating point.
    case float64 = "F64"
    /// 32-bit floating point.
    case float32 = "F32"
    /// 16-bit floating point, IEEE 754's.
    case float16 = "F16"
    /// The upper half of 32-bit floating point.
    case bfloat16 = "BF16"
    /// 64-bit integers.
    case int64 = "I64"
    /// 32-bit integers.
    case int32 = "I32"
    /// 16-bit integers.
    case int16 = "I16"
    /// 8-bit integers.
    case int8 = "I8"
    /// 64-bit integers without a sign.
    case uint64 = "U64"
    /// 32-bit integers without a sign.
    case uint32 = "U32"
    /// 16-bit integers without a sign.
    case uint16 = "U16"
    /// 8-bit integers without a sign.
    case uint8 = "U8"
    /// A byte that is 0 or 1.
    case bool = "BOOL"

    /// The bytes of an element.
    var size: Int {
      switch self {
      case .float64, .int64, .uint64: 8
      case .float32, .int32, .uint32: 4
      case .float16, .bfloat16, .int16, .uint16: 2
      case .int8, .uint8, .bool: 1
      }
    }

    /// Whether elements may have a fraction.
    public var isFloatingPoint: Bool {
      switch self {
      case .float64, .float32, .float16, .bfloat16: true
      default: false
      }
    }
  }

  /// One tensor.
  public struct Tensor: Sendable, Equatable {
    /// The type of the elements.
    public let elementType: ElementType
    /// The shape, row-major.
    public let shape: [Int]
    /// The elements' bytes, little-endian.
    let bytes: [UInt8]

    /// A tensor of 32-bit floating point numbers.
    public init(_ values: [Float], shape: [Int]) {
      self.init(values, elementType: .float32, shape: shape)
    }

    /// A tensor of 64-bit floating point numbers, or of 32-bit ones where these lose nothing.
    init(narrowing values: [Double], shape: [Int]) {
      let isExact = values.allSatisfy { Double(Float($0)) == $0 || $0.isNaN }
      if isExact {
        self.init(values.map { Float($0) }, elementType: .float32, shape: shape)
      } else {
        self.init(values, elementType: .float64, shape: shape)
      }
    }

    /// A tensor of 64-bit floating point numbers.
    package init(doubles values: [Double], shape: [Int]) {
      self.init(values, elementType: .float64, shape: shape)
    }

    /// A tensor of 64-bit integers.
    public init(integers values: [Int], shape: [Int]) {
      self.init(values.map { Int64($0) }, elementType: .int64, shape: shape)
    }

    private init(_ values: [some BitwiseCopyable], elementType: ElementType, shape: [Int]) {
      precondition(values.count == shape.reduce(1, *), "the shape has another number of elements")
      self.init(
        elementType: elementType, shape: shape, bytes: values.withUnsafeBytes { Array($0) })
    }

    init(elementType: ElementType, shape: [Int], bytes: [UInt8]) {
      self.elementType = elementType
      self.shape = shape
      self.bytes = bytes
    }

    /// The elements as `Float`, rounded where they are wider.
    public var floats: [Float] {
      switch elementType {
      case .float32: load(Float.self)
      case .float16: load(Float16.self).map { Float($0) }
      case .bfloat16: load(UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
      default: doubles.map { Float($0) }
      }
    }

    /// The elements as `Double`, rounded where they are integers beyond 2^53.
    public var doubles: [Double] {
      switch elementType {
      case .float64: load(Double.self)
      case .float32, .float16, .bfloat16: floats.map { Double($0) }
      case .uint64: load(UInt64.self).map { Double($0) }
      default: integers.map { Double($0) }
      }
    }

    /// The elements of a tensor of integers, those beyond `Int` cut to its range; none where they are
    /// floating point numbers.
    public var integers: [Int] {
      switch elementType {
      case .int64: load(Int64.self).map { Int($0) }
      case .int32: load(Int32.self).map { Int($0) }
      case .int16: load(Int16.self).map { Int($0) }
      case .int8: load(Int8.self).map { Int($0) }
      case .uint64: load(UInt64.self).map { Int(clamping: $0) }
      case .uint32: load(UInt32.self).map { Int($0) }
      case .uint16: load(UInt16.self).map { Int($0) }
      case .uint8, .bool: load(UInt8.self).map { Int($0) }
      case .float64, .float32, .float16, .bfloat16: []
      }
    }

    private func load<Element>(_: Element.Type) -> [Element] {
      bytes.withUnsafeBytes { buffer in
        (0..<buffer.count / MemoryLayout<Element>.size).map {
          buffer.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.size, as: Element.self)
        }
      }
    }
  }
}

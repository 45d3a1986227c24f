#if Service
  /// Numbers and texts as bytes, little-endian, as the journal has them.
  struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ number: some FixedWidthInteger) {
      withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func add(_ number: Double) { add(number.bitPattern) }

    mutating func add(_ block: [UInt8]) {
      add(UInt32(block.count))
      bytes += block
    }

    mutating func add(_ text: String) { add(Array(text.utf8)) }

    mutating func add(_ texts: [String]) {
      add(UInt32(texts.count))
      for text in texts { add(text) }
    }
  }

  /// Reads what `ByteWriter` has written; `nil` where there is too little.
  struct ByteReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number? {
      let size = MemoryLayout<Number>.size
      guard rest.count >= size else { return nil }
      defer { rest.removeFirst(size) }
      return rest.withUnsafeBytes {
        Number(littleEndian: $0.loadUnaligned(as: Number.self))
      }
    }

    mutating func double() -> Double? { number(UInt64.self).map(Double.init(bitPattern:)) }

    mutating func block() -> ArraySlice<UInt8>? {
      guard let count = number(UInt32.self), rest.count >= count else { return nil }
      defer { rest.removeFirst(Int(count)) }
      return rest.prefix(Int(count))
    }

    mutating func text() -> String? { block().map { String(decoding: $0, as: UTF8.self) } }

    mutating func texts() -> [String]? {
      guard let count = number(UInt32.self), count <= rest.count else { return nil }
      var texts: [String] = []
      for _ in 0..<count {
        guard let text = text() else { return nil }
        texts.append(text)
      }
      return texts
    }
  }
#endif

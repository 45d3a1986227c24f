internal import LSTMCompute

/// Unpacks gzip files (RFC 1952, 1951).
struct Gunzip {
  struct Failure: Error {
    let reason: String
  }

  /// The content of all members of a gzip file.
  ///
  /// - Throws: Where the bytes end early, are no valid blocks, or their checksum is another.
  static func inflate(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
    var reader = Gunzip(input: bytes)
    while true {
      try reader.readMember()
      // Zeros after the last member are padding.
      guard reader.input[reader.position...].contains(where: { $0 != 0 }) else { break }
    }
    return reader.output
  }

  private let input: [UInt8]
  private var position = 0
  private var output: [UInt8] = []
  /// Bits taken from the input and not used, the next one lowest.
  private var bits: UInt64 = 0
  private var bitCount = 0

  private init(input: [UInt8]) {
    self.input = input
    output.reserveCapacity(4 * input.count)
  }

  // MARK: - Members and blocks

  private mutating func readMember() throws(Failure) {
    guard input.count - position >= 18 else { throw early }
    guard input[position] == 0x1F, input[position + 1] == 0x8B, input[position + 2] == 8 else {
      throw Failure(reason: "what follows is no gzip member")
    }
    let flags = input[position + 3]
    position += 10
    if flags & 4 != 0 { try skip(2 + Int(try word(at: position))) }
    // The file's name, then a comment, each ended by a zero.
    for flag: UInt8 in [8, 16] where flags & flag != 0 {
      guard let end = input[position...].firstIndex(of: 0) else { throw early }
      position = end + 1
    }
    if flags & 2 != 0 { try skip(2) }
    let start = output.count
    while try !readBlock() {}
    // Whole bytes in the bit buffer belong to what follows.
    position -= bitCount / 8
    bits = 0
    bitCount = 0
    let sum = UInt32(try word(at: position)) | UInt32(try word(at: position + 2)) << 16
    guard sum == CRC32.sum(of: output[start...]) else {
      throw Failure(reason: "its checksum is another")
    }
    let count = UInt32(try word(at: position + 4)) | UInt32(try word(at: position + 6)) << 16
    guard count == UInt32(truncatingIfNeeded: output.count - start) else {
      throw Failure(reason: "its length is another")
    }
    try skip(8)
  }

  private var early: Failure { Failure(reason: "it ends too early") }

  private mutating func skip(_ count: Int) throws(Failure) {
    guard input.count - position >= count else { throw early }
    position += count
  }

  private func word(at place: Int) throws(Failure) -> UInt16 {
    guard place + 1 < input.count else { throw early }
    return UInt16(input[place]) | UInt16(input[place + 1]) << 8
  }

  /// - Returns: Whether it was the last one.
  private mutating func readBlock() throws(Failure) -> Bool {
    let isLast = try take(1) == 1
    switch try take(2) {
    case 0: try readStored()
    case 1: try readCompressed(Self.fixedLiterals, Self.fixedDistances)
    case 2:
      let (literals, distances) = try readTables()
      try readCompressed(literals, distances)
    default: throw Failure(reason: "a block is of no known kind")
    }
    return isLast
  }

  private mutating func readStored() throws(Failure) {
    position -= bitCount / 8
    bits = 0
    bitCount = 0
    let count = try word(at: position)
    guard try word(at: position + 2) == ~count else {
      throw Failure(reason: "the length of a block contradicts itself")
    }
    try skip(4)
    let start = position
    try skip(Int(count))
    output += input[start..<position]
  }

  private mutating func readTables() throws(Failure) -> (HuffmanTable, HuffmanTable) {
    let literals = Int(try take(5)) + 257
    let distances = Int(try take(5)) + 1
    let count = Int(try take(4)) + 4
    var lengths = [UInt8](repeating: 0, count: 19)
    for place in Self.lengthOrder.prefix(count) { lengths[place] = UInt8(try take(3)) }
    let table = try HuffmanTable(lengths)
    lengths = []
    while lengths.count < literals + distances {
      let symbol = try decode(table)
      switch symbol {
      case 16:
        guard let last = lengths.last else { throw Failure(reason: "a code repeats nothing") }
        lengths += repeatElement(last, count: 3 + Int(try take(2)))
      case 17: lengths += repeatElement(0, count: 3 + Int(try take(3)))
      case 18: lengths += repeatElement(0, count: 11 + Int(try take(7)))
      default: lengths.append(UInt8(symbol))
      }
    }
    guard lengths.count == literals + distances else {
      throw Failure(reason: "there are too many codes")
    }
    return (
      try HuffmanTable(Array(lengths[..<literals])), try HuffmanTable(Array(lengths[literals...]))
    )
  }

  private mutating func readCompressed(
    _ literals: HuffmanTable, _ distances: HuffmanTable
  ) throws(Failure) {
    while true {
      let symbol = try decode(literals)
      if symbol < 256 {
        output.append(UInt8(symbol))
        continue
      }
      if symbol == 256 { return }
      guard symbol < 286 else { throw Failure(reason: "a length is not valid") }
      let length = Self.lengths[symbol - 257]
      let count = Int(length.base) + Int(try take(length.extra))
      let code = try decode(distances)
      guard code < 30 else { throw Failure(reason: "a distance is not valid") }
      let distance = Int(Self.distances[code].base) + Int(try take(Self.distances[code].extra))
      guard distance <= output.count else { throw Failure(reason: "it refers to before its start") }
      // One after the other, because what is copied may reach into itself.
      for _ in 0..<count { output.append(output[output.count - distance]) }
    }
  }

  // MARK: - Bits

  private mutating func refill() {
    while bitCount <= 48, position < input.count {
      bits |= UInt64(input[position]) << UInt64(bitCount)
      bitCount += 8
      position += 1
    }
  }

  private mutating func take(_ count: Int) throws(Failure) -> UInt64 {
    if bitCount < count { refill() }
    guard bitCount >= count else { throw early }
    defer {
      bits >>= UInt64(count)
      bitCount -= count
    }
    return bits & (1 << UInt64(count) - 1)
  }

  private mutating func decode(_ table: HuffmanTable) throws(Failure) -> Int {
    if bitCount < 15 { refill() }
    let entry = table.entries[Int(bits) & table.mask]
    let length = Int(entry & 15)
    guard length > 0 else { throw Failure(reason: "a code is not valid") }
    guard length <= bitCount else { throw early }
    bits >>= UInt64(length)
    bitCount -= length
    return Int(entry >> 4)
  }

  // MARK: - Tables of the format

  private static let lengthOrder = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
  ]
  private static let lengths: [(base: UInt16, extra: Int)] = {
    var base: UInt16 = 3
    var lengths: [(base: UInt16, extra: Int)] = []
    for code in 0..<28 {
      let extra = code < 8 ? 0 : code / 4 - 1
      lengths.append((base, extra))
      base += 1 << UInt16(extra)
    }
    return lengths + [(258, 0)]
  }()
  private static let distances: [(base: UInt16, extra: Int)] = {
    var base = 1
    var distances: [(base: UInt16, extra: Int)] = []
    for code in 0..<30 {
      let extra = code < 4 ? 0 : code / 2 - 1
      distances.append((UInt16(base), extra))
      base += 1 << extra
    }
    return distances
  }()
  private static let fixedLiterals = HuffmanTable(
    unchecked: (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
  private static let fixedDistances = HuffmanTable(unchecked: [UInt8](repeating: 5, count: 30))
}

/// A prefix code as a table over as many bits as its longest code has.
private struct HuffmanTable {
  /// For the next bits, lowest first: the symbol, and in the low four bits its code's length.
  private(set) var entries: [UInt16]
  let mask: Int

  init(_ lengths: [UInt8]) throws(Gunzip.Failure) {
    var room = 1 << 15
    for length in lengths where length > 0 { room -= 1 << (15 - Int(length)) }
    guard room >= 0 else { throw Gunzip.Failure(reason: "its codes contradict each other") }
    self.init(unchecked: lengths)
  }

  init(unchecked lengths: [UInt8]) {
    let longest = Int(max(1, lengths.max() ?? 0))
    mask = 1 << longest - 1
    entries = Array(repeating: 0, count: 1 << longest)
    var code = 0
    for length in 1...longest {
      for (symbol, its) in lengths.enumerated() where its == length {
        var reversed = 0
        for bit in 0..<length where code >> bit & 1 == 1 { reversed |= 1 << (length - 1 - bit) }
        for place in stride(from: reversed, to: entries.count, by: 1 << length) {
          entries[place] = UInt16(symbol) << 4 | UInt16(length)
        }
        code += 1
      }
      code <<= 1
    }
  }
}

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The files in a zip archive, as far as they are stored as they are: PKWARE's APPNOTE, with its 64-bit
/// extension.
struct ZipArchive {
  /// One file of the archive.
  struct Entry {
    var name: String
    /// 0 is stored.
    var method: Int
    var isEncrypted: Bool
    var checksum: UInt32
    /// The number of bytes in the archive.
    var size: Int
    /// Where its own header begins.
    var offset: Int
  }

  /// The files, in the order of the directory.
  private(set) var entries: [Entry] = []
  private let data: Data

  /// Reads the directory of an archive.
  ///
  /// - Throws: `LSTMError.invalidFile` where it is damaged.
  init(_ data: Data) throws(LSTMError) {
    self.data = data
    let (count, start) = try Self.directory(of: data)
    var place = start
    var names: Set<String> = []
    for _ in 0..<count {
      guard try Self.number(data, place, 4) == 0x0201_4B50 else {
        throw Self.damaged("its directory is")
      }
      func part(_ offset: Int, _ size: Int) throws(LSTMError) -> Int {
        try Self.number(data, place + offset, size)
      }
      let (nameSize, extraSize, commentSize) = (try part(28, 2), try part(30, 2), try part(32, 2))
      let nameStart = place + 46
      let name = String(
        decoding: try Self.bytes(data, nameStart, nameSize), as: UTF8.self)
      let extra = try Self.bytes(data, nameStart + nameSize, extraSize)
      var wide = try Self.wideNumbers(in: extra)
      func size(_ offset: Int) throws(LSTMError) -> Int {
        let size = try part(offset, 4)
        guard size == 0xFFFF_FFFF else { return size }
        guard !wide.isEmpty else { throw Self.damaged("the size of '\(name)' is") }
        return wide.removeFirst()
      }
      _ = try size(24)
      let packed = try size(20)
      let offset = try size(42)
      guard names.insert(name).inserted else {
        throw Self.damaged("'\(name)' is there twice; it is")
      }
      entries.append(
        Entry(
          name: name, method: try part(10, 2), isEncrypted: try part(8, 2) & 1 == 1,
          checksum: UInt32(try part(16, 4)), size: packed, offset: offset))
      place = nameStart + nameSize + extraSize + commentSize
    }
  }

  /// The bytes of a file.
  ///
  /// - Throws: `LSTMError.invalidFile` where it is packed, encrypted or damaged.
  func contents(of entry: Entry) throws(LSTMError) -> [UInt8] {
    guard entry.method == 0, !entry.isEncrypted else {
      throw .invalidFile(
        "'\(entry.name)' is \(entry.isEncrypted ? "encrypted" : "packed"); torch.save stores as it is"
      )
    }
    guard try Self.number(data, entry.offset, 4) == 0x0403_4B50 else {
      throw Self.damaged("the header of '\(entry.name)' is")
    }
    let names = try Self.number(data, Checked.sum(entry.offset, 26), 2)
    let extra = try Self.number(data, Checked.sum(entry.offset, 28), 2)
    let bytes = try Self.bytes(data, Checked.sum(entry.offset, 30, names, extra), entry.size)
    guard CRC32.sum(of: bytes[...]) == entry.checksum else {
      throw .invalidFile("'\(entry.name)' is damaged: its checksum is another")
    }
    return bytes
  }

  /// The number of files, and where the directory begins.
  private static func directory(of data: Data) throws(LSTMError) -> (count: Int, start: Int) {
    // A comment of at most 65,535 bytes follows the end of the directory.
    let latest = data.count - 22
    guard latest >= 0 else { throw damaged("it is") }
    var end: Int?
    for place in stride(from: latest, through: max(0, latest - 0xFFFF), by: -1) {
      let isEnd = try number(data, place, 4) == 0x0605_4B50
      if isEnd, try number(data, place + 20, 2) == latest - place {
        end = place
        break
      }
    }
    guard let end else { throw damaged("its end is") }
    if end >= 20, try number(data, end - 20, 4) == 0x0706_4B50 {
      let wide = try number(data, end - 12, 8)
      guard try number(data, wide, 4) == 0x0606_4B50 else { throw damaged("its end is") }
      return (
        try checkedCount(number(data, Checked.sum(wide, 32), 8), data),
        try number(data, Checked.sum(wide, 48), 8)
      )
    }
    return (try checkedCount(number(data, end + 10, 2), data), try number(data, end + 16, 4))
  }

  /// A number of files, each of which has 46 bytes in the directory.
  private static func checkedCount(_ count: Int, _ data: Data) throws(LSTMError) -> Int {
    guard count <= data.count / 46 else { throw damaged("its directory is") }
    return count
  }

  /// The 64-bit numbers that stand for those that are too large.
  private static func wideNumbers(in extra: [UInt8]) throws(LSTMError) -> [Int] {
    let extra = Data(extra)
    var place = 0
    while place + 4 <= extra.count {
      let size = try number(extra, place + 2, 2)
      guard try number(extra, place, 2) == 1 else {
        place += 4 + size
        continue
      }
      var numbers: [Int] = []
      for index in 0..<size / 8 { numbers.append(try number(extra, place + 4 + 8 * index, 8)) }
      return numbers
    }
    return []
  }

  /// A number of some bytes, the lowest first.
  private static func number(_ data: Data, _ place: Int, _ size: Int) throws(LSTMError) -> Int {
    var value: UInt64 = 0
    for byte in try bytes(data, place, size).reversed() { value = value << 8 | UInt64(byte) }
    guard let number = Int(exactly: value) else { throw damaged("a size is") }
    return number
  }

  private static func bytes(_ data: Data, _ place: Int, _ size: Int) throws(LSTMError) -> [UInt8] {
    guard place >= 0, size >= 0, Checked.sum(place, size) <= data.count else {
      throw damaged("it is cut short or")
    }
    return Array(data[data.startIndex + place..<data.startIndex + place + size])
  }

  private static func damaged(_ what: String) -> LSTMError {
    .invalidFile("not a whole zip archive: \(what) damaged")
  }
}

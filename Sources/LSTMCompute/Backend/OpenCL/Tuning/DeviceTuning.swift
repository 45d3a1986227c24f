#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import OpenCL
internal import Synchronization

/// The sizes with which a device works: those of a table, or the defaults.
struct DeviceTuning: Sendable {
  /// What was measured; `nil` where the defaults are taken.
  let table: TuningTable?
  /// Such as `default sizes`, for the description of a plan.
  let description: String
  /// Why a table that is there is not used.
  let note: String?

  /// The defaults.
  static let standard = DeviceTuning(note: nil)

  init(_ table: TuningTable) {
    self.table = table
    description = "sizes tuned for this device"
    note = nil
  }

  private init(note: String?) {
    table = nil
    description = "default sizes" + (note == nil ? "" : ", as its tuning table is of no use")
    self.note = note
  }

  /// The tiles for a product.
  func tiles(_ kind: MatrixProduct.Kind, _ shape: ProductShape) -> ProductTiles {
    table?.tiles(kind, shape) ?? .standard
  }

  // MARK: - Files

  /// The tuning of a device, read once in a process.
  static func shared(for device: Device) -> DeviceTuning {
    loaded.withLock { loaded in
      if let tuning = loaded[device.index] { return tuning }
      let tuning = DeviceTuning(for: device.identity, in: .standard)
      loaded[device.index] = tuning
      return tuning
    }
  }

  private static let loaded = Mutex<[Int: DeviceTuning]>([:])

  /// Where the table of a device is in a cache; `nil` where nothing is kept.
  static func path(for identity: String, in cache: CacheFolder) -> String? {
    cache.folder("tuning").file(Fingerprint.name(of: identity) + ".json")
  }

  /// The tuning of a device as it is in a cache: the defaults where there is none of use.
  init(for identity: String, in cache: CacheFolder) {
    guard let path = Self.path(for: identity, in: cache),
      let bytes = try? AtomicFile.read(path)
    else {
      self = .standard
      return
    }
    // The version first: of another one, nothing else may be as it is here.
    struct Version: Decodable { var version: Int }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let again = "; run `lstm-detect devices --tune` to measure anew"
    guard let version = try? decoder.decode(Version.self, from: bytes).version else {
      self.init(note: "\(path) is no tuning table\(again)")
      return
    }
    guard version == TuningTable.version else {
      self.init(
        note: "\(path) is a tuning table of version \(version), and version "
          + "\(TuningTable.version) is known here\(again)")
      return
    }
    guard let table = try? decoder.decode(TuningTable.self, from: bytes), table.isSound,
      table.device == identity
    else {
      self.init(note: "\(path) is damaged or of another device\(again)")
      return
    }
    self.init(table)
  }

  /// Writes a table where the next process finds it.
  ///
  /// - Returns: The path.
  /// - Throws: `LSTMError.fileSystem` where that is not possible.
  static func store(
    _ table: TuningTable, in cache: CacheFolder
  ) throws(LSTMError) -> String {
    let path = try place(for: table.device, in: cache)
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    guard var bytes = try? encoder.encode(table) else {
      throw .fileSystem("\(path): cannot be written: a time is no number")
    }
    bytes.append(UInt8(ascii: "\n"))
    try AtomicFile.write(bytes, to: path)
    return path
  }

  /// Where a table can be written, found out before anything is measured.
  static func place(
    for identity: String, in cache: CacheFolder
  ) throws(LSTMError) -> String {
    guard let path = path(for: identity, in: cache) else {
      throw .fileSystem(
        "there is no folder for the tuning table; set SWIFT_LSTM_CACHE to one")
    }
    guard cache.folder("tuning").make() else {
      throw .fileSystem(
        "\(path): its folder cannot be written to; set SWIFT_LSTM_CACHE to another one")
    }
    return path
  }
}

extension OpenCLDevice {
  /// Whether this device has a tuning table of use, and why not where it has one of none.
  package var tuning: (isTuned: Bool, note: String?) {
    guard let device = try? Device.all()[index] else { return (false, nil) }
    let tuning = DeviceTuning(for: device.identity, in: .standard)
    return (tuning.table != nil, tuning.note)
  }
}

/// Files that are no text, told by their first bytes.
enum FileKind: Equatable {
  case gzip
  case zstd
  /// Another one: what it is, and how it becomes a CSV.
  case other(name: String, advice: String)

  init?(_ start: [UInt8]) {
    if start.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if Self.isZstandard(start) {
      self = .zstd
    } else if start.starts(with: [0x50, 0x4B, 3, 4]) {
      self = Self.zip(start)
    } else {
      for (magic, name, advice) in Self.others where start.starts(with: magic) {
        self = .other(name: name, advice: advice)
        return
      }
      return nil
    }
  }

  /// Whether a frame starts, or one that is skipped, as tools that work in parallel write.
  private static func isZstandard(_ start: [UInt8]) -> Bool {
    start.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
      || start.count >= 4 && start[0] & 0xF0 == 0x50
        && start[1...3].elementsEqual([0x2A, 0x4D, 0x18])
  }

  private static let others: [([UInt8], String, String)] =
    [
      (Array("BZh".utf8), "a bzip2 file", "bzip2 -dc FILE | lstm-detect run - ..."),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "an xz file", "xz -dc FILE | lstm-detect run - ..."),
      ([0x37, 0x7A, 0xBC, 0xAF], "a 7z file", "7z e -so FILE | lstm-detect run - ..."),
      (
        [0xD0, 0xCF, 0x11, 0xE0], "an Excel workbook",
        "soffice --headless --convert-to csv FILE, or save it as CSV in Excel"
      ),
      (Array("PAR1".utf8), "a Parquet file", pandas("read_parquet")),
      (Array("ARROW1".utf8), "an Arrow (Feather) file", pandas("read_feather")),
      ([0x89, 0x48, 0x44, 0x46], "an HDF5 file", pandas("read_hdf")),
      (
        Array("SQLite format 3".utf8), "an SQLite file",
        "sqlite3 -header -csv FILE 'select * from TABLE'"
      ),
      (Array("%PDF".utf8), "a PDF document", "export the table as CSV from where it was made"),
    ] + (2...5).map { ([0x80, $0], "a Python pickle", pandas("read_pickle")) }

  private static func pandas(_ reader: String) -> String {
    "python3 -c \"import pandas; pandas.\(reader)('FILE').to_csv('data.csv')\""
  }

  private static func zip(_ start: [UInt8]) -> FileKind {
    let text = String(decoding: start.prefix(4096), as: UTF8.self)
    let isWorkbook = ["[Content_Types].xml", "xl/", "_rels/"].contains { text.contains($0) }
    return isWorkbook
      ? .other(
        name: "an Excel workbook",
        advice: "soffice --headless --convert-to csv FILE, or save it as CSV in Excel")
      : .other(name: "a zip file", advice: "unzip -p FILE | lstm-detect run - ...")
  }

  /// The bytes of a file, unpacked where it is compressed by gzip or zstd.
  ///
  /// - Throws: `TimeSeriesError` that names what makes a CSV of another kind of file.
  static func unpacked(_ bytes: [UInt8], of path: String) throws(TimeSeriesError) -> [UInt8] {
    switch FileKind(bytes) {
    case nil: return bytes
    case .gzip:
      do {
        return try Gunzip.inflate(bytes)
      } catch {
        throw TimeSeriesError(file: path, reason: "the gzip file is damaged: \(error.reason)")
      }
    case .zstd:
      do {
        if let content = try Zstandard.unpacked(bytes) { return content }
      } catch {
        throw TimeSeriesError(file: path, reason: "the zstd file is damaged: \(error.reason)")
      }
      throw noText(
        "a zstd file, which needs libzstd.so.1 (Debian's libzstd1)",
        "zstd -dc FILE | lstm-detect run - ...", path)
    case .other(let name, let advice): throw noText(name, advice, path)
    }
  }

  private static func noText(_ name: String, _ advice: String, _ path: String) -> TimeSeriesError {
    TimeSeriesError(
      file: path,
      reason: "expected a CSV text, found \(name); make one of it by: "
        + advice.replacing("FILE", with: Table.name(of: path)))
  }
}

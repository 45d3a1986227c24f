internal import Foundation

extension Table {
  /// Small enough that a few of them at once do not matter, large enough to keep a core busy.
  private static let pieceSize = 1 << 18

  /// Reads a CSV file.
  ///
  /// The delimiter (comma, semicolon or tab) is found from the header. Cells may be quoted. A text
  /// that is not UTF-8 is read as Latin-1, of which a note of the series tells.
  ///
  /// - Parameter path: The path of the file.
  /// - Returns: The table.
  /// - Throws: `TimeSeriesError` where the file is missing, empty or not a table.
  public static func read(path: String) throws(TimeSeriesError) -> Table {
    func failure(_ reason: String) -> TimeSeriesError {
      TimeSeriesError(file: path, reason: reason)
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw TimeSeriesError(file: path, reason: "there is no such file")
    }
    guard !isFolder.boolValue else {
      throw TimeSeriesError(file: path, reason: "expected a file, found a folder")
    }
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw TimeSeriesError(file: path, reason: "the file may not be read")
    }
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    var builder = TableBuilder(
      path: path, expectedBytes: (attributes?[.size] as? NSNumber)?.intValue ?? 0,
      piecesAtOnce: 2 * ProcessInfo.processInfo.activeProcessorCount)
    while true {
      let bytes: Data?
      do {
        bytes = try file.read(upToCount: pieceSize)
      } catch {
        throw failure("the file cannot be read: \(excerpt(error.localizedDescription))")
      }
      guard let bytes, !bytes.isEmpty else { return try builder.finish() }
      try builder.append(bytes)
    }
  }

  /// Reads a CSV from a text.
  ///
  /// - Parameters:
  ///   - fileName: What messages call it.
  ///   - text: The content of a CSV file.
  /// - Throws: `TimeSeriesError` where the text is empty or not a table.
  public init(fileName: String, text: String) throws(TimeSeriesError) {
    try self.init(fileName: fileName, text: text, pieceSize: Self.pieceSize)
  }

  /// The same in pieces of any size, which must make no difference.
  init(fileName: String, text: String, pieceSize: Int) throws(TimeSeriesError) {
    var builder = TableBuilder(path: fileName, expectedBytes: text.utf8.count, piecesAtOnce: 2)
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      try builder.append(bytes.prefix(pieceSize))
      bytes = bytes.dropFirst(pieceSize)
    }
    self = try builder.finish()
  }
}

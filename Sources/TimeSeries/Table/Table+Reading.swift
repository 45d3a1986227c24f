internal import Dispatch

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

extension Table {
  /// Reads a CSV file, or one of JSON lines.
  ///
  /// How the table is written is found out from its rows: what stands between cells, where the
  /// names are, what is before decimals and between thousands. What is neither UTF-8 nor UTF-16 is read
  /// as Windows-1252, of which a note of the series tells. Files of gzip and zstd are unpacked.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - options: What is known of how the table is written.
  ///   - progress: Called again and again while the file is read.
  /// - Returns: The table.
  /// - Throws: `TimeSeriesError` where the file is missing, empty or not a table.
  public static func read(
    path: String, options: TableOptions = TableOptions(),
    progress: ((ReadingProgress) -> Void)? = nil
  ) throws(TimeSeriesError) -> Table {
    var reader = TableReader(
      try ByteSource(path: path), options: options,
      piecesAtOnce: 2 * max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), progress: progress)
    return try reader.read()
  }

  /// Reads a CSV from a text.
  ///
  /// - Parameters:
  ///   - fileName: What messages call it.
  ///   - text: The content of a CSV file.
  ///   - options: What is known of how the table is written.
  /// - Throws: `TimeSeriesError` where the text is empty or not a table.
  public init(
    fileName: String, text: String, options: TableOptions = TableOptions()
  ) throws(TimeSeriesError) {
    try self.init(
      fileName: fileName, bytes: Array(text.utf8), options: options,
      pieceSize: ByteSource.pieceSize)
  }

  /// The same from bytes, in pieces of any size, which must make no difference.
  init(
    fileName: String, bytes: [UInt8], options: TableOptions = TableOptions(), pieceSize: Int
  ) throws(TimeSeriesError) {
    var reader = TableReader(
      try ByteSource(path: fileName, bytes: bytes, pieceSize: pieceSize), options: options,
      piecesAtOnce: 2, sampleSize: min(1 << 16, 8 * pieceSize))
    self = try reader.read()
  }
}

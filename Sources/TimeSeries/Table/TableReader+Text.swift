// The second reading: of columns in which text was met after numbers whose text was not kept.

extension TableReader {
  /// Reads some columns as text.
  mutating func readText(of wanted: Set<Int>) throws(TimeSeriesError) {
    for index in wanted { columns[index] = ColumnReader(text: TextCells()) }
    let uses = columns.indices.map { wanted.contains($0) ? CSVChunk.Use.text : .none }
    var sample: [UInt8]? = []
    var waiting: [[UInt8]] = []
    var open = false
    var readBytes = 0
    func parse() {
      for chunk in chunks(of: waiting, uses: uses) {
        for index in wanted { columns[index].append(chunk.columns[index]) }
      }
      readBytes += waiting.reduce(0) { $0 + $1.count }
      progress?(
        ReadingProgress(bytes: readBytes, expectedBytes: source.expectedBytes, isAgain: true))
      waiting = []
    }
    try forEachRows(isOpenAtEnd: &open) { rows throws(TimeSeriesError) in
      guard let first = sample else {
        waiting.append(rows)
        if waiting.count >= piecesAtOnce { parse() }
        return
      }
      sample = first + rows
      if first.count + rows.count >= sampleSize { try finishSample() }
    }
    if sample != nil { try finishSample() }
    parse()

    func finishSample() throws(TimeSeriesError) {
      let bytes = try text(of: sample ?? [])
      waiting.append(Array(bytes[(dialect?.dataStart ?? 0)...]))
      sample = nil
    }
  }
}

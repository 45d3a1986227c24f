// Numbers that stand for missing values.

extension SeriesBuilder {
  /// Takes numbers for missing that stand for missing values.
  ///
  /// They are told from the rows before those that are judged, in which the same large value twice is
  /// what is looked for; a model tells those of its own file, and no others are looked for.
  mutating func takeCodes(
    _ rows: inout SeriesRows, names: [String], time: TimeAxis, groups: [Int]?
  ) {
    let kept = Set(options.keptValues ?? [])
    let told = options.categories == nil ? rowsBeforeJudged(rows, names, time, groups) : []
    let found = CodeFinder.codes(
      in: rows.columns.map { values in told.map { values[$0] } }, kept: kept)
    var byValue: [Double: [(name: String, count: Int)]] = [:]
    for (index, name) in names.enumerated() {
      var codes = words.numbers
        .union(options.missingCodes?[name] ?? []).subtracting(kept)
      for code in found[index] where codes.insert(code.value).inserted {
        let count = rows.columns[index].count { $0 == code.value }
        byValue[code.value, default: []].append((name, count))
      }
      guard !codes.isEmpty else { continue }
      options.missingCodes = (options.missingCodes ?? [:]).merging(
        found[index].isEmpty ? [:] : [name: found[index].map(\.value)]
      ) { Array(Set($0 + $1)).sorted() }
      for row in rows.columns[index].indices where codes.contains(rows.columns[index][row]) {
        rows.columns[index][row] = .nan
      }
    }
    for (value, columns) in byValue.sorted(by: { $0.key < $1.key }) {
      let text = Int(exactly: value).map { "\($0)" } ?? "\(value)"
      let total = columns.reduce(0) { $0 + $1.count }
      notes.append(
        "\(text), which stands \(counted(total, "time")) far outside of all other values of "
          + "\(listed(columns.map { "'\(excerpt($0.name))'" })), was taken for a missing value; "
          + "--keep-values \(text) keeps it")
    }
    for (index, name) in names.enumerated() {
      for suspect in CodeFinder.suspects(in: rows.columns[index], kept: kept) {
        let text = Int(exactly: suspect.value).map { "\($0)" } ?? "\(suspect.value)"
        notes.append(
          "\(text) stands \(counted(suspect.count, "time")) far outside of all other values of "
            + "'\(excerpt(name))'; if it is a code for a missing value, --missing-values \(text) says so"
        )
      }
    }
  }

  /// The rows before those that are judged: of each series those before a time, or the first part of
  /// those between --from and --until that have a target.
  private func rowsBeforeJudged(
    _ rows: SeriesRows, _ names: [String], _ time: TimeAxis, _ groups: [Int]?
  ) -> [Int] {
    let all = Array(rows.fileRows.indices)
    guard let judgedFrom else { return all }
    let targets = options.targets.compactMap { names.firstIndex(of: $0) }
    let series = groups.map { groups in Array(Dictionary(grouping: all) { groups[$0] }.values) }
    return (series ?? [all]).flatMap { own -> [Int] in
      let measured = own.filter { row in targets.contains { !rows.columns[$0][row].isNaN } }
      // Rows of the same time become one.
      let axis = time.with(values: Set(measured.map { time.values[$0] }).sorted())
      func place(_ text: String?, or other: Int) -> Int {
        text.flatMap { axis.firstRow(notBefore: $0) } ?? other
      }
      let (start, end) = (place(options.from, or: 0), place(options.until, or: axis.count))
      let judged =
        switch judgedFrom {
        case .fraction(let part): start + Int((Double(max(0, end - start)) * part).rounded())
        case .time(let text): place(text, or: axis.count)
        }
      guard judged < axis.count else { return own }
      return own.filter { time.values[$0] < axis.values[judged] }
    }.sorted()
  }
}

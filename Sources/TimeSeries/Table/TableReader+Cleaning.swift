// What is left out of a table, and what is said of it.

extension TableReader {
  /// Throws where rows have too few or too many cells, unless they are the last ones.
  func checkRagged(_ dialect: Dialect) throws(TimeSeriesError) {
    guard let first = ragged.first else { return }
    // A remark is a few words; a number or a time is a row that was cut off.
    let areFooters = ragged.allSatisfy { row in
      row.row > lastFullRow && row.cells < dialect.width
        && CellKind(row.start, missing: missing) == .text
    }
    guard raggedCount > 3 || !areFooters else { return }
    let expected = dialect.width == 1 ? "1 cell" : "\(dialect.width) cells"
    throw failure(row: first.row, "expected \(expected) as in the header, found \(first.cells)")
  }

  func notes(_ dialect: Dialect, _ repeated: Set<String>) -> [String] {
    var notes = dialect.notes
    if !isUTF8 { notes.append("what is not UTF-8 in the text was read as Windows-1252 (Latin-1)") }
    if commentCount > 0 { notes.append("\(counted(commentCount, "comment")) (#) passed over") }
    for (row, _, start) in ragged {
      notes.append("row \(row) was passed over as a footer: '\(excerpt(start))'")
    }
    for name in repeated.sorted() {
      notes.append(
        "'\(excerpt(name))' names several columns; the later ones are called "
          + "'\(excerpt(name)).2' and so on")
    }
    return notes
  }

  /// Blank rows are missing values where there is only one column, except at the end of the file;
  /// there rows of delimiters are none either.
  mutating func dropBlankEnd(_ dialect: Dialect) {
    if dialect.width == 1 {
      rowCount = columns[0].dropBlankEnd()
      return
    }
    var count = rowCount
    while emptyRows.last == count - 1, count > 0 {
      emptyRows.removeLast()
      count -= 1
    }
    for index in columns.indices where count < rowCount {
      columns[index].dropLast(rowCount - count)
    }
    rowCount = count
  }

  /// Delimiters at the end of each row make columns of nothing.
  func dropEmptyUnnamed(_ dialect: inout Dialect, _ columns: inout [TableColumn]) {
    for index in dialect.unnamed.sorted(by: >) where columns.count > 1 {
      guard case .numbers(let numbers) = columns[index], numbers.allSatisfy(\.isNaN) else {
        continue
      }
      columns.remove(at: index)
      dialect.names.remove(at: index)
    }
  }

  /// Gives each column a name of its own.
  ///
  /// - Returns: The names that several had.
  static func makeDistinct(_ names: inout [String]) -> Set<String> {
    var seen = Set(names)
    guard seen.count < names.count else { return [] }
    var met: Set<String> = []
    // Where the numbers of a name go on.
    var numbers: [String: Int] = [:]
    var repeated: Set<String> = []
    for index in names.indices where !met.insert(names[index]).inserted {
      let name = names[index]
      repeated.insert(name)
      var number = numbers[name] ?? 2
      while !seen.insert("\(name).\(number)").inserted { number += 1 }
      names[index] = "\(name).\(number)"
      numbers[name] = number + 1
    }
    return repeated
  }
}

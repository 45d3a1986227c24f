extension SeriesBuilder {
  func checkTargets() throws(TimeSeriesError) {
    guard !options.targets.isEmpty else { throw failure("no target is named") }
    for (index, target) in options.targets.enumerated() {
      guard !options.targets[..<index].contains(target) else {
        throw failure("the target is named twice", column: target)
      }
      try checkNumeric(target)
    }
  }

  private func checkNumeric(_ name: String) throws(TimeSeriesError) {
    try table.checkName(name)
    guard case .text(let column)? = table[name], let (row, reason) = column.firstText else {
      return
    }
    throw table.failure(row: row, column: name, reason)
  }

  // MARK: - Words

  /// Adds columns of numbers for those of words.
  mutating func addCategories(time: TimeAxis) throws(TimeSeriesError) {
    let encodings: [Categories]
    if let known = options.categories {
      encodings = known
    } else {
      let names = options.features.map { $0 + (options.known ?? []) } ?? table.header
      encodings = names.compactMap { name in
        guard !time.columns.contains(name), !options.excluded.contains(name),
          !options.columnsOfRows.contains(name),
          case .text(let column)? = table[name], column.isWords
        else { return nil }
        return Categories(column.cells, column: name, missing: words)
      }
    }
    try checkNames(of: encodings)
    for encoding in encodings {
      guard let column = table[encoding.column] else { throw table.unknownColumn(encoding.column) }
      guard let cells = column.asText else { continue }
      let (columns, unknown) = encoding.encode(cells, missing: words)
      table = table.adding(Array(zip(encoding.names, columns)))
      if unknown > 0 {
        notes.append(
          "\(counted(unknown, "cell")) of '\(excerpt(encoding.column))' \(unknown == 1 ? "has a word" : "have words") that the "
            + "model does not know")
      }
    }
    // A column of words that was asked for is those of its numbers.
    func columns(of names: [String]?) -> [String]? {
      var seen: Set<String> = []
      return names?.flatMap { name in encodings.first { $0.column == name }?.names ?? [name] }
        .filter { seen.insert($0).inserted }
    }
    options.known = columns(of: options.known)
    guard options.categories == nil, !encodings.isEmpty else { return }
    options.categories = encodings
    let list = encodings.map { its in
      its.groups > 0
        ? "'\(excerpt(its.column))' (\(its.groups) groups of words)"
        : "'\(excerpt(its.column))' (\(listed(its.words.map { excerpt($0) })))"
    }
    notes.append("words became a column of 1 and 0 each: \(listed(list))")
    options.features = columns(of: options.features)
  }

  /// Throws where a column of numbers would have the name of another one.
  private func checkNames(of encodings: [Categories]) throws(TimeSeriesError) {
    let header = Set(table.header)
    var owners: [String: String] = [:]
    for its in encodings {
      for name in its.names {
        let owner = owners.updateValue(its.column, forKey: name)
        guard header.contains(name) || owner != nil else { continue }
        let other = owner.map { "a column made of the words of '\(excerpt($0))'" }
        throw failure(
          "the words of '\(excerpt(its.column))' make a column of this name, which is that of "
            + "\(other ?? "another column of the file"); rename one of them, or leave "
            + "'\(excerpt(its.column))' out by --exclude", column: name)
      }
    }
  }

  // MARK: - Features

  mutating func chooseFeatures(time: TimeAxis) throws(TimeSeriesError) -> [String] {
    var features: [String] = []
    if let named = options.features {
      for name in named where !features.contains(name) {
        try checkNumeric(name)
        features.append(name)
      }
    } else {
      // Where the features are named, those left out need not be there at all.
      for name in options.excluded where table[name] == nil { throw table.unknownColumn(name) }
      features = try defaultFeatures(time: time)
    }
    features.removeAll { options.excluded.contains($0) }
    for name in options.known ?? [] {
      guard !options.targets.contains(name) else {
        throw failure("a target is not known before its row has come", column: name)
      }
      if !features.contains(name) {
        try checkNumeric(name)
        features.append(name)
      }
    }
    guard !features.isEmpty else { throw failure("there is no feature left to learn from") }
    return features
  }

  private mutating func defaultFeatures(
    time: TimeAxis
  ) throws(TimeSeriesError) -> [String] {
    var text: [String] = []
    var empty: [String] = []
    var features: [String] = []
    let encoded = Set((options.categories ?? []).map(\.column))
    let ofRows = options.columnsOfRows
    for name in table.header
    where !time.columns.contains(name) && !options.excluded.contains(name)
      && !encoded.contains(name) && !ofRows.contains(name)
    {
      switch table[name] {
      case .numbers(let numbers)?:
        if numbers.contains(where: { !$0.isNaN }) || options.targets.contains(name) {
          features.append(name)
        } else {
          empty.append("'\(excerpt(name))'")
        }
      case .text(let column)?:
        guard let (row, reason) = column.firstText else { continue }
        // One bad cell must not take a whole column away unseen.
        guard !column.isMostlyNumbers else {
          throw table.failure(
            row: row, column: name,
            "\(reason); correct it, or leave the column out by --exclude")
        }
        text.append(
          "'\(excerpt(name))' (such as in row \(table.fileRow(row)) "
            + "\(table.describe(row: row, column: name)))")
      case nil: break
      }
    }
    if !text.isEmpty { notes.append("left out, because they hold text: \(listed(text))") }
    if !empty.isEmpty { notes.append("left out, because they hold no value: \(listed(empty))") }
    return features
  }
}

extension TableColumn {
  /// The cells as text; of numbers, as they are written in Swift.
  var asText: TextCells? {
    switch self {
    case .text(let column): return column.cells
    case .numbers(let numbers):
      var cells = TextCells()
      for number in numbers {
        var text = number.isNaN ? "" : Int(exactly: number).map { "\($0)" } ?? "\(number)"
        text.withUTF8 { cells.append($0) }
      }
      return cells
    }
  }
}

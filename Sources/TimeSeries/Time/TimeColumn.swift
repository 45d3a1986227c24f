/// A column of dates, of dates with times, or of seconds since 1970.
struct TimeColumn {
  /// Why a column that looks like times is none.
  struct Failure: Error {
    let error: TimeSeriesError
  }

  /// How times are written, as far as it is told.
  struct Form {
    var format: TimeFormat?
    var order: TimeParser.Order?
    /// Which order is likelier where a file fits several.
    var usualOrder: TimeParser.Order?
    /// What the times are, where that is known.
    var kind: TimeAxis.Kind?
  }

  let name: String
  /// Milliseconds since 1970, one for each row; NaN in the last few rows where they are footers.
  var values: [Double]
  let hasTimeOfDay: Bool
  let hasOffset: Bool
  /// How days and months were told apart, where that was needed.
  var order: TimeParser.Order?
  /// What was decided about it.
  var note: String?

  /// The number of rows at the end that are no rows of the table, because they have no time.
  static let mostFooters = 3

  /// Reads a column as times.
  ///
  /// - Parameters:
  ///   - name: The column.
  ///   - table: The table.
  ///   - isNamed: Whether the user named it; what is there must be times then, or numbers.
  ///   - form: How times are written, as far as it is told.
  /// - Returns: A failure where a column named or mostly of times has other cells; `nil` where it is
  ///   no column of times.
  static func read(
    _ name: String, of table: Table, isNamed: Bool, form: Form
  ) -> Result<TimeColumn, Failure>? {
    switch table[name] {
    case .text(let column)?:
      return TimeTextReader(cells: column.cells, name: name, table: table, form: form)
        .read(isNamed: isNamed)
    case .numbers(let numbers)?:
      if let format = form.format, isNamed { return formatted(numbers, name, table, format) }
      guard form.kind != .numbers,
        let found = TimeNumbers.read(
          numbers, name: name, isNamed: isNamed, isTime: form.kind != nil)
      else { return nil }
      return .success(
        TimeColumn(
          name: name, values: found.values,
          hasTimeOfDay: found.values.contains {
            $0.truncatingRemainder(dividingBy: Double(CivilDate.millisecondsPerDay)) != 0
          }, hasOffset: false,
          note: found.kind.map {
            "'\(excerpt(name))' was read as \($0); --time-format or --row-order "
              + "says otherwise"
          }))
    case nil:
      return nil
    }
  }

  /// Numbers such as 20121029 in a format that the user tells.
  private static func formatted(
    _ numbers: [Double], _ name: String, _ table: Table, _ format: TimeFormat
  ) -> Result<TimeColumn, Failure> {
    var values: [Double] = []
    var hasTimeOfDay = false
    for (row, number) in numbers.enumerated() {
      var text = format.text(of: number)
      guard let time = text.withUTF8(format.parse) else {
        return .failure(
          Failure(
            error: table.failure(
              row: row, column: name,
              "expected a time in the format that --time-format tells, found "
                + table.describe(row: row, column: name))))
      }
      values.append(Double(time.milliseconds))
      if time.hasTimeOfDay { hasTimeOfDay = true }
    }
    return .success(
      TimeColumn(name: name, values: values, hasTimeOfDay: hasTimeOfDay, hasOffset: false))
  }

  /// The axis of this column, with times of day added.
  func axis(with clocks: [ClockColumn]) -> TimeAxis {
    var values = values
    for clock in clocks {
      for row in values.indices { values[row] += clock.values[row] }
    }
    return TimeAxis(
      kind: hasTimeOfDay || !clocks.isEmpty ? .times : .dates,
      columns: [name] + clocks.map(\.name), values: values, isUTC: hasOffset, order: order)
  }

  // MARK: - Names

  /// Whether a column of numbers may be seconds since 1970 or days written as one number.
  static func isTimeName(_ name: String) -> Bool {
    isPlainName(name) || !timeWords.isDisjoint(with: words(name))
  }

  private static let timeWords: Set = [
    "timestamp", "datetime", "date", "time", "epoch", "unix", "unixtime", "datum", "zeit",
    "zeitpunkt", "fecha", "heure", "jour",
  ]

  /// Whether a name is one for spans of a calendar.
  static func isSpanName(_ name: String) -> Bool {
    let spans: Set = [
      "day", "month", "week", "quarter", "period", "monat", "woche", "quartal", "mois", "semaine",
      "mes", "semana", "yearmonth", "ym", "yyyymm", "yyyymmdd",
    ]
    let words = words(name)
    return words.allSatisfy { spans.contains($0) || timeWords.contains($0) || $0 == "of" }
  }

  /// The words of a name in lower case: `event_time`, `event time` and `eventTime` have two.
  private static func words(_ name: String) -> [String] {
    var words = [""]
    var previous: Character = " "
    for character in name {
      if !character.isLetter || (character.isUppercase && previous.isLowercase) { words.append("") }
      if character.isLetter { words[words.count - 1] += character.lowercased() }
      previous = character
    }
    return words.filter { !$0.isEmpty }
  }

  /// Whether ascending numbers under this name are the time and not a quantity.
  static func isPlainName(_ name: String) -> Bool {
    ["time", "timestamp", "date", "datetime", "epoch", "ts", "ds", "t", "year"].contains(
      name.lowercased())
  }
}

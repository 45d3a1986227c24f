/// Columns of numbers that are times.
enum TimeNumbers {
  /// Reads numbers as times.
  ///
  /// - Parameters:
  ///   - numbers: The numbers.
  ///   - name: The name of their column.
  ///   - isNamed: Whether the user named it as the time.
  ///   - isTime: Whether it is known that they are times.
  /// - Returns: Milliseconds since 1970, and what the numbers were taken for where that is worth a
  ///   note; `nil` where they are no times.
  static func read(
    _ numbers: [Double], name: String, isNamed: Bool, isTime: Bool = false
  ) -> (values: [Double], kind: String?)? {
    let isTimeName = isTime || TimeColumn.isTimeName(name)
    if isTimeName || isNamed, let values = epoch(numbers) { return (values, nil) }
    // A date of eight digits is one under any name, if the dates follow each other.
    if let values = digits(numbers),
      isTimeName || TimeColumn.isSpanName(name) || isRegular(values)
    {
      return (values, isTimeName ? nil : "dates such as 20121029 or months such as 201210")
    }
    if isTimeName, let values = workbookDays(numbers) {
      return (values, "the days of an Excel workbook")
    }
    return nil
  }

  /// Seconds, or thousandths, millionths or billionths of them, since 1970, all of them between
  /// 1973 and 2286.
  private static func epoch(_ numbers: [Double]) -> [Double]? {
    guard let first = numbers.first else { return nil }
    for factor in [1e3, 1, 1e-3, 1e-6] {
      let range = 1e11 / factor..<1e13 / factor
      guard range.contains(first) else { continue }
      return numbers.allSatisfy(range.contains) ? numbers.map { ($0 * factor).rounded() } : nil
    }
    return nil
  }

  /// Days as `20121029`, months as `201210`, times as `20121029130000`.
  private static func digits(_ numbers: [Double]) -> [Double]? {
    guard let first = numbers.first else { return nil }
    let read: (Int) -> Int?
    switch first {
    case 1800_01..<2200_13: read = { days($0 * 100 + 1) }
    case 1000_01_01..<9999_12_32: read = { days($0) }
    case 1800_01_01_00_00..<2200_12_32_00_00: read = { time($0 * 100) }
    case 1800_01_01_00_00_00..<2200_12_32_00_00_00: read = { time($0) }
    default: return nil
    }
    var values: [Double] = []
    values.reserveCapacity(numbers.count)
    for number in numbers {
      guard let whole = Int(exactly: number), let value = read(whole) else { return nil }
      values.append(Double(value))
    }
    return values
  }

  private static func days(_ number: Int) -> Int? {
    CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
      .map { $0.daysSince1970 * CivilDate.millisecondsPerDay }
  }

  private static func time(_ number: Int) -> Int? {
    let (hour, minute, second) = (number / 10_000 % 100, number / 100 % 100, number % 100)
    guard hour < 24, minute < 60, second < 60, let day = days(number / 1_000_000) else {
      return nil
    }
    return day + ((hour * 60 + minute) * 60 + second) * 1000
  }

  /// Days since 1899-12-30, all between 1954 and 2119, whose fractions are seconds.
  private static func workbookDays(_ numbers: [Double]) -> [Double]? {
    guard numbers.allSatisfy({ (20_000..<80_000).contains($0) }) else { return nil }
    return numbers.map { (($0 - 25_569) * 86_400).rounded() * 1000 }
  }

  /// Whether times are nearly all the same step apart, in the order of the file or against it.
  private static func isRegular(_ values: [Double]) -> Bool {
    guard values.count >= 8, Set(values).count == values.count else { return false }
    return 10 * Regularity.irregularSteps(values) <= values.count
  }
}

/// How evenly times follow each other.
enum Regularity {
  /// The number of steps between neighbours in time that are not the most usual one, or not the
  /// most usual number of months.
  static func irregularSteps(_ values: [Double]) -> Int {
    let sorted = values.filter { !$0.isNaN }.sorted()
    let steps = zip(sorted.dropFirst(), sorted).map { $0 - $1 }.filter { $0 > 0 }
    guard !steps.isEmpty else { return 0 }
    func irregular(_ steps: [Double]) -> Int {
      var counts: [Double: Int] = [:]
      for step in steps { counts[step, default: 0] += 1 }
      return steps.count - (counts.values.max() ?? 0)
    }
    let plain = irregular(steps)
    // Rows of the same month are no months.
    guard plain > 0, (steps.min() ?? 0) >= 28 * Double(CivilDate.millisecondsPerDay) else {
      return plain
    }
    let days = sorted.map { ($0 / Double(CivilDate.millisecondsPerDay)).rounded(.down) }
    let dates = days.map { CivilDate(daysSince1970: Int($0)) }
    guard dates.allSatisfy({ $0.day == dates[0].day }) || dates.allSatisfy(\.isLastOfMonth) else {
      return plain
    }
    let months = zip(dates.dropFirst(), dates).map { Double($0.monthNumber - $1.monthNumber) }
      .filter { $0 > 0 }
    return min(plain, irregular(months))
  }
}

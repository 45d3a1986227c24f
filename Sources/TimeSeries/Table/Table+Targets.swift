extension Table {
  /// The columns that may be forecast: numbers that vary and are more than two, no time and no row
  /// count.
  public var possibleTargets: [String] {
    header.filter { name in
      guard isNumeric(name), !TimeColumn.isTimeName(name), !TimeColumn.isSpanName(name),
        let numbers = numbers(name)
      else { return false }
      var found: Set<Double> = []
      for value in numbers where !value.isNaN && found.insert(value).inserted {
        guard found.count < 3 else { return !Series.isCounter(numbers[...]) }
      }
      return false
    }
  }
}

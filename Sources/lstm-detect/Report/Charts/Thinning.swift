/// Fewer points that draw the same line.
enum Thinning {
  /// The rows that are left when a line is drawn in so many columns.
  ///
  /// Of each column's rows the lowest and the highest value of each series are kept, so no spike
  /// disappears; so are the first and the last row, a gap that fills a column, and the rows
  /// that must be kept.
  ///
  /// - Parameters:
  ///   - series: Values of the same rows; NaN is a gap.
  ///   - columns: How many columns there are to draw in.
  ///   - kept: Rows that stay whatever their values are.
  /// - Returns: Row numbers, ascending.
  static func rows(of series: [[Double]], columns: Int, keeping kept: some Sequence<Int>) -> [Int] {
    let count = series.first?.count ?? 0
    guard count > 4 * columns else { return Array(0..<count) }
    var isKept = [Bool](repeating: false, count: count)
    isKept[0] = true
    isKept[count - 1] = true
    for row in kept where (0..<count).contains(row) { isKept[row] = true }
    for column in 0..<columns {
      let rows = column * count / columns..<(column + 1) * count / columns
      for values in series {
        var lowest: Int?
        var highest: Int?
        for row in rows where !values[row].isNaN {
          if lowest.map({ values[row] < values[$0] }) ?? true { lowest = row }
          if highest.map({ values[row] > values[$0] }) ?? true { highest = row }
        }
        if let lowest { isKept[lowest] = true }
        if let highest { isKept[highest] = true }
        if lowest == nil, let first = rows.first { isKept[first] = true }
      }
    }
    return isKept.indices.filter { isKept[$0] }
  }
}

/// Finds out whether the rows of a table are several series, told apart by words or numbers.
struct SeriesFinder {
  let table: Table
  /// The columns that are the time, targets or left out.
  let others: Set<String>

  /// What tells series apart.
  struct Found {
    var columns: [String]
    /// What stands in those columns, the series that comes first in the file before others.
    var series: [[String]]
  }

  /// The columns that tell rows of the same time apart.
  ///
  /// - Parameter values: The time of each row.
  /// - Returns: `nil` where none do.
  func columns(separating values: [Double]) -> Found? {
    var multiplicity: [Double: Int] = [:]
    for value in values { multiplicity[value, default: 0] += 1 }
    let most = multiplicity.values.max() ?? 1
    let keys: [(name: String, keys: [Int], words: [String])] = candidates.compactMap { name in
      guard let (keys, words) = self.keys(name), words.count >= 2 else { return nil }
      return (name, keys, words)
    }
    let pairs = keys.indices.flatMap { first in
      keys.indices.dropFirst(first + 1).map { [first, $0] }
    }
    for places in keys.indices.map({ [$0] }) + pairs {
      let choice = places.map { keys[$0] }
      let joined = values.indices.map { row in choice.map { $0.keys[row] } }
      let groups = Set(joined)
      // As many series as a time has rows, about; more are measured values.
      guard groups.count <= 3 * most else { continue }
      let places = zip(values, joined).map { Place(time: $0, key: $1) }
      guard Set(places).count == places.count else { continue }
      var seen: Set<[Int]> = []
      let order = joined.filter { seen.insert($0).inserted }
      return Found(
        columns: choice.map(\.name),
        series: order.map { key in zip(choice, key).map { $0.words[$1] } })
    }
    return nil
  }

  /// A column that by its name tells series apart, whose times need not repeat.
  func named() -> Found? {
    for name in candidates where Self.isSeriesName(name) {
      guard let (keys, words) = keys(name), words.count >= 2,
        words.count * 10 <= table.rowCount
      else { continue }
      // Properties of rows change to and fro; series stand one below the other.
      let changes = zip(keys, keys.dropFirst()).count { $0 != $1 }
      guard Self.isNamed(name, among: Self.sources) || changes == words.count - 1 else { continue }
      return Found(columns: [name], series: words.map { [$0] })
    }
    return nil
  }

  private struct Place: Hashable {
    var time: Double
    var key: [Int]
  }

  private var candidates: [String] {
    let names = table.header.filter { !others.contains($0) }
    let named = names.filter(Self.isSeriesName)
    let text = names.filter { !table.isNumeric($0) && !named.contains($0) }
    return Array(
      (named + text + names.filter { !named.contains($0) && !text.contains($0) }).prefix(12))
  }

  /// A number for each row's word, and the words; `nil` where nearly each row has its own.
  private func keys(_ name: String) -> (keys: [Int], words: [String])? {
    var places: [String: Int] = [:]
    var words: [String] = []
    var keys: [Int] = []
    keys.reserveCapacity(table.rowCount)
    for row in 0..<table.rowCount {
      let word: String
      switch table[name] {
      case .text(let column)?: word = trimmed(column.cells[row])
      case .numbers(let numbers)?:
        guard let whole = Int(exactly: numbers[row]) else { return nil }
        word = "\(whole)"
      case nil: return nil
      }
      let place = places[word] ?? words.count
      if place == words.count {
        places[word] = place
        words.append(word)
        guard 2 * words.count <= table.rowCount + 2 else { return nil }
      }
      keys.append(place)
    }
    return (keys, words)
  }

  private static func isSeriesName(_ name: String) -> Bool {
    isNamed(name, among: sources + groups)
  }

  /// What measures or sells: rows of several of them are several series.
  private static let sources = [
    "id", "store", "shop", "sensor", "station", "device", "site", "meter", "entity", "series",
    "host", "server", "asset", "symbol", "ticker", "sku", "filiale", "tienda", "magasin",
  ]

  /// What may also be no more than a property of a row.
  private static let groups = [
    "item", "product", "customer", "machine", "country", "region", "city", "location", "branch",
    "artikel",
  ]

  private static func isNamed(_ name: String, among known: [String]) -> Bool {
    guard let last = name.lowercased().split(whereSeparator: { !$0.isLetter }).last else {
      return false
    }
    return known.contains(String(last))
      || last.hasSuffix("id") && known.contains(String(last.dropLast(2)))
  }
}

import ArgumentParser
import ResultText

/// A number for each target: the same for all, or one for each of some.
enum TargetNumbers: Equatable, ExpressibleByArgument {
  case all(Double)
  case byName([Named])

  struct Named: Equatable {
    var name: String
    var value: Double
  }

  /// Reads `0`, or `sales=0,stock=-5`; a name with a comma in it is put in double quotes.
  init?(argument: String) {
    func number(_ text: some StringProtocol) -> Double? {
      Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
    if let value = number(argument) {
      self = .all(value)
      return
    }
    guard let parts = ColumnList(argument: argument)?.names else { return nil }
    let named = parts.compactMap { part -> Named? in
      guard let sign = part.lastIndex(of: "="), sign > part.startIndex,
        let value = number(part[part.index(after: sign)...])
      else { return nil }
      return Named(name: String(part[..<sign]), value: value)
    }
    guard named.count == parts.count, Set(named.map(\.name)).count == named.count else {
      return nil
    }
    self = .byName(named)
  }

  /// The number of each target that has one.
  ///
  /// - Throws: `CommandError` where a name is that of no target.
  func numbers(
    for targets: [String], option: String
  ) throws(CommandError) -> [String: Double] {
    switch self {
    case .all(let value): return Dictionary(uniqueKeysWithValues: targets.map { ($0, value) })
    case .byName(let named):
      if let unknown = named.first(where: { !targets.contains($0.name) }) {
        throw CommandError(
          description: "\(option) names '\(unknown.name)', which is no target; there are "
            + targets.joined(separator: ", "))
      }
      return Dictionary(uniqueKeysWithValues: named.map { ($0.name, $0.value) })
    }
  }

  /// As it was given, for the record.
  var document: JSONValue {
    switch self {
    case .all(let value): .number(value)
    case .byName(let named): .object(named.map { ($0.name, .number($0.value)) })
    }
  }
}

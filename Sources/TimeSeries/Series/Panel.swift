/// Several series of the same columns in one table, told apart by the words or numbers of key columns:
/// data in long format, such as the sales of stores.
public struct Panel: Sendable {
  /// One of the series.
  public struct Member: Sendable {
    /// What stands in the key columns.
    public let key: [String]
    /// Its rows, in order of time.
    public internal(set) var series: Series

    /// The key in messages: `S1`, or `S1/17` of two columns.
    public var name: String { Panel.name(of: key) }
  }

  /// The file that the series are from, as it was given.
  public let path: String
  /// The columns that tell the series apart.
  public let keyColumns: [String]
  /// The series, in the order of their keys.
  public internal(set) var members: [Member]
  /// One-liners about what was done to all rows.
  private(set) var ownNotes: [String]

  /// The file's name without its folder.
  public var fileName: String { Table.name(of: path) }
  /// The number of rows of all series.
  public var rowCount: Int { members.reduce(0) { $0 + $1.series.rowCount } }

  /// One-liners for the user about what was done to the data; what was done to many series alike is
  /// one line.
  public var notes: [String] {
    var kinds: [String: Int] = [:]
    var found: [(name: String, note: String, count: Int)] = []
    for member in members {
      for note in member.series.notes {
        // Numbers and times differ from series to series.
        let kind = note.filter { !$0.isNumber && !$0.isPunctuation }
        if let place = kinds[kind] {
          found[place].count += 1
        } else {
          kinds[kind] = found.count
          found.append((member.name, note, 1))
        }
      }
    }
    return ownNotes
      + found.map { name, note, count in
        "series \(excerpt(name)): \(note)"
          + (count > 1 ? "; the like in \(grouped(count - 1)) more" : "")
      }
  }

  init(path: String, keyColumns: [String], members: [Member], notes: [String]) {
    self.path = path
    self.keyColumns = keyColumns
    self.members = members
    ownNotes = notes
  }

  /// The series of a table.
  ///
  /// How numbers and times are written, codes for missing values and the words of columns are decided
  /// over all rows; order, duplicates, gaps and rows to forecast within each series. A series without
  /// a row that can be used is left out, with a note.
  ///
  /// - Parameters:
  ///   - table: The table.
  ///   - options: What to take from it; `series` names the key columns.
  ///   - judgedFrom: Where the rows of each series that are judged begin; they do not tell which numbers
  ///     are codes for missing values.
  /// - Throws: `TimeSeriesError` with the row and the column where a cell cannot be used or a key is
  ///   missing.
  public init(
    table: Table, options: SeriesOptions, judgedFrom: SplitPlan.TrainUntil? = nil
  ) throws(TimeSeriesError) {
    var builder = SeriesBuilder(table: table, options: options)
    builder.judgedFrom = judgedFrom
    self = try builder.panel()
  }

  /// A key in messages.
  public static func name(of key: [String]) -> String { key.joined(separator: "/") }

  /// The panel without some series, and a note on why.
  ///
  /// - Parameter reasons: Why a series is left out, by its place.
  /// - Returns: The panel, unchanged where there are none.
  /// - Throws: `TimeSeriesError` where no series is left.
  public func leavingOut(_ reasons: [Int: String]) throws(TimeSeriesError) -> Panel {
    guard !reasons.isEmpty else { return self }
    var panel = self
    let left = reasons.sorted { $0.key < $1.key }
    panel.ownNotes += Self.notes(leavingOut: left.map { (members[$0.key].name, $0.value) })
    panel.members = members.indices.filter { reasons[$0] == nil }.map { members[$0] }
    guard !panel.members.isEmpty else {
      throw TimeSeriesError(
        file: path,
        reason: "no series can be used; of \(excerpt(members[0].name)): \(left[0].value)")
    }
    return panel
  }

  /// A line for each reason for which series are left out.
  static func notes(leavingOut series: [(name: String, reason: String)]) -> [String] {
    var kinds: [String: Int] = [:]
    var found: [(reason: String, names: [String])] = []
    for (name, reason) in series {
      let kind = reason.filter { !$0.isNumber && !$0.isPunctuation }
      if let place = kinds[kind] {
        found[place].names.append(excerpt(name))
      } else {
        kinds[kind] = found.count
        found.append((reason, [excerpt(name)]))
      }
    }
    return found.map { reason, names in
      let what = names.count == 1 ? "1 series was" : "\(grouped(names.count)) series were"
      return "\(what) left out (\(listed(names))): \(reason)"
        + (names.count > 1 ? ", in the first of them" : "")
    }
  }
}

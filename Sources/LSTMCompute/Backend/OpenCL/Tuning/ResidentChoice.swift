/// How a work-group of the resident plan shares a layer, where that was measured.
struct ResidentChoice: Hashable, Sendable, Codable {
  /// Rows of the batch that a work-group carries.
  var rows: Int
  /// Items among which the layer is shared, at most: more make shorter slices of the weights.
  var items: Int

  init(rows: Int, items: Int) {
    self.rows = rows
    self.items = items
  }

  /// Those that a table may name.
  static let rowCandidates = [1, 2, 4, 8]
  static let itemCandidates = [128, 256, 512]

  /// Such as `2 rows, 256 items`.
  var description: String { "\(rows) row\(rows == 1 ? "" : "s"), \(items) items" }
}

/// How many rows a batch has for the size of a device.
enum RowsClass: String, Hashable, Sendable, Codable, CaseIterable {
  /// At most one for each compute unit.
  case few
  /// At most eight.
  case middling
  /// More.
  case many

  init(batchSize: Int, computeUnits: Int) {
    self = batchSize <= computeUnits ? .few : batchSize <= 8 * computeUnits ? .middling : .many
  }
}

/// The sizes of layers that are measured; each stands for those from the one below on.
enum UnitsClass {
  static let all = [32, 64, 96, 128]

  /// The class of a layer; `nil` where it is larger than the resident plan takes.
  static func of(_ units: Int) -> Int? {
    all.first { units <= $0 }
  }
}

/// How a work-group of the resident plan shares a layer, where that was measured.
package struct ResidentChoice: Hashable, Sendable, Codable {
  /// Rows of the batch that a work-group carries.
  package var rows: Int
  /// Items among which the layer is shared, at most: more make shorter slices of the weights.
  package var items: Int

  package init(rows: Int, items: Int) {
    self.rows = rows
    self.items = items
  }

  /// Those that a table may name.
  package static let rowCandidates = [1, 2, 4, 8]
  package static let itemCandidates = [128, 256, 512]

  /// Such as `2 rows, 256 items`.
  package var description: String { "\(rows) row\(rows == 1 ? "" : "s"), \(items) items" }
}

/// How many rows a batch has for the size of a device.
package enum RowsClass: String, Hashable, Sendable, Codable, CaseIterable {
  /// At most one for each compute unit.
  case few
  /// At most eight.
  case middling
  /// More.
  case many

  package init(batchSize: Int, computeUnits: Int) {
    self = batchSize <= computeUnits ? .few : batchSize <= 8 * computeUnits ? .middling : .many
  }
}

/// The sizes of layers that are measured; each stands for those from the one below on.
package enum UnitsClass {
  package static let all = [32, 64, 96, 128]

  /// The class of a layer; `nil` where it is larger than the resident plan takes.
  static func of(_ units: Int) -> Int? {
    all.first { units <= $0 }
  }
}

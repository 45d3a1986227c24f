internal import OpenCL

/// How a product is cut for work-groups and their items: macros of `Kernels/matrix_product.cl`.
struct ProductTiles: Hashable, Sendable, Codable {
  /// Items of a work-group in each of two dimensions.
  var group: Int
  /// The length of k that is in local memory at a time.
  var depth: Int
  /// Blocks of four rows of an item.
  var rowFours: Int
  /// Blocks of four columns of an item.
  var columnFours: Int

  init(group: Int, depth: Int, rowFours: Int, columnFours: Int) {
    self.group = group
    self.depth = depth
    self.rowFours = rowFours
    self.columnFours = columnFours
  }

  /// Those of a device that was not tuned: 64 by 64, 16 deep, 256 items.
  static let standard = ProductTiles(group: 16, depth: 16, rowFours: 1, columnFours: 1)

  /// Those that a table may name.
  ///
  /// Larger tiles read local memory less often for each multiply-add; smaller ones make more
  /// work-groups of a small result, and waste less of one with few rows or columns; deeper ones meet
  /// at fewer barriers.
  static let candidates = [
    standard,
    ProductTiles(group: 16, depth: 32, rowFours: 1, columnFours: 1),
    ProductTiles(group: 16, depth: 16, rowFours: 2, columnFours: 1),
    ProductTiles(group: 16, depth: 8, rowFours: 2, columnFours: 2),
    ProductTiles(group: 16, depth: 16, rowFours: 2, columnFours: 2),
    ProductTiles(group: 8, depth: 16, rowFours: 1, columnFours: 1),
    ProductTiles(group: 8, depth: 32, rowFours: 1, columnFours: 1),
    ProductTiles(group: 8, depth: 16, rowFours: 1, columnFours: 2),
    ProductTiles(group: 8, depth: 16, rowFours: 2, columnFours: 2),
  ]

  /// Rows of a work-group's tile.
  var rows: Int { 4 * group * rowFours }
  /// Columns of a work-group's tile.
  var columns: Int { 4 * group * columnFours }
  /// Such as `64 x 64 x 16, 256 items`.
  var description: String {
    "\(rows) x \(columns) x \(depth), \(group * group) items"
  }

  /// Whether a device has the work-groups and the local memory for it.
  func fits(_ device: Device) -> Bool {
    let localMemory = 4 * depth * (rows + columns + 8)
    return group * group <= device.largestWorkGroup && localMemory <= device.localMemorySize
  }

  /// The tiles that cover a result.
  func count(_ size: ProductSize) -> Int {
    tiles(size.m, of: rows) * tiles(size.n, of: columns)
  }
}

/// What a product looks like, as far as the choice of its tiles goes.
enum ProductShape: String, Hashable, Sendable, Codable, CaseIterable {
  /// At most 32 rows: half of a standard tile would be empty.
  case fewRows = "few_rows"
  /// One dimension is at least eight times as long as both others.
  case tall
  /// All else.
  case square

  init(_ size: ProductSize) {
    let lengths = [size.m, size.n, size.k].sorted()
    self = size.m <= 32 ? .fewRows : lengths[2] >= 8 * lengths[1] ? .tall : .square
  }
}

extension ProductSlices {
  /// More would not be faster, only larger.
  private static let largestCount = 64
  /// Float sums of more terms lose digits.
  private static let longest = 8192
  /// Shorter ones are not worth the second pass: four times a tile's depth.
  private static let shortest = 64
  private static let largestSize = 1 << 26

  /// Into how many slices the long sum of a weight gradient is cut: two work-groups for each compute
  /// unit hide each other's waits.
  ///
  /// - Parameters:
  ///   - size: Of the product, all of k.
  ///   - tiles: Those of the product.
  ///   - elements: What a slice takes in memory.
  ///   - computeUnits: The device's.
  /// - Returns: The number of slices, 1 or more.
  static func count(
    for size: ProductSize, _ tiles: ProductTiles, elements: Int, computeUnits: Int
  ) -> Int {
    let wanted = min(
      LSTMCompute.tiles(2 * computeUnits, of: tiles.count(size)), largestCount,
      size.k / shortest)
    let affordable = largestSize / elements
    return max(1, min(wanted, affordable), LSTMCompute.tiles(size.k, of: longest))
  }
}

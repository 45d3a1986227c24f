internal import OpenCL

/// What a tuner measures: sizes that stand for their classes, and the candidates for each.
struct TuningShapes: Sendable {
  /// Layers and batches of one class.
  struct Layer: Hashable, Sendable {
    /// One of `UnitsClass.all`.
    var units: Int
    var rows: RowsClass
    var batchSize: Int
    var steps: Int
    var choices: [ResidentChoice]

    init(
      units: Int, rows: RowsClass, batchSize: Int, steps: Int, choices: [ResidentChoice]
    ) {
      self.units = units
      self.rows = rows
      self.batchSize = batchSize
      self.steps = steps
      self.choices = choices
    }
  }

  /// Layers of one class that are too large to be resident, with some batches.
  struct LargeLayer: Hashable, Sendable {
    /// One of `LargeUnitsClass.all`.
    var units: Int
    /// Ascending.
    var batches: [Int]
    var steps: Int

    init(units: Int, batches: [Int], steps: Int) {
      self.units = units
      self.batches = batches
      self.steps = steps
    }
  }

  var products: [(kind: MatrixProduct.Kind, size: ProductSize)]
  var tiles: [ProductTiles]
  var layers: [Layer]
  /// Measured only where work-groups run side by side.
  var largeLayers: [LargeLayer]
  /// Whether these are fewer and smaller than a GPU's.
  var isReduced: Bool

  init(
    products: [(kind: MatrixProduct.Kind, size: ProductSize)], tiles: [ProductTiles],
    layers: [Layer], largeLayers: [LargeLayer] = [], isReduced: Bool = false
  ) {
    self.products = products
    self.tiles = tiles
    self.layers = layers
    self.largeLayers = largeLayers
    self.isReduced = isReduced
  }

  /// What suits a device.
  init(for device: Device) {
    self.init(isProcessor: device.isProcessor, computeUnits: device.computeUnits)
    tiles = tiles.filter { $0.fits(device) }
  }

  /// What suits a kind of device.
  init(isProcessor: Bool, computeUnits units: Int) {
    if isProcessor {
      self.init(
        products: Self.products(few: 4, short: 32, long: 1024, square: 80),
        tiles: [.standard, ProductTiles(group: 8, depth: 16, rowFours: 1, columnFours: 1)],
        layers: [32, 64].flatMap { hidden in
          [
            Layer(
              units: hidden, rows: .few, batchSize: 1, steps: 16,
              choices: [ResidentChoice(rows: 1, items: 128)]),
            Layer(
              units: hidden, rows: .many, batchSize: 16 * units, steps: 8,
              choices: [ResidentChoice(rows: 4, items: 128)]),
          ]
        }, isReduced: true)
      return
    }
    let classes: [(rows: RowsClass, batchSize: Int, choices: [(Int, Int)])] = [
      (.few, units / 4, [(1, 128), (1, 256), (1, 512)]),
      (.middling, 4 * units, [(1, 256), (2, 256), (4, 256), (2, 512)]),
      (.many, 16 * units, [(2, 256), (4, 256), (8, 256), (4, 128)]),
    ]
    self.init(
      products: Self.products(few: 16, short: 64, long: 16384, square: 1536),
      tiles: ProductTiles.candidates,
      layers: UnitsClass.all.flatMap { hidden in
        classes.map { entry in
          Layer(
            units: hidden, rows: entry.rows,
            // Fours of rows have the same windows, so that the reference needs four only.
            batchSize: entry.batchSize < 4 ? 1 : entry.batchSize / 4 * 4, steps: 32,
            choices: entry.choices.map { ResidentChoice(rows: $0.0, items: $0.1) })
        }
      },
      largeLayers: LargeUnitsClass.all.map {
        LargeLayer(units: $0, batches: LargeUnitsClass.batches, steps: 32)
      })
  }

  /// One product of each kind and shape, as a layer's passes have them.
  ///
  /// - Parameters:
  ///   - few: The rows of a small batch.
  ///   - short: The units of a small layer; it has four times as many gates.
  ///   - long: Rows times steps.
  ///   - square: The units of a large layer.
  /// - Returns: The products.
  private static func products(
    few: Int, short: Int, long: Int, square: Int
  ) -> [(kind: MatrixProduct.Kind, size: ProductSize)] {
    let wide = 4 * short
    return [
      (.transposedB, ProductSize(m: few, n: 4 * wide, k: wide)),
      (.transposedB, ProductSize(m: long, n: wide, k: short)),
      (.transposedB, ProductSize(m: square, n: square, k: square / 2)),
      (.plain, ProductSize(m: few, n: wide, k: 4 * wide)),
      (.plain, ProductSize(m: long, n: short, k: wide)),
      (.plain, ProductSize(m: square, n: square / 2, k: square)),
      // The gradient of the head, with its outputs for rows.
      (.transposedA, ProductSize(m: 4, n: wide, k: 4 * wide)),
      (.transposedA, ProductSize(m: wide, n: short, k: long)),
      (.transposedA, ProductSize(m: square, n: square / 2, k: square)),
    ]
  }
}

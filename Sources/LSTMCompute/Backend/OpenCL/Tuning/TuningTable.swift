/// What was measured to be fastest on a device.
package struct TuningTable: Hashable, Sendable, Codable {
  /// Of products of one kind and shape.
  struct Product: Hashable, Sendable, Codable {
    var kind: MatrixProduct.Kind
    var shape: ProductShape
    var tiles: ProductTiles
    var measured: Measured

    init(
      kind: MatrixProduct.Kind, shape: ProductShape, tiles: ProductTiles, measured: Measured
    ) {
      self.kind = kind
      self.shape = shape
      self.tiles = tiles
      self.measured = measured
    }
  }

  /// Of layers and batches of one class.
  struct Layer: Hashable, Sendable, Codable {
    /// One of `UnitsClass.all`.
    var units: Int
    var rows: RowsClass
    /// Resident or stepwise, whichever was faster.
    var plan: OpenCLPlanSelection
    /// The fastest resident sizes; none where the rule's are.
    var resident: ResidentChoice?
    var measured: Measured

    init(
      units: Int, rows: RowsClass, plan: OpenCLPlanSelection, resident: ResidentChoice?,
      measured: Measured
    ) {
      self.units = units
      self.rows = rows
      self.plan = plan
      self.resident = resident
      self.measured = measured
    }
  }

  /// What the choice takes, and what the default does, in microseconds.
  package struct Measured: Hashable, Sendable, Codable {
    package var microseconds: Double
    package var defaultMicroseconds: Double

    init(microseconds: Double, defaultMicroseconds: Double) {
      self.microseconds = microseconds
      self.defaultMicroseconds = defaultMicroseconds
    }
  }

  /// The version of what this type says; another one is not read.
  static let version = 2

  var version = Self.version
  /// Name, vendor and driver of the device, a line each.
  var device: String
  var products: [Product] = []
  var layers: [Layer] = []
  var cooperative: [Cooperative] = []

  init(device: String) {
    self.device = device
  }

  /// The tiles for a product of a size.
  func tiles(_ kind: MatrixProduct.Kind, _ shape: ProductShape) -> ProductTiles? {
    products.first { $0.kind == kind && $0.shape == shape }?.tiles
  }

  /// What is known for a layer and a batch.
  func layer(units: Int, batchSize: Int, computeUnits: Int) -> Layer? {
    guard let units = UnitsClass.of(units) else { return nil }
    let rows = RowsClass(batchSize: batchSize, computeUnits: computeUnits)
    return layers.first { $0.units == units && $0.rows == rows }
  }

  /// Whether every choice is one that could have been made here, as a file edited by hand may not be.
  var isSound: Bool {
    let choices = layers.compactMap(\.resident)
    return products.allSatisfy { ProductTiles.candidates.contains($0.tiles) }
      && layers.allSatisfy {
        UnitsClass.all.contains($0.units) && ($0.plan == .resident || $0.plan == .stepwise)
      }
      && cooperative.allSatisfy(\.isSound)
      && choices.allSatisfy {
        ResidentChoice.rowCandidates.contains($0.rows)
          && ResidentChoice.itemCandidates.contains($0.items)
      }
  }
}

extension OpenCLPlanSelection: Codable {}

internal import CKernels
internal import OpenCL

/// The product of two matrices on the device: `Kernels/matrix_product.cl`.
final class MatrixProduct {
  /// Which of the operands lie transposed in memory.
  enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
    /// `[m, k]` by `[k, n]`.
    case plain
    /// `[m, k]` by `[n, k]`: rows by rows.
    case transposedB
    /// `[k, m]` by `[k, n]`: columns by columns.
    case transposedA
  }

  /// The kernel for some tiles.
  private final class Variant {
    let tiles: ProductTiles
    var kernel: Kernel

    init(_ tiles: ProductTiles, _ kernel: consuming Kernel) {
      self.tiles = tiles
      self.kernel = kernel
    }
  }

  private let isJoined: Bool
  private let variants: [ProductShape: Variant]

  /// A product that is added to `c` where it `accumulates`, with right operands of a precision; or two
  /// that are `joined`.
  ///
  /// Its tiles are those of the device's tuning for each shape, unless some are given for all.
  init(
    _ library: KernelLibrary, _ kind: Kind, accumulates: Bool = false,
    precision: Precision = .float32, joined: Bool = false, tiles: ProductTiles? = nil
  ) throws(OpenCLError) {
    isJoined = joined
    var made: [ProductTiles: Variant] = [:]
    var variants: [ProductShape: Variant] = [:]
    for shape in ProductShape.allCases {
      let tiles = tiles ?? library.tuning.tiles(kind, shape)
      if let variant = made[tiles] {
        variants[shape] = variant
        continue
      }
      let variant = Variant(
        tiles,
        try library.kernel(
          Self.source(
            kind, accumulates: accumulates, precision: precision, joined: joined, tiles: tiles,
            isProcessor: library.context.device.isProcessor)))
      made[tiles] = variant
      variants[shape] = variant
    }
    self.variants = variants
  }

  static func source(
    _ kind: Kind, accumulates: Bool = false, precision: Precision = .float32,
    joined: Bool = false, tiles: ProductTiles = .standard, isProcessor: Bool = false
  ) -> KernelSource {
    KernelSource(
      "matrix_product", in: .matrixProduct,
      definitions: [
        ("A_TRANSPOSED", kind == .transposedA ? 1 : 0),
        ("B_TRANSPOSED", kind == .transposedB ? 1 : 0),
        ("ACCUMULATES", accumulates ? 1 : 0), ("STORAGE", precision.storage),
        ("JOINED", joined ? 1 : 0),
        ("GROUP", tiles.group), ("DEPTH", tiles.depth), ("ROW_FOURS", tiles.rowFours),
        ("COLUMN_FOURS", tiles.columnFours),
      ] + KernelLibrary.unrolling(isProcessor: isProcessor))
  }

  /// Computes `c = factor a b`, or adds to c, and what else is asked for.
  ///
  /// - Parameters:
  ///   - queue: Where to.
  ///   - size: `m`, `n` and `k`.
  ///   - a: The left operand, as it lies in memory.
  ///   - b: The right operand, as it lies in memory.
  ///   - c: `[slices][m, n]`, written.
  ///   - factor: By which the product and the row sums are multiplied.
  ///   - slices: Into how many parts k is cut.
  ///   - bias: Added to every row of `c`.
  ///   - rowSums: The sums of the rows of `a` over each slice, written beside `c`.
  ///   - whole: The product of which this is some rows, whose tiles are then taken.
  ///   - second: Another product of `a` in the same launch, with the same factor and slices; for those
  ///     that were made `joined`, which need one.
  /// - Throws: What the device refuses.
  func callAsFunction(
    on queue: CommandQueue, _ size: ProductSize, _ a: MatrixOperand,
    _ b: MatrixElements<some BitwiseCopyable>, into c: MatrixOperand, factor: Float = 1,
    slices: ProductSlices = .one, bias: ProductBias? = nil, rowSums: ProductRowSums? = nil,
    partOf whole: ProductSize? = nil, and second: JoinedProduct? = nil
  ) throws(OpenCLError) {
    precondition(isJoined == (second != nil), "made for another number of products")
    precondition(second == nil || size.n > 0, "the row sums are those of the first product")
    var shape = whole ?? size
    // The wider one is where the time goes.
    shape.n = max(shape.n, second?.columns ?? 0)
    guard let variant = variants[ProductShape(shape)] else {
      preconditionFailure("every shape has a variant")
    }
    let tile = variant.tiles
    let group = WorkSize(tile.group, tile.group)
    // A whole number of tiles, so that no slice begins within one.
    let sliceDepth = max(1, tiles(tiles(size.k, of: slices.count), of: tile.depth)) * tile.depth
    var columnTiles = tiles(size.n, of: tile.columns)
    try variant.kernel.set(
      Int32(size.m), Int32(size.n), Int32(size.k), Int32(sliceDepth), factor,
      a.buffer, UInt64(a.offset), Int32(a.pitch),
      b.buffer, UInt64(b.offset), Int32(b.pitch),
      c.buffer, UInt64(c.offset), Int32(c.pitch), UInt64(slices.pitch),
      bias?.buffer ?? c.buffer, UInt64(bias?.offset ?? 0), Int32(bias?.terms ?? 0),
      c.buffer, UInt64(rowSums?.offset ?? 0), Int32(rowSums?.copies ?? 0))
    if let second {
      precondition(second.c.buffer === c.buffer, "both results are in one buffer")
      columnTiles += tiles(second.columns, of: tile.columns)
      try variant.kernel.set(
        from: 21, Int32(second.columns), Int32(second.skipped),
        second.b.buffer, UInt64(second.b.offset), Int32(second.b.pitch),
        UInt64(second.c.offset), Int32(second.c.pitch))
    }
    try variant.kernel.launch(
      on: queue, global: group.times(tiles(size.m, of: tile.rows), columnTiles, slices.count),
      local: group)
  }
}

/// The sizes of a product: `[m, n]` is the sum over `k`.
struct ProductSize: Hashable, Sendable {
  var m: Int
  var n: Int
  var k: Int

  init(m: Int, n: Int, k: Int) {
    self.m = m
    self.n = n
    self.k = k
  }
}

/// A matrix in memory, of floats or of numbers in 16 bits.
struct MatrixElements<Element: BitwiseCopyable> {
  var buffer: Buffer<Element>
  /// The index of its first element.
  var offset: Int
  /// The distance between its rows.
  var pitch: Int

  init(_ buffer: Buffer<Element>, offset: Int = 0, pitch: Int) {
    self.buffer = buffer
    self.offset = offset
    self.pitch = pitch
  }
}

typealias MatrixOperand = MatrixElements<Float>

/// How a product's `k` is cut, each part giving a result of its own.
struct ProductSlices: Hashable, Sendable {
  var count: Int
  /// The distance between the results.
  var pitch: Int

  static let one = ProductSlices(count: 1, pitch: 0)

  init(count: Int, pitch: Int) {
    self.count = count
    self.pitch = pitch
  }
}

/// What is added to every row of a product: `terms` arrays of `n`, one after the other.
struct ProductBias {
  var buffer: Buffer<Float>
  var offset: Int
  var terms: Int

  init(_ buffer: Buffer<Float>, offset: Int, terms: Int) {
    self.buffer = buffer
    self.offset = offset
    self.terms = terms
  }
}

/// Where the sums of the left operand's rows go in the result's buffer, `copies` times in a row.
struct ProductRowSums: Hashable, Sendable {
  var offset: Int
  var copies: Int

  init(offset: Int, copies: Int) {
    self.offset = offset
    self.copies = copies
  }
}

internal import CKernels
internal import OpenCL

/// The product of two matrices on tensor cores, from rounded operands:
/// `Kernels/tensor_product.cl`.
final class TensorProduct {
  /// Who multiplies.
  enum Instructions: Hashable, Sendable {
    /// Tensor cores, by NVIDIA's instruction set PTX.
    case ptx
    /// The same with an instruction that rounds to tf32, which devices have from sm_90 on.
    case ptx90
    /// Plain arithmetic in their place: for tests of all the rest, on any device.
    case emulated

    /// As `Kernels/tensor_fragments.cl` knows them.
    var definitions: [(name: String, value: Int)] {
      [("PTX", self == .emulated ? 0 : 1), ("PTX_ROUNDS_TF32", self == .ptx90 ? 1 : 0)]
    }
  }

  /// A variant of the kernel.
  struct Variant: Hashable, Sendable {
    var kind: MatrixProduct.Kind
    var accumulates = false
    /// In what is multiplied: all but `float32`.
    var format: Precision
    /// How the right operand lies in memory.
    var storage = Precision.float32

    init(
      _ kind: MatrixProduct.Kind, accumulates: Bool = false, format: Precision,
      storage: Precision = .float32
    ) {
      precondition(format != .float32, "tensor cores do not multiply float32")
      precondition(
        storage.storage == 0 || format == .tf32 || format == storage,
        "\(storage) is not multiplied as \(format)")
      self.kind = kind
      self.accumulates = accumulates
      self.format = format
      self.storage = storage
    }
  }

  private static let rowWarps = 2
  private static let columnWarps = 2
  private static let group = WorkSize(32 * rowWarps * columnWarps)
  /// Rows and columns of a work-group's tile.
  static let tile = 64
  /// The 32-bit words along k that are in local memory at a time.
  private static let depthWords = 16

  private let depth: Int
  private var kernel: Kernel

  /// A variant of the product.
  ///
  /// - Parameters:
  ///   - library: Whose device computes.
  ///   - variant: Which one.
  ///   - instructions: Who multiplies.
  /// - Throws: An error with the build log, such as where the device does not know the instructions.
  init(
    _ library: KernelLibrary, _ variant: Variant, _ instructions: Instructions
  ) throws(OpenCLError) {
    // Two numbers of 16 bits are a word.
    depth = Self.depthWords * (variant.format == .tf32 ? 1 : 2)
    kernel = try library.kernel(Self.source(variant, instructions))
  }

  static func source(_ variant: Variant, _ instructions: Instructions) -> KernelSource {
    let isStored = variant.storage.storage != 0
    return KernelSource(
      "tensor_product", in: .tensorProduct,
      definitions: [
        ("A_TRANSPOSED", variant.kind == .transposedA ? 1 : 0),
        ("B_TRANSPOSED", variant.kind == .transposedB ? 1 : 0),
        ("ACCUMULATES", variant.accumulates ? 1 : 0),
        ("STORAGE", isStored ? variant.storage.storage : variant.format.storage),
        ("TF32", variant.format == .tf32 ? 1 : 0), ("B_STORED", isStored ? 1 : 0),
        ("DEPTH_WORDS", Self.depthWords),
        ("ROW_WARPS", Self.rowWarps), ("COLUMN_WARPS", Self.columnWarps),
        ("ROW_FRAGMENTS", Self.tile / 16 / Self.rowWarps),
        ("COLUMN_FRAGMENTS", Self.tile / 8 / Self.columnWarps),
      ] + instructions.definitions)
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
  ///   - rowSums: The sums of the rows of `a` over each slice, which are not rounded, written beside
  ///     `c`.
  /// - Throws: What the device refuses.
  func callAsFunction(
    on queue: CommandQueue, _ size: ProductSize, _ a: MatrixOperand,
    _ b: MatrixElements<some BitwiseCopyable>, into c: MatrixOperand, factor: Float = 1,
    slices: ProductSlices = .one, bias: ProductBias? = nil, rowSums: ProductRowSums? = nil
  ) throws(OpenCLError) {
    // A whole number of tiles, so that no slice begins within one.
    let sliceDepth = max(1, tiles(tiles(size.k, of: slices.count), of: depth)) * depth
    try kernel(
      on: queue,
      global: Self.group.times(
        tiles(size.m, of: Self.tile), tiles(size.n, of: Self.tile), slices.count),
      local: Self.group,
      Int32(size.m), Int32(size.n), Int32(size.k), Int32(sliceDepth), factor,
      a.buffer, UInt64(a.offset), Int32(a.pitch),
      b.buffer, UInt64(b.offset), Int32(b.pitch),
      c.buffer, UInt64(c.offset), Int32(c.pitch), UInt64(slices.pitch),
      bias?.buffer ?? c.buffer, UInt64(bias?.offset ?? 0), Int32(bias?.terms ?? 0),
      c.buffer, UInt64(rowSums?.offset ?? 0), Int32(rowSums?.copies ?? 0))
  }
}

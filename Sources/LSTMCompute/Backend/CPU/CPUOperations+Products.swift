internal import CSIMD

extension CPUOperations {
  /// A weight `[n, k]`, packed for the products: as columns of Wᵀ, and in training as columns of W.
  final class Weights {
    let slice: ParameterSlice
    /// The sizes of the slice.
    fileprivate let n: Int
    fileprivate let k: Int
    fileprivate let forward: AlignedBuffer
    fileprivate let backward: AlignedBuffer?

    fileprivate init(_ slice: ParameterSlice, forward: AlignedBuffer, backward: AlignedBuffer?) {
      self.slice = slice
      (n, k) = (slice.shape[0], slice.shape[1])
      self.forward = forward
      self.backward = backward
    }
  }

  /// The columns of a block of packed weights.
  private var blockWidth: Int { 4 * Int(instructions.laneCount) }

  func weights(_ slice: ParameterSlice) throws -> Weights {
    let (n, k) = (slice.shape[0], slice.shape[1])
    let lanes = Int(instructions.laneCount)
    func packed(columns: Int, depth: Int) throws -> AlignedBuffer {
      try memory((columns + lanes - 1) / lanes * lanes * depth)
    }
    return Weights(
      slice, forward: try packed(columns: n, depth: k),
      backward: trains ? try packed(columns: k, depth: n) : nil)
  }

  func load(_ weights: Weights) {
    let (n, k) = (weights.n, weights.k)
    let transposed = MatrixPacking(columns: n, depth: k, rowStride: 1, columnStride: k)
    pack(weights, transposed, weights.forward)
    if let backward = weights.backward {
      pack(weights, MatrixPacking(columns: k, depth: n, rowStride: k, columnStride: 1), backward)
    }
  }

  private func pack(_ weights: Weights, _ packing: MatrixPacking, _ packed: AlignedBuffer) {
    let blocks = (packing.columns + blockWidth - 1) / blockWidth
    // Strided copies: each number costs about as much as ten operations.
    parallel(blocks, operations: 10 * weights.slice.count) { range in
      var part = packing
      part.matrix = UnsafePointer(parameters.start + weights.slice.offset)
      (part.first_block, part.last_block) = (range.lowerBound, range.upperBound)
      part.packed = packed.start
      instructions.pack(&part)
    }
  }

  // MARK: - Products

  func product(
    _ a: Rows<AlignedBuffer>, _ weights: Weights, biases: [ParameterSlice],
    into c: Rows<AlignedBuffer>, rows m: Int, accumulates: Bool
  ) {
    precondition(biases.count <= 2, "a product with \(biases.count) biases")
    let (n, k) = (weights.n, weights.k)
    multiply(
      PackedProduct(
        rows: m, columns: n, depth: k, left: a.start, left_stride: a.pitch,
        weights: weights.forward.start, result: c.start, result_stride: c.pitch,
        bias: biases.isEmpty ? nil : UnsafePointer(parameters.start + biases[0].offset),
        second_bias: biases.count < 2 ? nil : UnsafePointer(parameters.start + biases[1].offset),
        accumulates: accumulates))
  }

  func productBackward(
    _ d: Rows<AlignedBuffer>, _ weights: Weights, into c: Rows<AlignedBuffer>, rows m: Int,
    accumulates: Bool
  ) {
    guard let backward = weights.backward else {
      preconditionFailure("the operations were made for inference")
    }
    let (n, k) = (weights.n, weights.k)
    multiply(
      PackedProduct(
        rows: m, columns: k, depth: n, left: d.start, left_stride: d.pitch,
        weights: backward.start, result: c.start, result_stride: c.pitch, bias: nil,
        second_bias: nil, accumulates: accumulates))
  }

  /// Splits the rows, or the columns where there are few rows.
  private func multiply(_ product: PackedProduct) {
    let operations = 2 * product.rows * product.columns * product.depth
    if product.rows >= 8 * team.threads {
      parallel(product.rows, operations: operations) { rows in
        var part = product
        part.rows = rows.count
        part.left += rows.lowerBound * product.left_stride
        part.result += rows.lowerBound * product.result_stride
        instructions.product(&part)
      }
    } else {
      let blocks = (product.columns + blockWidth - 1) / blockWidth
      parallel(blocks, operations: operations) { blocks in
        var part = product
        let first = blocks.lowerBound * blockWidth
        part.columns = min(product.columns, blocks.upperBound * blockWidth) - first
        part.weights += first * product.depth
        part.result += first
        part.bias = product.bias.map { $0 + first }
        part.second_bias = product.second_bias.map { $0 + first }
        instructions.product(&part)
      }
    }
  }

  // MARK: - Gradients of weights

  func weightGradient(
    _ d: Rows<AlignedBuffer>, _ a: Rows<AlignedBuffer>, rows: Int, factor: Float,
    into slice: ParameterSlice
  ) {
    let (n, k) = (slice.shape[0], slice.shape[1])
    let result = gradient.start + slice.offset
    // Vectors lie along the right side's columns: along those of d where a has but a few, which
    // would leave most lanes empty. The transposed result is turned round at the end.
    guard k < blockWidth, k < n else {
      outerProduct(d, n, a, k, rows: rows, factor: factor, into: result)
      return
    }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: n * k) { turned in
      guard let start = turned.baseAddress else { return }
      outerProduct(a, k, d, n, rows: rows, factor: factor, into: start)
      parallel(n, operations: 10 * n * k) { rows in
        for column in 0..<k {
          for row in rows { result[row * k + column] = start[column * n + row] }
        }
      }
    }
  }

  /// result `[m, n]` = factor leftᵀ right, split by the side with more parts.
  private func outerProduct(
    _ left: Rows<AlignedBuffer>, _ m: Int, _ right: Rows<AlignedBuffer>, _ n: Int, rows: Int,
    factor: Float, into result: UnsafeMutablePointer<Float>
  ) {
    let (tile, width) = (6, blockWidth)
    let (tiles, blocks) = ((m + tile - 1) / tile, (n + width - 1) / width)
    let product = OuterProduct(
      rows: rows, left: left.start, left_stride: left.pitch, left_columns: m, right: right.start,
      right_stride: right.pitch, right_columns: n, factor: factor, result: result,
      result_stride: n, scratch: nil)
    let parts = team.parts(of: max(tiles, blocks), operations: 2 * rows * m * n)
    team.split(max(tiles, blocks), parts: parts) { number, range in
      var part = product
      part.scratch = scratch[number].start
      if tiles >= blocks {
        let first = range.lowerBound * tile
        part.left += first
        part.left_columns = min(m, range.upperBound * tile) - first
        part.result += first * n
      } else {
        let first = range.lowerBound * width
        part.right += first
        part.right_columns = min(n, range.upperBound * width) - first
        part.result += first
      }
      instructions.outerProduct(&part)
    }
  }

  func columnSums(
    _ d: Rows<AlignedBuffer>, rows: Int, factor: Float, into slices: [ParameterSlice]
  ) {
    guard let first = slices.first else { return }
    let sums = ColumnSums(
      rows: rows, columns: first.count, values: d.start, value_stride: d.pitch, factors: nil,
      factor_stride: 0, factor: factor, result: gradient.start + first.offset)
    sum(sums)
    for slice in slices.dropFirst() {
      precondition(slice.count == first.count, "biases of different sizes")
      (gradient.start + slice.offset).update(
        from: gradient.start + first.offset, count: first.count)
    }
  }

  func columnProductSums(
    _ d: Rows<AlignedBuffer>, _ a: Rows<AlignedBuffer>, rows: Int, columns: Int, factor: Float,
    into offset: Int
  ) {
    sum(
      ColumnSums(
        rows: rows, columns: columns, values: d.start, value_stride: d.pitch, factors: a.start,
        factor_stride: a.pitch, factor: factor, result: gradient.start + offset))
  }

  private func sum(_ sums: ColumnSums) {
    let blocks = (sums.columns + blockWidth - 1) / blockWidth
    parallel(blocks, operations: 4 * sums.rows * sums.columns) { range in
      var part = sums
      let first = range.lowerBound * blockWidth
      part.columns = min(sums.columns, range.upperBound * blockWidth) - first
      part.values += first
      part.factors = sums.factors.map { $0 + first }
      part.result += first
      instructions.columnSums(&part)
    }
  }
}

extension MatrixPacking {
  fileprivate init(columns: Int, depth: Int, rowStride: Int, columnStride: Int) {
    self.init()
    self.columns = columns
    self.depth = depth
    row_stride = rowStride
    column_stride = columnStride
  }
}

extension Rows<AlignedBuffer> {
  /// The first element.
  var start: UnsafeMutablePointer<Float> { memory.start + offset }
}

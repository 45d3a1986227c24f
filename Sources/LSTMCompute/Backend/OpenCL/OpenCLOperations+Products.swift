internal import OpenCL

extension OpenCLOperations {
  func split(
    _ rows: Int, operations: Int, _ body: (Range<Int>) throws -> Void
  ) throws {
    try body(0..<rows)
  }

  func product(
    _ a: Rows<Buffer<Float>>, _ weights: StoredWeights, biases: [ParameterSlice],
    into c: Rows<Buffer<Float>>, rows m: Int, accumulates: Bool
  ) throws {
    let (n, k) = (weights.slice.shape[0], weights.slice.shape[1])
    for (bias, next) in zip(biases, biases.dropFirst()) {
      precondition(bias.range.upperBound == next.offset, "biases that do not touch")
    }
    let bias = biases.first.map {
      ProductBias(parameters, offset: $0.offset, terms: biases.count)
    }
    try product(
      .transposedB, ProductSize(m: m, n: n, k: k), a, weights, format: precision, bias: bias,
      into: c, accumulates: accumulates)
  }

  func productBackward(
    _ d: Rows<Buffer<Float>>, _ weights: StoredWeights, into c: Rows<Buffer<Float>>, rows m: Int,
    accumulates: Bool
  ) throws {
    let (n, k) = (weights.slice.shape[0], weights.slice.shape[1])
    try product(
      .plain, ProductSize(m: m, n: k, k: n), d, weights, format: precision.ofGradients, bias: nil,
      into: c, accumulates: accumulates)
  }

  private func product(
    _ kind: MatrixProduct.Kind, _ size: ProductSize, _ a: Rows<Buffer<Float>>,
    _ weights: StoredWeights, format: Precision, bias: ProductBias?,
    into c: Rows<Buffer<Float>>, accumulates: Bool
  ) throws(LSTMError) {
    guard size.m > 0 else { return }
    let pitch = weights.slice.shape[1]
    try enqueue { () throws(OpenCLError) in
      func multiply(
        _ b: MatrixElements<some BitwiseCopyable>
      ) throws(OpenCLError) {
        let (a, c) = (MatrixOperand(a), MatrixOperand(c))
        if let product = try kernels.tensorProduct(
          kind, accumulates: accumulates, format: format, storage: weights.precision)
        {
          return try product(on: queue, size, a, b, into: c, bias: bias)
        }
        let product = try kernels.product(
          OperationKernels.ProductVariant(
            kind: kind, accumulates: accumulates, precision: weights.precision))
        try product(on: queue, size, a, b, into: c, bias: bias)
      }
      switch weights.storage {
      case .parameters(let parameters):
        try multiply(MatrixOperand(parameters, offset: weights.slice.offset, pitch: pitch))
      case .bits(let bits, _):
        try multiply(MatrixElements(bits, pitch: pitch))
      }
    }
  }

  func weightGradient(
    _ d: Rows<Buffer<Float>>, _ a: Rows<Buffer<Float>>, rows: Int, factor: Float,
    into slice: ParameterSlice
  ) throws {
    let size = ProductSize(m: slice.shape[0], n: slice.shape[1], k: rows)
    let slices = slices(size)
    try enqueue { () throws(OpenCLError) in
      func multiply(
        into c: MatrixOperand, factor: Float, _ slices: ProductSlices
      ) throws(OpenCLError) {
        let (d, a) = (MatrixOperand(d), MatrixOperand(a))
        if let product = try kernels.tensorProduct(.transposedA, format: precision.ofGradients) {
          return try product(on: queue, size, d, a, into: c, factor: factor, slices: slices)
        }
        let product = try kernels.product(OperationKernels.ProductVariant(kind: .transposedA))
        try product(on: queue, size, d, a, into: c, factor: factor, slices: slices)
      }
      guard slices > 1 else {
        try multiply(
          into: MatrixOperand(gradient, offset: slice.offset, pitch: size.n), factor: factor, .one)
        return
      }
      let parts = try partialSums(slices * slice.count)
      try multiply(
        into: MatrixOperand(parts, pitch: size.n), factor: 1,
        ProductSlices(count: slices, pitch: slice.count))
      try kernels.only(SumSlices.init)(
        on: queue, count: slice.count, slices: slices, of: parts, into: gradient,
        at: slice.offset, factor: factor)
    }
  }

  private func slices(_ size: ProductSize) -> Int {
    ProductSlices.count(
      for: size, kernels.library.tuning.tiles(.transposedA, ProductShape(size)),
      elements: size.m * size.n, computeUnits: queue.context.device.computeUnits)
  }

  func columnSums(
    _ d: Rows<Buffer<Float>>, rows: Int, factor: Float, into slices: [ParameterSlice]
  ) throws {
    guard let first = slices.first else { return }
    try columnSums(
      d, times: nil, rows: rows, columns: first.count, factor: factor, into: first.offset)
    for slice in slices.dropFirst() {
      precondition(slice.count == first.count, "slices of different sizes")
      try copy(gradient, first.range, to: gradient, at: slice.offset)
    }
  }

  func columnProductSums(
    _ d: Rows<Buffer<Float>>, _ a: Rows<Buffer<Float>>, rows: Int, columns: Int, factor: Float,
    into offset: Int
  ) throws {
    try columnSums(d, times: a, rows: rows, columns: columns, factor: factor, into: offset)
  }

  private func columnSums(
    _ d: Rows<Buffer<Float>>, times a: Rows<Buffer<Float>>?, rows: Int, columns: Int,
    factor: Float, into offset: Int
  ) throws(LSTMError) {
    let slices = SumColumns.slices(
      rows: rows, columns: columns, computeUnits: queue.context.device.computeUnits)
    try enqueue { () throws(OpenCLError) in
      let sums = try kernels.only(SumColumns.init)
      guard slices > 1 else {
        try sums(
          on: queue, rows: rows, columns: columns, d, times: a, slices: 1, factor: factor,
          into: gradient, at: offset)
        return
      }
      let parts = try partialSums(slices * columns)
      try sums(
        on: queue, rows: rows, columns: columns, d, times: a, slices: slices, factor: 1,
        into: parts, at: 0)
      try kernels.only(SumSlices.init)(
        on: queue, count: columns, slices: slices, of: parts, into: gradient, at: offset,
        factor: factor)
    }
  }
}

extension MatrixElements<Float> {
  init(_ rows: Rows<Buffer<Float>>) {
    self.init(rows.memory, offset: rows.offset, pitch: rows.pitch)
  }
}

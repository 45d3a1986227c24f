internal import OpenCL

/// What only training needs of a plan that goes from layer to layer.
struct LayerwiseTraining {
  let plainProduct: MatrixProduct
  let weightProduct: MatrixProduct
  /// Those by W and R at once.
  let layerWeightProduct: MatrixProduct
  let sumSlices: SumSlices
  let gradient: Buffer<Float>
  /// `[slices, parameters]`, where there is more than one slice.
  let partialGradient: Buffer<Float>?
  /// `[B, H]` of the last layer, the gradient by its last output.
  let lastHiddenGradient: Buffer<Float>
  /// `[T, B, H]` for each layer but the last, the gradient by its outputs: one for all of them, unless
  /// they run side by side.
  let hiddenGradients: [Buffer<Float>]
  /// `[B, H]` for each layer, in the same way; `[T, B, H]` where work-groups wait for each other.
  let cellGradients: [Buffer<Float>]
  /// How the sums over all steps and rows are cut.
  let slices: ProductSlices

  init(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration,
    sizes: PassSizes, gradient: Buffer<Float>, keepsCellGradients: Bool, runsSideBySide: Bool,
    memory: PlanMemory
  ) throws(OpenCLError) {
    let context = memory.library.context
    plainProduct = try MatrixProduct(memory.library, .plain)
    weightProduct = try MatrixProduct(memory.library, .transposedA)
    layerWeightProduct = try MatrixProduct(memory.library, .transposedA, joined: true)
    sumSlices = try SumSlices(memory.library)
    self.gradient = gradient
    partialGradient =
      sizes.gradientSlices == 1
      ? nil : try Buffer(count: sizes.gradientSlices * memory.layout.count, in: context)
    lastHiddenGradient = try Buffer(
      count: configuration.batchSize * specification.headInputSize, in: context)
    let units = specification.layers.map(\.hiddenSize)
    hiddenGradients = try Self.buffers(
      units.dropLast(), times: sizes.stepsAtOnce * configuration.batchSize,
      shared: !runsSideBySide, in: context)
    cellGradients = try Self.buffers(
      units, times: (keepsCellGradients ? configuration.steps : 1) * configuration.batchSize,
      shared: !runsSideBySide, in: context)
    slices = ProductSlices(count: sizes.gradientSlices, pitch: memory.layout.count)
  }

  /// A buffer for each width, or the largest for all of them.
  private static func buffers(
    _ widths: [Int], times count: Int, shared: Bool, in context: Context
  ) throws(OpenCLError) -> [Buffer<Float>] {
    guard shared else {
      return try widths.map { width throws(OpenCLError) in
        try Buffer(count: count * width, in: context)
      }
    }
    guard let largest = widths.max() else { return [] }
    return Array(repeating: try Buffer(count: count * largest, in: context), count: widths.count)
  }

  /// Where the gradient by a matrix goes, in its first slice.
  func place(of slice: ParameterSlice) -> MatrixOperand {
    MatrixOperand(partialGradient ?? gradient, offset: slice.offset, pitch: slice.shape[1])
  }
}

/// What is decided about the memory of the passes, from the shapes and the device.
package struct PassSizes: Hashable, Sendable {
  /// The number of steps whose memory exists at a time.
  package var stepsAtOnce: Int
  /// Into how many slices the sums over all steps and rows are cut that make weight gradients.
  package var gradientSlices: Int

  /// More would not be faster, only larger.
  private static let inferenceElements = 1 << 24

  package init(stepsAtOnce: Int, gradientSlices: Int) {
    self.stepsAtOnce = stepsAtOnce
    self.gradientSlices = gradientSlices
  }

  package init(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration,
    loops: [LayerLoop], computeUnits: Int, tuning: DeviceTuning = .standard
  ) {
    let largest = specification.layers.map(\.hiddenSize).max() ?? 1
    switch configuration.mode {
    case .inference:
      let step = configuration.batchSize * Self.widestArray(specification, loops)
      stepsAtOnce = min(configuration.steps, max(1, Self.inferenceElements / step))
      gradientSlices = 1
    case .training:
      stepsAtOnce = configuration.steps
      gradientSlices = Self.gradientSlices(
        largestUnits: largest, rows: configuration.steps * configuration.batchSize,
        parameterCount: ParameterLayout(specification).count, computeUnits: computeUnits,
        tuning: tuning)
    }
  }

  /// Into how many slices sums over so many rows are cut.
  static func gradientSlices(
    largestUnits: Int, rows: Int, parameterCount: Int, computeUnits: Int, tuning: DeviceTuning
  ) -> Int {
    let size = ProductSize(m: 4 * largestUnits, n: largestUnits, k: rows)
    return ProductSlices.count(
      for: size, tuning.tiles(.transposedA, ProductShape(size)), elements: parameterCount,
      computeUnits: computeUnits)
  }

  /// The most that inference has in memory for each row and step: inputs, gates, or the outputs
  /// that the layer above reads.
  private static func widestArray(
    _ specification: NetworkSpecification, _ loops: [LayerLoop]
  ) -> Int {
    let last = loops.count - 1
    let widths = loops.indices.map { index in
      let units = specification.layers[index].hiddenSize
      return loops[index].projectsBefore ? 4 * units : index < last ? units : 1
    }
    return max(specification.inputSize, widths.max() ?? 1)
  }
}

internal import CKernels
internal import OpenCL

/// A time step of a plain layer with its product with R on tensor cores, in one launch:
/// `Kernels/lstm_tensor_step_forward.cl` and `Kernels/lstm_tensor_step_backward.cl`.
struct LSTMTensorStep {
  /// What the kernels are compiled for.
  struct Variant: Hashable {
    /// In what is multiplied: all but `float32`.
    var format: Precision
    /// How R lies in memory.
    var storage: Precision
    var sizes: TensorStepSizes
    /// Whether rows begin at whole vectors.
    var isAligned: Bool

    init(format: Precision, storage: Precision, sizes: TensorStepSizes, isAligned: Bool) {
      self.format = format
      self.storage = storage
      self.sizes = sizes
      self.isAligned = isAligned
    }

    /// For the steps of a layer, forward.
    ///
    /// - Parameters:
    ///   - weights: R, `[4H, H]`.
    ///   - rows: `B`.
    ///   - precision: In what is multiplied.
    ///   - device: Where.
    init(forward weights: StoredWeights, rows: Int, _ precision: Precision, on device: Device) {
      let units = weights.slice.shape[1]
      let isStored = weights.precision.storage != 0
      format = precision
      storage = weights.precision
      // Vectors of 16 bytes, of h too.
      isAligned =
        isStored ? units % 8 == 0 : units % 4 == 0 && weights.slice.offset % 4 == 0
      let product = TensorStepSizes.Product(
        rows: rows, units: units, depth: units, columnsOfUnit: 4,
        numbersOfWord: precision.numbersOfWord, bytesOfWeight: isStored ? 2 : 4)
      sizes =
        device.isProcessor
        ? .smallest : TensorStepSizes(for: product, limits: ResidentSizes.Limits(device))
    }

    /// The same, backward.
    init(backward weights: StoredWeights, rows: Int, _ precision: Precision, on device: Device) {
      let units = weights.slice.shape[1]
      let isStored = weights.precision.storage != 0
      format = precision
      storage = weights.precision
      // dz has rows of 4H, and of R is read what is whole.
      isAligned = true
      let offset = isStored ? 0 : weights.slice.offset
      let columnFragments = [4, 2].first { units % $0 == 0 && offset % $0 == 0 } ?? 1
      let product = TensorStepSizes.Product(
        rows: rows, units: units, depth: 4 * units, columnsOfUnit: 1,
        numbersOfWord: precision.numbersOfWord, bytesOfWeight: isStored ? 2 : 4)
      sizes = .smallest
      sizes.columnFragments = columnFragments
      if !device.isProcessor {
        sizes = TensorStepSizes(
          for: product, columnFragments: columnFragments, limits: ResidentSizes.Limits(device))
      }
    }

    func definitions(
      _ instructions: TensorProduct.Instructions
    ) -> [(name: String, value: Int)] {
      let isStored = storage.storage != 0
      return [
        ("STORAGE", isStored ? storage.storage : format.storage),
        ("TF32", format == .tf32 ? 1 : 0), ("R_STORED", isStored ? 1 : 0),
        ("ALIGNED", isAligned ? 1 : 0),
        ("ROW_FRAGMENTS", sizes.rowFragments), ("COLUMN_FRAGMENTS", sizes.columnFragments),
        ("UNIT_WARPS", sizes.unitWarps), ("DEPTH_WARPS", sizes.depthWarps),
        ("BLOCKS", sizes.blocks),
      ] + instructions.definitions
    }
  }
}

extension Precision {
  /// How many of them tensor cores take in a word of 32 bits.
  var numbersOfWord: Int { self == .tf32 ? 1 : 2 }
}

/// R as a kernel takes it: the buffer and where it begins.
extension StoredWeights {
  func setR(of kernel: inout Kernel, at argument: Int) throws(OpenCLError) {
    switch storage {
    case .parameters(let parameters):
      try kernel.set(from: argument, parameters, UInt64(slice.offset))
    case .bits(let bits, _):
      try kernel.set(from: argument, bits, UInt64(0))
    }
  }
}

/// One time step, forward.
final class LSTMTensorStepForward {
  private let sizes: TensorStepSizes
  private var kernel: Kernel

  init(
    _ library: KernelLibrary, _ variant: LSTMTensorStep.Variant,
    _ instructions: TensorProduct.Instructions
  ) throws(OpenCLError) {
    sizes = variant.sizes
    kernel = try library.kernel(
      Self.source(variant, instructions), items: variant.sizes.items)
  }

  static func source(
    _ variant: LSTMTensorStep.Variant, _ instructions: TensorProduct.Instructions
  ) -> KernelSource {
    KernelSource(
      "lstm_tensor_step_forward", in: .lstmTensorStepForward,
      definitions: [("KEEPS", 1)] + variant.definitions(instructions))
  }

  /// Runs the step for all rows of the batch.
  func callAsFunction(
    on queue: CommandQueue, _ step: CellStep<Buffer<Float>>, _ weights: StoredWeights
  ) throws(OpenCLError) {
    let (trace, units) = (step.trace, step.layer.hiddenSize)
    try kernel.set(
      Int32(units), Int32(step.batch), Int32(step.time), Int32(step.before), Int32(step.after),
      Int32(step.stepMask == nil ? 0 : 1), step.stepMask ?? trace.cell)
    try weights.setR(of: &kernel, at: 7)
    try kernel.set(
      from: 9, trace.hidden, trace.cell, Int32(step.keepsTrace ? 1 : 0), trace.gates,
      trace.candidate)
    let group = WorkSize(sizes.items)
    try kernel.launch(
      on: queue,
      global: group.times(
        tiles(step.batch, of: sizes.tileRows), tiles(units, of: sizes.tileUnits(4))),
      local: group)
  }
}

/// One time step, backward, with what comes through R from the step that was taken back before it.
final class LSTMTensorStepBackward {
  private let sizes: TensorStepSizes
  private let numbersOfWord: Int
  private var kernel: Kernel
  /// Where there are slices, a word for each tile; zeros between launches.
  private var finished: Buffer<UInt32>?

  init(
    _ library: KernelLibrary, _ variant: LSTMTensorStep.Variant,
    _ instructions: TensorProduct.Instructions
  ) throws(OpenCLError) {
    sizes = variant.sizes
    numbersOfWord = variant.format.numbersOfWord
    kernel = try library.kernel(
      Self.source(variant, instructions), items: variant.sizes.items)
  }

  static func source(
    _ variant: LSTMTensorStep.Variant, _ instructions: TensorProduct.Instructions
  ) -> KernelSource {
    KernelSource(
      "lstm_tensor_step_backward", in: .lstmTensorStepBackward,
      definitions: [("KEEPS", 1), ("SLICED", variant.sizes.slices > 1 ? 1 : 0)]
        + variant.definitions(instructions))
  }

  /// The numbers of scratch that a step of so many rows and units needs; 0 without slices.
  func scratchCount(rows: Int, units: Int) -> Int {
    sizes.slices == 1 ? 0 : sizes.slices * rows * units
  }

  /// Runs the step for all rows of the batch.
  ///
  /// - Parameters:
  ///   - queue: Where to.
  ///   - step: The step.
  ///   - later: The place in time of the one that was taken back before it.
  ///   - gradients: Of the states.
  ///   - weights: R.
  ///   - scratch: `scratchCount` numbers.
  /// - Throws: What the device refuses.
  func callAsFunction(
    on queue: CommandQueue, _ step: CellStep<Buffer<Float>>, later: Int,
    _ gradients: CellGradients<Buffer<Float>>, _ weights: StoredWeights, scratch: Buffer<Float>
  ) throws(OpenCLError) {
    let (trace, units, outputs) = (step.trace, step.layer.hiddenSize, gradients.outputs)
    try kernel.set(
      Int32(units), Int32(step.batch), Int32(step.time), Int32(later), Int32(step.before),
      Int32(step.stepMask == nil ? 0 : 1), step.stepMask ?? trace.cell)
    try weights.setR(of: &kernel, at: 7)
    try kernel.set(
      from: 9, Int32(outputs == nil ? 0 : 1), outputs?.memory ?? trace.cell,
      UInt64(outputs?.offset ?? 0), UInt64(outputs?.pitch ?? 0), gradients.hidden, gradients.cell,
      trace.cell, trace.gates, trace.candidate)
    let (rowTiles, unitTiles) = (
      tiles(step.batch, of: sizes.tileRows), tiles(units, of: sizes.tileUnits(1))
    )
    if sizes.slices > 1 {
      // A whole number of tiles, so that no slice begins within one.
      let tile = sizes.tileDepth(numbersOfWord)
      try kernel.set(
        from: 18, Int32(tiles(tiles(4 * units, of: sizes.slices), of: tile) * tile), scratch,
        try finished(rowTiles * unitTiles, on: queue))
    }
    let group = WorkSize(sizes.items)
    try kernel.launch(
      on: queue, global: group.times(rowTiles, unitTiles, sizes.slices), local: group)
  }

  /// So many zeros, or more.
  private func finished(
    _ count: Int, on queue: CommandQueue
  ) throws(OpenCLError) -> Buffer<UInt32> {
    if let finished, finished.count >= count { return finished }
    let words = try Buffer<UInt32>(count: count, in: queue.context)
    try queue.fill(words, with: 0)
    finished = words
    return words
  }
}

internal import OpenCL

/// What `Kernels/cell_forward.cl` and `cell_backward.cl` are compiled for.
///
/// What else a layer may have they are told at run time, as there are many combinations of it.
struct CellKernelOptions: Hashable {
  /// Kept below the number of work-groups that some devices take in the second dimension.
  private static let largestRowCount = 32768

  let normalizesGates: Bool
  let precision: Precision
  /// Items of a work-group.
  let items: Int

  /// - Parameters:
  ///   - step: What the kernels are to do.
  ///   - precision: How weights and outputs are stored.
  ///   - device: Where.
  ///   - items: Of a work-group, where they are not what suits layer and device.
  init(
    _ step: CellStep<Buffer<Float>>, _ precision: Precision, on device: Device, items: Int? = nil
  ) {
    normalizesGates = step.trace.norms != nil
    self.precision = precision
    // A small layer leaves most of a large group idle, of which a processor has no use anyway. All
    // gates of a row take part in its norms.
    let width = normalizesGates ? 4 * step.layer.hiddenSize : step.layer.hiddenSize
    self.items = items ?? (width <= 32 || device.isProcessor ? 32 : width <= 64 ? 64 : 128)
  }

  init(normalizesGates: Bool, precision: Precision, items: Int) {
    self.normalizesGates = normalizesGates
    self.precision = precision
    self.items = items
  }

  var definitions: [(name: String, value: Int)] {
    [
      ("AT_RUN_TIME", 1), ("NORMALIZED", normalizesGates ? 1 : 0), ("STORAGE", precision.storage),
      ("CELL_ITEMS", items),
    ]
  }

  /// The items of a work-group, and all of them.
  func workSizes(units: Int, rows: Int) -> (local: WorkSize, global: WorkSize) {
    let local = WorkSize(items)
    return (
      local,
      local.times(normalizesGates ? 1 : tiles(units, of: items), min(rows, Self.largestRowCount))
    )
  }
}

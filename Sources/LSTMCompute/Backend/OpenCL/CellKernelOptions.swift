internal import OpenCL

/// What `Kernels/cell_forward.cl` and `cell_backward.cl` are compiled for.
struct CellKernelOptions: Hashable {
  /// Kept below the number of work-groups that some devices take in the second dimension.
  private static let largestRowCount = 32768

  let hasPeepholes: Bool
  let couplesGates: Bool
  let normalizesGates: Bool
  let projects: Bool
  let precision: Precision
  /// Items of a work-group.
  let items: Int

  init(_ step: CellStep<Buffer<Float>>, _ precision: Precision) {
    hasPeepholes = step.slices.peephole != nil
    couplesGates = step.layer.couplesGates
    normalizesGates = step.trace.norms != nil
    projects = step.trace.emitted != nil
    self.precision = precision
    // A small layer leaves most of a large group idle. All gates of a row take part in its norms.
    let width = normalizesGates ? 4 * step.layer.hiddenSize : step.layer.hiddenSize
    items = width <= 32 ? 32 : width <= 64 ? 64 : 128
  }

  var definitions: [(name: String, value: Int)] {
    [
      ("PEEPHOLES", hasPeepholes ? 1 : 0), ("COUPLED", couplesGates ? 1 : 0),
      ("NORMALIZED", normalizesGates ? 1 : 0), ("PROJECTED", projects ? 1 : 0),
      ("STORAGE", precision.storage), ("CELL_ITEMS", items),
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

/// How a state is kept in a step, as kernels take it: `zoneout` in `Kernels/common.cl`.
struct ZoneoutArguments {
  var kind: Int32
  var share: Float
  var seed: UInt64
  var batchNumber: UInt32
  var stream: UInt32

  init(_ mask: RandomMask?, share: Float, isTraining: Bool) {
    if let mask {
      (kind, self.share, seed) = (1, mask.share, mask.seed)
      (batchNumber, stream) = (mask.batchNumber, mask.stream)
    } else {
      kind = isTraining || share == 0 ? 0 : 2
      (self.share, seed, batchNumber, stream) = (share, 0, 0, 0)
    }
  }
}

extension CellStep {
  var hiddenZoneout: ZoneoutArguments {
    ZoneoutArguments(zoneoutHidden, share: layer.zoneoutHidden, isTraining: isTraining)
  }
  var cellZoneout: ZoneoutArguments {
    ZoneoutArguments(zoneoutCell, share: layer.zoneoutCell, isTraining: isTraining)
  }
}

internal import OpenCL

extension OpenCLOperations {
  // MARK: - Between layers

  func dropout(
    _ source: Rows<Buffer<Float>>, rows: Range<Int>, columns: Int, _ mask: RandomMask,
    into target: Rows<Buffer<Float>>, accumulates: Bool
  ) throws {
    precondition(source.pitch == columns && target.pitch == columns, "rows with gaps")
    let elements = rows.lowerBound * columns..<rows.upperBound * columns
    try enqueue { () throws(OpenCLError) in
      try kernels.only(Dropout.init)(
        on: queue, source, elements: elements, mask, into: target, accumulates: accumulates)
    }
  }

  func merge(
    _ source: Rows<Buffer<Float>>, rows: Int, columns: Int, scales: Rows<Buffer<Float>>?,
    into target: Rows<Buffer<Float>>, accumulates: Bool
  ) throws {
    try enqueue { () throws(OpenCLError) in
      try kernels.only(Merge.init)(
        on: queue, rows: rows, columns: columns, source, scales: scales, into: target,
        accumulates: accumulates)
    }
  }

  // MARK: - Series and losses

  func setWindows(_ windows: [Window]) throws {
    try deviceCall { () throws(OpenCLError) in
      if windows.count > self.windows.count {
        self.windows = try Buffer(count: windows.count, in: queue.context)
      }
      try queue.write(windows, to: self.windows)
    }
  }

  func gather(
    _ source: Buffer<Float>, columns: Int, start: WindowStart, shift: Int, steps: Int, count: Int,
    batch: Range<Int>, rows: Range<Int>, into target: Buffer<Float>
  ) throws {
    precondition(rows == 0..<batch.count, "a device gathers all rows at once")
    guard steps > 0, count > 0, !batch.isEmpty else { return }
    try enqueue { () throws(OpenCLError) in
      try kernels.only(GatherWindows.init)(
        on: queue, source, columns: columns, count: count, start: start, shift: shift,
        steps: steps, windows: windows, batch: batch, into: target)
    }
  }

  func compare(
    _ loss: Loss, outputs: Buffer<Float>, targets: WindowTargets<Buffer<Float>>,
    batch: Range<Int>, steps: Int, divisor: Double, gradient: Buffer<Float>?
  ) throws {
    try enqueue { () throws(OpenCLError) in
      let slot = try losses.next(on: queue)
      try kernels.only(BatchLoss.init)(
        on: queue, loss, outputs: outputs, targets: targets, windows: windows, batch: batch,
        steps: steps, divisor: Float(divisor), gradient: gradient, into: losses.buffer, at: slot)
    }
  }

  func takeLosses() throws -> [Float] {
    try deviceCall { () throws(OpenCLError) in try losses.take(on: queue) }
  }
}

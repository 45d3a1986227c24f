package import OpenCL

extension OpenCLOperations {
  // MARK: - Between layers

  package func dropout(
    _ source: Rows<Buffer<Float>>, elements: Range<Int>, _ mask: RandomMask,
    into target: Rows<Buffer<Float>>, accumulates: Bool
  ) throws {
    try enqueue { () throws(OpenCLError) in
      try kernels.only(Dropout.init)(
        on: queue, source, elements: elements, mask, into: target, accumulates: accumulates)
    }
  }

  package func merge(
    _ source: Rows<Buffer<Float>>, rows: Int, columns: Int, scales: Buffer<Float>?,
    into target: Rows<Buffer<Float>>, accumulates: Bool
  ) throws {
    try enqueue { () throws(OpenCLError) in
      try kernels.only(Merge.init)(
        on: queue, rows: rows, columns: columns, source, scales: scales, into: target,
        accumulates: accumulates)
    }
  }

  // MARK: - Series and losses

  package func setWindows(_ windows: [Window]) throws {
    try deviceCall { () throws(OpenCLError) in
      if windows.count > self.windows.count {
        self.windows = try Buffer(count: windows.count, in: queue.context)
      }
      try queue.write(windows, to: self.windows)
    }
  }

  package func gather(
    _ source: Buffer<Float>, columns: Int, start: WindowStart, shift: Int, steps: Int, count: Int,
    batch: Range<Int>, into target: Buffer<Float>
  ) throws {
    guard steps > 0, count > 0, !batch.isEmpty else { return }
    try enqueue { () throws(OpenCLError) in
      try kernels.only(GatherWindows.init)(
        on: queue, source, columns: columns, count: count, start: start, shift: shift,
        steps: steps, windows: windows, batch: batch, into: target)
    }
  }

  package func compare(
    _ loss: Loss, outputs: Buffer<Float>, targets: Buffer<Float>, weights: Buffer<Float>?,
    elements: Int, divisor: Double, gradient: Buffer<Float>?
  ) throws {
    // The targets as one long row, where the first window starts.
    let batch = DeviceBatch(
      inputs: outputs, targets: targets, weights: weights, targetSize: elements, windows: origin,
      firstWindow: 0, rows: 1)
    try enqueue { () throws(OpenCLError) in
      let slot = try losses.next(on: queue)
      try kernels.only(BatchLoss.init)(
        on: queue, loss, batch, outputs: outputs, outputSize: elements * loss.outputsPerTarget,
        divisor: Float(divisor), gradient: gradient, into: losses.buffer, at: slot)
    }
  }

  package func takeLosses() throws -> [Float] {
    try deviceCall { () throws(OpenCLError) in try losses.take(on: queue) }
  }
}

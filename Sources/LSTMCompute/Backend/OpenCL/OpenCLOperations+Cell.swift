internal import OpenCL

extension OpenCLOperations {
  /// A plain layer's in one launch where tensor cores multiply.
  func stepForward(
    _ step: CellStep<Buffer<Float>>, from before: Rows<Buffer<Float>>, _ weights: StoredWeights,
    rows: Range<Int>
  ) throws {
    guard fuses(step, rows: rows), before.memory === step.trace.hidden,
      let kernel = try deviceCall({ () throws(OpenCLError) in
        try kernels.tensorStepForward(
          LSTMTensorStep.Variant(
            forward: weights, rows: rows.count, precision, on: queue.context.device))
      })
    else {
      return try separateStepForward(step, from: before, weights, rows: rows)
    }
    try enqueue { () throws(OpenCLError) in try kernel(on: queue, step, weights) }
  }

  func stepBackward(
    _ step: CellStep<Buffer<Float>>, later: Int, _ gradients: CellGradients<Buffer<Float>>,
    _ weights: StoredWeights, rows: Range<Int>
  ) throws {
    guard fuses(step, rows: rows),
      let kernel = try deviceCall({ () throws(OpenCLError) in
        try kernels.tensorStepBackward(
          LSTMTensorStep.Variant(
            backward: weights, rows: rows.count, precision.ofGradients, on: queue.context.device))
      })
    else {
      return try separateStepBackward(step, later: later, gradients, weights, rows: rows)
    }
    try enqueue { () throws(OpenCLError) in
      let scratch = try partialSums(
        kernel.scratchCount(rows: rows.count, units: step.layer.hiddenSize))
      try kernel(on: queue, step, later: later, gradients, weights, scratch: scratch)
    }
  }

  /// Whether there is a kernel that does all of a step.
  private func fuses(_ step: CellStep<Buffer<Float>>, rows: Range<Int>) -> Bool {
    usesTensorCores && step.layer.hasPlainCell && !rows.isEmpty && rows == 0..<step.batch
  }

  func cellForward(_ step: CellStep<Buffer<Float>>, rows: Range<Int>) throws {
    guard !rows.isEmpty else { return }
    try enqueue { () throws(OpenCLError) in
      try kernels.cellForward(CellKernelOptions(step, precision, on: queue.context.device))(
        on: queue, step, rows: rows, parameters: parameters)
    }
  }

  func projectionForward(_ step: CellStep<Buffer<Float>>, rows: Range<Int>) throws {
    guard let projected = step.trace.projected else { preconditionFailure("no projection") }
    guard !rows.isEmpty else { return }
    try enqueue { () throws(OpenCLError) in
      try kernels.projectionForward(precision)(
        on: queue, step, projected: projected, rows: rows)
    }
  }

  func projectionBackward(
    _ step: CellStep<Buffer<Float>>, _ gradients: CellGradients<Buffer<Float>>, rows: Range<Int>
  ) throws {
    guard let projected = step.trace.projected else { preconditionFailure("no projection") }
    guard !rows.isEmpty else { return }
    try enqueue { () throws(OpenCLError) in
      try kernels.only(ProjectionBackward.init)(
        on: queue, step, gradients, projected: projected, rows: rows)
    }
  }

  func cellBackward(
    _ step: CellStep<Buffer<Float>>, _ gradients: CellGradients<Buffer<Float>>, rows: Range<Int>
  ) throws {
    guard !rows.isEmpty else { return }
    try enqueue { () throws(OpenCLError) in
      // Nothing is stored that would be rounded, so that one kernel serves all precisions.
      try kernels.cellBackward(CellKernelOptions(step, .float32, on: queue.context.device))(
        on: queue, step, gradients, rows: rows, parameters: parameters)
    }
  }
}

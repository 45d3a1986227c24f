package import OpenCL

extension OpenCLOperations {
  package func cellForward(_ step: CellStep<Buffer<Float>>, rows: Range<Int>) throws {
    guard !rows.isEmpty else { return }
    try enqueue { () throws(OpenCLError) in
      try kernels.cellForward(CellKernelOptions(step, precision, on: queue.context.device))(
        on: queue, step, rows: rows, parameters: parameters)
    }
  }

  package func projectionForward(_ step: CellStep<Buffer<Float>>, rows: Range<Int>) throws {
    guard let projected = step.trace.projected else { preconditionFailure("no projection") }
    guard !rows.isEmpty else { return }
    try enqueue { () throws(OpenCLError) in
      try kernels.projectionForward(precision)(
        on: queue, step, projected: projected, rows: rows)
    }
  }

  package func projectionBackward(
    _ step: CellStep<Buffer<Float>>, _ gradients: CellGradients<Buffer<Float>>, rows: Range<Int>
  ) throws {
    guard let projected = step.trace.projected else { preconditionFailure("no projection") }
    guard !rows.isEmpty else { return }
    try enqueue { () throws(OpenCLError) in
      try kernels.only(ProjectionBackward.init)(
        on: queue, step, gradients, projected: projected, rows: rows)
    }
  }

  package func cellBackward(
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

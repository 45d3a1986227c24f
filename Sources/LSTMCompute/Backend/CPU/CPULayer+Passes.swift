/// What a layer reads in its forward pass.
struct LayerInput {
  /// `[T, B, I]` at `stride`.
  let start: UnsafePointer<Float>
  /// The floats from row to row.
  let stride: Int
  /// Of how many steps the products with W are computed at once; 1 for each step its own.
  let stepsAhead: Int
}

/// What the backward pass of a layer reads and leaves besides its own.
struct LayerGradients {
  /// `[B, Hp]`, the loss by the last step's output, where the head is above.
  var last: UnsafePointer<Float>?
  /// `[T, B, Hp]`, the loss by each step's output, where a layer is above.
  var output: UnsafePointer<Float>?
  /// `[T, B, I]` at `inputStride`: written where a layer is below.
  var input: UnsafeMutablePointer<Float>?
  /// The floats from row to row of the input's gradient.
  var inputStride = 0
}

extension CPULayer {
  // MARK: - All units of some rows, by one thread

  /// Runs all steps for some rows, from zero states.
  ///
  /// - Parameters:
  ///   - rows: The rows of the batch.
  ///   - batch: B, the size of the batch.
  ///   - input: The layer's input.
  func forward(rows: Range<Int>, batch: Int, input: LayerInput) {
    startForward(rows: rows)
    for t in 0..<steps {
      forwardStep(t, rows: rows, panels: 0..<panels, batch: batch, input: input)
    }
  }

  /// Runs all steps backward for some rows; the gates become the loss's derivatives by their
  /// arguments.
  func backward(rows: Range<Int>, batch: Int, _ gradients: LayerGradients) {
    startBackward(rows: rows, lastGradient: gradients.last)
    for t in (0..<steps).reversed() {
      backwardStep(
        t, rows: rows, panels: 0..<panels, batch: batch, outputGradient: gradients.output)
      carryGradient(t, rows: rows, panels: 0..<panels, batch: batch)
      if let input = gradients.input {
        inputGradient(
          t, rows: rows, vectors: 0..<inputVectors, batch: batch, gradient: input,
          stride: gradients.inputStride)
      }
    }
  }

  // MARK: - Groups of units, by threads that wait for each other at every step

  /// Runs all steps for the whole batch, from zero states.
  func forward(_ split: BatchSplit, _ team: ThreadTeam, batch: Int, input: LayerInput) {
    startForward(rows: 0..<batch)
    team.run(phases: steps, parts: split.parts) { t, part in
      forwardStep(
        t, rows: split.rows(part, of: batch), panels: split.units(part, of: panels), batch: batch,
        input: input)
    }
  }

  /// Runs all steps backward for the whole batch.
  ///
  /// A phase begins with the products, which read all units of the step after, and ends with the
  /// gates of its own units, which read only their own part of the products.
  func backward(
    _ split: BatchSplit, _ team: ThreadTeam, batch: Int, _ gradients: LayerGradients
  ) {
    startBackward(rows: 0..<batch, lastGradient: gradients.last)
    team.run(phases: steps + (gradients.input == nil ? 0 : 1), parts: split.parts) { phase, part in
      let rows = split.rows(part, of: batch)
      let own = split.units(part, of: panels)
      let t = steps - phase
      if t < steps {
        carryGradient(t, rows: rows, panels: own, batch: batch)
        if let input = gradients.input {
          inputGradient(
            t, rows: rows, vectors: split.units(part, of: inputVectors), batch: batch,
            gradient: input, stride: gradients.inputStride)
        }
      }
      guard t > 0 else { return }
      backwardStep(t - 1, rows: rows, panels: own, batch: batch, outputGradient: gradients.output)
    }
  }
}

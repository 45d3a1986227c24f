extension PanelLayer {
  func isLocalToRows(_ pass: ForwardPass<AlignedBuffer>) -> Bool {
    group.split.unitGroups == 1
  }

  // MARK: - Forward

  func forward(
    _ pass: ForwardPass<AlignedBuffer>, rows: Range<Int>, input: Rows<AlignedBuffer>
  ) {
    let split = group.split
    if operations.isSplit || rows.count < pass.batch || split.parts == 1 {
      return forward(rows: rows, pass, input)
    }
    guard split.unitGroups > 1 else {
      return operations.team.run(parts: split.parts) { _, part in
        forward(rows: split.rows(part, of: pass.batch), pass, input)
      }
    }
    startForward(rows: rows, pass)
    operations.team.run(phases: pass.steps, parts: split.parts) { number, part in
      forwardStep(
        time(number, pass), rows: split.rows(part, of: pass.batch),
        panels: split.units(part, of: panels), pass, input)
    }
    endForward(rows: rows, pass)
  }

  /// Runs all steps for some rows on the calling thread.
  private func forward(
    rows: Range<Int>, _ pass: ForwardPass<AlignedBuffer>, _ input: Rows<AlignedBuffer>
  ) {
    startForward(rows: rows, pass)
    for number in 0..<pass.steps {
      forwardStep(time(number, pass), rows: rows, panels: 0..<panels, pass, input)
    }
    endForward(rows: rows, pass)
  }

  /// The place in time of the step that is read as number `number`.
  private func time(_ number: Int, _ pass: ForwardPass<AlignedBuffer>) -> Int {
    isReverse ? pass.steps - 1 - number : number
  }

  // MARK: - Backward

  func backward(
    _ pass: ForwardPass<AlignedBuffer>, rows: Range<Int>, _ flow: GradientFlow<AlignedBuffer>
  ) {
    let split = group.split
    if operations.isSplit || rows.count < pass.batch || split.parts == 1 {
      return backward(rows: rows, pass, flow)
    }
    guard split.unitGroups > 1 else {
      return operations.team.run(parts: split.parts) { _, part in
        backward(rows: split.rows(part, of: pass.batch), pass, flow)
      }
    }
    startBackward(rows: rows, flow)
    // A phase begins with the products, which read all units of the step after, and ends with the
    // gates of its own units, which read only their own part of the products.
    let hasLast = flow.inputs != nil || flow.needsInitialState
    operations.team.run(phases: pass.steps + (hasLast ? 1 : 0), parts: split.parts) { phase, part in
      let rows = split.rows(part, of: pass.batch)
      let own = split.units(part, of: panels)
      let number = pass.steps - phase
      if number < pass.steps {
        let time = time(number, pass)
        if number > 0 || flow.needsInitialState {
          carryGradient(time, rows: rows, panels: own, pass)
        }
        inputGradient(
          time, rows: rows, vectors: split.units(part, of: inputVectors), pass, flow)
      }
      guard number > 0 else { return }
      backwardStep(time(number - 1, pass), rows: rows, panels: own, pass, flow)
    }
  }

  /// Runs all steps back for some rows on the calling thread.
  private func backward(
    rows: Range<Int>, _ pass: ForwardPass<AlignedBuffer>, _ flow: GradientFlow<AlignedBuffer>
  ) {
    startBackward(rows: rows, flow)
    for number in (0..<pass.steps).reversed() {
      let time = time(number, pass)
      backwardStep(time, rows: rows, panels: 0..<panels, pass, flow)
      // Before the first step the state often has no gradient that anyone reads.
      if number > 0 || flow.needsInitialState {
        carryGradient(time, rows: rows, panels: 0..<panels, pass)
      }
      inputGradient(time, rows: rows, vectors: 0..<inputVectors, pass, flow)
    }
  }

  // MARK: - Gradients of the tensors

  func parameterGradients(
    _ pass: ForwardPass<AlignedBuffer>, input: Rows<AlignedBuffer>, factor: Float
  ) {
    operations.parallel(gradientParts, operations: gradientOperations * pass.rows) { parts in
      computeGradient(parts: parts, pass, input)
    }
    // Strided copies: each number costs about as much as ten operations.
    operations.parallel(panels, operations: 10 * weightCount) { panels in
      unpackGradient(panels, factor: factor)
    }
    guard let peephole = place.slices.peephole else { return }
    operations.parallel(panels, operations: 6 * hiddenSize * pass.rows) { panels in
      for panel in panels { peepholeGradient(panel, pass, factor: factor, into: peephole) }
    }
  }
}

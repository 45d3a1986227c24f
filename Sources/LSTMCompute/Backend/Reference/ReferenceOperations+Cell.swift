internal import RealModule

extension ReferenceOperations {
  func cellForward(_ step: CellStep<Memory>, rows: Range<Int>) {
    let H = step.layer.hiddenSize
    let trace = step.trace
    for b in rows {
      let row = step.time * step.batch + b
      let (gates, unit) = (row * 4 * H, row * H)
      let before = (step.before * step.batch + b) * H
      let after = (step.after * step.batch + b) * H
      if let norms = trace.norms { normalizeArguments(step, norms, row: row) }

      for j in 0..<H {
        func activate(_ gate: Int, _ peephole: Scalar) -> Scalar {
          let place = gates + gate * H + j
          trace.arguments?.values[place] = trace.gates.values[place] + peephole
          let argument = (trace.gates.values[place] + peephole).clipped(to: step.layer.gateClip)
          let value = gate == 2 ? Scalar.tanh(argument) : 1 / (1 + .exp(-argument))
          trace.gates.values[place] = value
          return value
        }
        let cell = trace.cell.values[before + j]
        let i = activate(0, peephole(step, 0, j, of: cell))
        var f = activate(1, peephole(step, 1, j, of: cell))
        if step.layer.couplesGates {
          f = 1 - i
          trace.gates.values[gates + H + j] = f
        }
        let g = activate(2, 0)
        let candidate = (f * cell + i * g).clipped(to: step.layer.cellClip)
        trace.candidate.values[unit + j] = candidate
        _ = activate(3, peephole(step, 2, j, of: candidate))
        let keeps = keepsOld(step, step.zoneoutCell, step.layer.zoneoutCell, b, row * H + j)
        trace.cell.values[after + j] = keeps * cell + (1 - keeps) * candidate
      }
      let squashed = squashedCell(step, row: row)
      for j in 0..<H {
        let m = trace.gates.values[gates + 3 * H + j] * squashed[j]
        if let emitted = trace.emitted {
          emitted.values[unit + j] = m
        } else {
          setHidden(step, b, j, m)
        }
      }
    }
  }

  func projectionForward(_ step: CellStep<Memory>, rows: Range<Int>) {
    guard let projected = step.trace.projected else { preconditionFailure("no projection") }
    let R = step.layer.stateSize
    for b in rows {
      for j in 0..<R {
        let place = (step.time * step.batch + b) * R + j
        projected.values[place] = projected.values[place].clipped(to: step.layer.projectionClip)
        setHidden(step, b, j, projected.values[place])
      }
    }
  }

  func projectionBackward(
    _ step: CellStep<Memory>, _ gradients: CellGradients<Memory>, rows: Range<Int>
  ) {
    guard let projected = step.trace.projected else { preconditionFailure("no projection") }
    let R = step.layer.stateSize
    for b in rows {
      for j in 0..<R {
        let place = (step.time * step.batch + b) * R + j
        let passes = projected.values[place].isWithin(step.layer.projectionClip)
        let gradient = takeHidden(step, gradients, b, j)
        projected.values[place] = passes ? gradient : 0
      }
    }
  }

  func cellBackward(
    _ step: CellStep<Memory>, _ gradients: CellGradients<Memory>, rows: Range<Int>
  ) {
    let H = step.layer.hiddenSize
    let trace = step.trace
    for b in rows {
      let row = step.time * step.batch + b
      let (gates, unit) = (row * 4 * H, row * H)
      let before = (step.before * step.batch + b) * H
      let squashed = squashedCell(step, row: row)
      // The loss by what the output's tanh sees, and through it by the candidate.
      var tanhGradient = [Scalar](repeating: 0, count: H)
      var outputGate = tanhGradient
      for j in 0..<H {
        let dm = gradients.emitted?.values[b * H + j] ?? takeHidden(step, gradients, b, j)
        outputGate[j] = dm * squashed[j]
        tanhGradient[j] =
          dm * trace.gates.values[gates + 3 * H + j] * (1 - squashed[j] * squashed[j])
      }
      let throughOutput = cellNormBackward(step, row: row, tanhGradient)

      for j in 0..<H {
        func passes(_ gate: Int) -> Bool {
          trace.arguments?.values[gates + gate * H + j].isWithin(step.layer.gateClip) ?? true
        }
        let (i, f) = (trace.gates.values[gates + j], trace.gates.values[gates + H + j])
        let (g, o) = (
          trace.gates.values[gates + 2 * H + j], trace.gates.values[gates + 3 * H + j]
        )
        let cell = trace.cell.values[before + j]
        let keeps = keepsOld(step, step.zoneoutCell, step.layer.zoneoutCell, b, row * H + j)
        let dc = gradients.cell.values[b * H + j]

        let ao = passes(3) ? outputGate[j] * o * (1 - o) : 0
        var candidate = (1 - keeps) * dc + throughOutput[j] + peephole(step, 2, j, of: ao)
        if !trace.candidate.values[unit + j].isWithin(step.layer.cellClip) { candidate = 0 }

        var di = candidate * g
        var af = candidate * cell * f * (1 - f)
        if step.layer.couplesGates {
          di -= candidate * cell
          af = 0
        } else if !passes(1) {
          af = 0
        }
        let ai = passes(0) ? di * i * (1 - i) : 0
        let ag = passes(2) ? candidate * i * (1 - g * g) : 0
        gradients.cell.values[b * H + j] =
          keeps * dc + candidate * f + peephole(step, 0, j, of: ai) + peephole(step, 1, j, of: af)
        for (gate, value) in [ai, af, ag, ao].enumerated() {
          trace.gates.values[gates + gate * H + j] = value
        }
      }
      if let norms = trace.norms { normalizeBackward(step, norms, row: row) }
    }
  }

  // MARK: - Parts

  /// A peephole's weight times a number; 0 where there is none.
  private func peephole(
    _ step: CellStep<Memory>, _ gate: Int, _ j: Int, of value: Scalar
  ) -> Scalar {
    guard let slice = step.slices.peephole else { return 0 }
    return parameters.values[slice.offset + gate * step.layer.hiddenSize + j] * value
  }

  /// How much of the state before the step a unit keeps: z of the equations.
  private func keepsOld(
    _ step: CellStep<Memory>, _ mask: RandomMask?, _ share: Float, _ b: Int, _ element: Int
  ) -> Scalar {
    if let missing = step.stepMask, missing.values[step.time * step.batch + b] == 0 { return 1 }
    if let mask { return mask.isHit(element) ? 1 : 0 }
    return step.isTraining ? 0 : Scalar(share)
  }

  /// Makes h after the step from that before it and a new one.
  private func setHidden(_ step: CellStep<Memory>, _ b: Int, _ j: Int, _ new: Scalar) {
    let R = step.layer.stateSize
    let element = (step.time * step.batch + b) * R + j
    let keeps = keepsOld(step, step.zoneoutHidden, step.layer.zoneoutHidden, b, element)
    let old = step.trace.hidden.values[(step.before * step.batch + b) * R + j]
    step.trace.hidden.values[(step.after * step.batch + b) * R + j] =
      keeps * old + (1 - keeps) * new
  }

  /// The loss by the new h; leaves in `hidden` what flows to the h before the step.
  private func takeHidden(
    _ step: CellStep<Memory>, _ gradients: CellGradients<Memory>, _ b: Int, _ j: Int
  ) -> Scalar {
    let R = step.layer.stateSize
    let row = step.time * step.batch + b
    let keeps = keepsOld(step, step.zoneoutHidden, step.layer.zoneoutHidden, b, row * R + j)
    var sum = gradients.hidden.values[b * R + j]
    if let above = gradients.outputs {
      sum += above.memory.values[above.offset + row * above.pitch + j]
    }
    gradients.hidden.values[b * R + j] = keeps * sum
    return (1 - keeps) * sum
  }

  /// tanh of the candidate, normalized where the layer does so.
  private func squashedCell(_ step: CellStep<Memory>, row: Int) -> [Scalar] {
    let H = step.layer.hiddenSize
    let candidate = step.trace.candidate.values[row * H..<(row + 1) * H]
    guard let norms = step.trace.norms, let slices = step.slices.norms else {
      return candidate.map { .tanh($0) }
    }
    let (normal, scale) = Self.normalized(Array(candidate))
    norms.cell.values.replaceSubrange(row * H..<(row + 1) * H, with: normal)
    norms.scales.values[row * 3 + 2] = scale
    return normal.enumerated().map { j, value in
      .tanh(
        parameters.values[slices.cellWeight.offset + j] * value
          + parameters.values[slices.cellBias.offset + j])
    }
  }

  // MARK: - Normalized gates

  /// (v - mean) / √(variance + 10⁻⁵), and 1 / that root.
  private static func normalized(_ row: [Scalar]) -> ([Scalar], Scalar) {
    let count = Scalar(row.count)
    let mean = row.reduce(0, +) / count
    let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let scale = 1 / (variance + 1e-5).squareRoot()
    return (row.map { ($0 - mean) * scale }, scale)
  }

  /// The loss by v, from that by the normalized v.
  private static func normalizedBackward(
    _ gradient: [Scalar], normal: [Scalar], scale: Scalar
  ) -> [Scalar] {
    let count = Scalar(normal.count)
    let mean = gradient.reduce(0, +) / count
    let projection = zip(gradient, normal).reduce(0) { $0 + $1.0 * $1.1 } / count
    return zip(gradient, normal).map { scale * ($0 - mean - $1 * projection) }
  }

  private func normalizeArguments(
    _ step: CellStep<Memory>, _ norms: NormTrace<Memory>, row: Int
  ) {
    guard let slices = step.slices.norms else { preconditionFailure("no gains") }
    let places = row * 4 * step.layer.hiddenSize..<(row + 1) * 4 * step.layer.hiddenSize
    for place in places {
      step.trace.gates.values[place] = step.slices.biases.reduce(0) {
        $0 + parameters.values[$1.offset + place - places.lowerBound]
      }
    }
    for (number, (memory, gain)) in [
      (norms.input, slices.input), (norms.recurrent, slices.recurrent),
    ].enumerated() {
      let (normal, scale) = Self.normalized(Array(memory.values[places]))
      memory.values.replaceSubrange(places, with: normal)
      norms.scales.values[row * 3 + number] = scale
      for (k, place) in places.enumerated() {
        step.trace.gates.values[place] += parameters.values[gain.offset + k] * normal[k]
      }
    }
  }

  private func normalizeBackward(
    _ step: CellStep<Memory>, _ norms: NormTrace<Memory>, row: Int
  ) {
    guard let slices = step.slices.norms, let inputGradient = norms.inputGradient,
      let recurrentGradient = norms.recurrentGradient
    else { preconditionFailure("no memory for the gradients") }
    let places = row * 4 * step.layer.hiddenSize..<(row + 1) * 4 * step.layer.hiddenSize
    for (number, (memory, gain, target)) in [
      (norms.input, slices.input, inputGradient),
      (norms.recurrent, slices.recurrent, recurrentGradient),
    ].enumerated() {
      let gradient = places.enumerated().map { k, place in
        parameters.values[gain.offset + k] * step.trace.gates.values[place]
      }
      target.values.replaceSubrange(
        places,
        with: Self.normalizedBackward(
          gradient, normal: Array(memory.values[places]),
          scale: norms.scales.values[row * 3 + number]))
    }
  }

  /// The loss by the candidate, from that by what the tanh sees.
  private func cellNormBackward(
    _ step: CellStep<Memory>, row: Int, _ gradient: [Scalar]
  ) -> [Scalar] {
    guard let norms = step.trace.norms, let slices = step.slices.norms else { return gradient }
    let H = step.layer.hiddenSize
    let places = row * H..<(row + 1) * H
    norms.cellGradient?.values.replaceSubrange(places, with: gradient)
    return Self.normalizedBackward(
      gradient.enumerated().map { parameters.values[slices.cellWeight.offset + $0] * $1 },
      normal: Array(norms.cell.values[places]), scale: norms.scales.values[row * 3 + 2])
  }
}

extension Real where Self: BinaryFloatingPoint {
  /// Cut to ± a limit; NaN stays NaN.
  fileprivate func clipped(to limit: Float?) -> Self {
    guard let limit = limit.map({ Self($0) }) else { return self }
    return self > limit ? limit : self < -limit ? -limit : self
  }

  /// Whether a cut left the number alone, and so its derivative is 1.
  fileprivate func isWithin(_ limit: Float?) -> Bool {
    guard let limit else { return true }
    return abs(self) < Self(limit)
  }
}

internal import CSIMD

extension CPUOperations {
  // MARK: - Between layers

  package func dropout(
    _ source: Rows<AlignedBuffer>, elements: Range<Int>, _ mask: RandomMask,
    into target: Rows<AlignedBuffer>, accumulates: Bool
  ) {
    // The random numbers cost most.
    parallel(elements.count, operations: 10 * elements.count) { range in
      var pass = DropoutPass(
        count: range.count, elements: mask.elements(from: elements.lowerBound + range.lowerBound),
        scale: 1 / (1 - mask.share), source: source.start + range.lowerBound,
        target: target.start + range.lowerBound, accumulates: accumulates)
      instructions.dropout(&pass)
    }
  }

  package func merge(
    _ source: Rows<AlignedBuffer>, rows: Int, columns: Int, scales: AlignedBuffer?,
    into target: Rows<AlignedBuffer>, accumulates: Bool
  ) {
    parallel(rows, operations: 2 * rows * columns) { range in
      var pass = MergePass(
        rows: range.count, columns: columns,
        source: source.start + range.lowerBound * source.pitch, source_stride: source.pitch,
        scales: scales.map { UnsafePointer($0.start + range.lowerBound) },
        target: target.start + range.lowerBound * target.pitch, target_stride: target.pitch,
        accumulates: accumulates)
      instructions.merge(&pass)
    }
  }

  // MARK: - Series and losses

  package func setWindows(_ windows: [Window]) {
    self.windows = windows
  }

  package func gather(
    _ source: AlignedBuffer, columns: Int, start: WindowStart, shift: Int, steps: Int, count: Int,
    batch: Range<Int>, into target: AlignedBuffer
  ) {
    windows[batch].withUnsafeBufferPointer { windows in
      parallel(windows.count, operations: 2 * steps * windows.count * count) { rows in
        for row in rows {
          let window = windows[row]
          let first = Int(start == .inputRow ? window.inputRow : window.targetRow) + shift
          source.check(first * columns..<(first + steps - 1) * columns + count)
          for step in 0..<steps {
            (target.start + (step * windows.count + row) * count).update(
              from: source.start + (first + step) * columns, count: count)
          }
        }
      }
    }
  }

  package func compare(
    _ loss: Loss, outputs: AlignedBuffer, targets: AlignedBuffer, weights: AlignedBuffer?,
    elements: Int, divisor: Double, gradient: AlignedBuffer?
  ) {
    let P = loss.outputsPerTarget
    // Sums over parts that do not depend on the threads, so that the whole one does not either.
    let size = 4096
    let parts = (elements + size - 1) / size
    let sum = withUnsafeTemporaryAllocation(of: Double.self, capacity: parts) { sums in
      parallel(parts, operations: 20 * elements * P) { range in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: P) { unused in
          for part in range {
            sums[part] = 0
            for element in part * size..<min(elements, (part + 1) * size) {
              guard let derivatives = gradient.map({ $0.start + element * P }) ?? unused.baseAddress
              else { continue }
              sums[part] += Double(
                loss.evaluate(
                  outputs: outputs.start + element * P, target: targets.start[element],
                  weight: weights?.start[element] ?? 1, derivatives: derivatives))
            }
          }
        }
      }
      return sums.reduce(0, +)
    }
    losses.append(Float(sum / divisor))
  }

  package func takeLosses() -> [Float] {
    defer { losses = [] }
    return losses
  }
}

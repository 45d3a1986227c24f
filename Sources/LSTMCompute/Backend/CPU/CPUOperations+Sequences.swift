internal import CSIMD

extension CPUOperations {
  // MARK: - Between layers

  func dropout(
    _ source: Rows<AlignedBuffer>, rows: Range<Int>, columns: Int, _ mask: RandomMask,
    into target: Rows<AlignedBuffer>, accumulates: Bool
  ) {
    // Rows that follow each other without gaps are one long row.
    let isWhole = source.pitch == columns && target.pitch == columns
    let (lines, width) = isWhole ? (1, rows.count * columns) : (rows.count, columns)
    // The random numbers cost most.
    parallel(isWhole ? width : lines, operations: 10 * rows.count * columns) { range in
      for line in isWhole ? 0..<1 : range {
        let part = isWhole ? range : 0..<width
        var pass = DropoutPass(
          count: part.count,
          elements: mask.elements(from: (rows.lowerBound + line) * columns + part.lowerBound),
          scale: 1 / (1 - mask.share),
          source: source.start + line * source.pitch + part.lowerBound,
          target: target.start + line * target.pitch + part.lowerBound, accumulates: accumulates)
        instructions.dropout(&pass)
      }
    }
  }

  func merge(
    _ source: Rows<AlignedBuffer>, rows: Int, columns: Int, scales: Rows<AlignedBuffer>?,
    into target: Rows<AlignedBuffer>, accumulates: Bool
  ) {
    precondition(scales.map { $0.pitch == 1 } ?? true, "scales with gaps")
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

  func setWindows(_ windows: [Window]) {
    self.windows = windows
  }

  func gather(
    _ source: AlignedBuffer, columns: Int, start: WindowStart, shift: Int, steps: Int, count: Int,
    batch: Range<Int>, rows: Range<Int>, into target: AlignedBuffer
  ) {
    windows[batch].withUnsafeBufferPointer { windows in
      parallel(rows.count, operations: 2 * steps * rows.count * count) { part in
        for row in part.lowerBound + rows.lowerBound..<part.upperBound + rows.lowerBound {
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

  func compare(
    _ loss: Loss, outputs: AlignedBuffer, targets: WindowTargets<AlignedBuffer>,
    batch: Range<Int>, steps: Int, divisor: Double, gradient: AlignedBuffer?
  ) {
    let P = loss.outputsPerTarget
    let elements = steps * batch.count * targets.count
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
              let place = targets.place(of: element, windows: windows, batch: batch)
              sums[part] += Double(
                loss.evaluate(
                  outputs: outputs.start + element * P, target: targets.values.start[place],
                  weight: targets.weights?.start[place] ?? 1, derivatives: derivatives))
            }
          }
        }
      }
      return sums.reduce(0, +)
    }
    losses.append(Float(sum / divisor))
  }

  func takeLosses() -> [Float] {
    defer { losses = [] }
    return losses
  }
}

import TestSupport

@testable import LSTMCompute

/// Operations with fewer arguments, for tests of numbers in one row.
extension DeviceOperations {
  /// `dropout` of numbers that follow each other.
  func dropout(
    _ source: Rows<Memory>, elements: Range<Int>, _ mask: RandomMask, into target: Rows<Memory>,
    accumulates: Bool
  ) throws {
    try dropout(
      Rows(source.memory, at: source.offset, pitch: 1), rows: elements, columns: 1, mask,
      into: Rows(target.memory, at: target.offset, pitch: 1), accumulates: accumulates)
  }

  /// `merge` with scales from the first on.
  func merge(
    _ source: Rows<Memory>, rows: Int, columns: Int, scaledBy scales: Memory?,
    into target: Rows<Memory>, accumulates: Bool
  ) throws {
    try merge(
      source, rows: rows, columns: columns, scales: scales.map { Rows($0, pitch: 1) },
      into: target, accumulates: accumulates)
  }

  /// `gather` of all rows.
  func gather(
    _ source: Memory, columns: Int, start: WindowStart, shift: Int, steps: Int, count: Int,
    batch: Range<Int>, into target: Memory
  ) throws {
    try gather(
      source, columns: columns, start: start, shift: shift, steps: steps, count: count,
      batch: batch, rows: 0..<batch.count, into: target)
  }

  /// `compare` with the targets as one long row, where the only window starts.
  func compare(
    _ loss: Loss, outputs: Memory, targets: Memory, weights: Memory?, elements: Int,
    divisor: Double, gradient: Memory?
  ) throws {
    try setWindows([Window(inputRow: 0, targetRow: 0)])
    try compare(
      loss, outputs: outputs,
      targets: WindowTargets(
        values: targets, weights: weights, columns: elements, shift: 0, count: elements),
      batch: 0..<1, steps: 1, divisor: divisor, gradient: gradient)
  }
}

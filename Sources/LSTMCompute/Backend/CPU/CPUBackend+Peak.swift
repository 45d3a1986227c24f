internal import CSIMD
internal import Dispatch

/// What this processor can do at best, to hold a network's rate against.
extension CPUBackend {
  /// The rate of multiply-adds in registers on all threads, in GFLOP/s.
  package func multiplyAddRate() -> Double {
    let count = 100_000
    let operations = 2 * 12 * count * Int(instructions.laneCount)
    return rate(operations: operations * team.threads) {
      team.run(parts: team.threads) { _, _ in
        // The result cannot be known before, so the work is done.
        precondition(instructions.multiplyAddChains(count).isFinite)
      }
    }
  }

  /// The rate of a product of `[1536, 1024]` with `[1024, 256]`, as the backward pass has them, on
  /// all threads, in GFLOP/s.
  package func productRate() throws -> Double {
    let lanes = Int(instructions.laneCount)
    let (rows, depth, columns) = (1536, 1024, 256)
    let panels = depth / (4 * lanes)
    var memory = MemoryBudget()
    let gates = try memory.buffer(rows, depth)
    let weights = try memory.buffer(depth, columns)
    let result = try memory.buffer(rows, columns)
    return rate(operations: 2 * rows * depth * columns) {
      team.split(rows, operations: 2 * rows * depth * columns) { part in
        var product = GateProduct(
          rows: part.count, columns: columns, panels: panels, first_vector: 0,
          last_vector: columns / lanes, hidden_size: depth / 4, gates: gates.start,
          gates_panel_stride: rows * 4 * lanes, gates_row: part.lowerBound,
          weights: weights.start,
          result: result.start + part.lowerBound * columns, result_stride: columns,
          accumulates: false)
        instructions.gateProduct(&product)
      }
    }
  }

  /// The best of several tries, as others use the processor too.
  private func rate(operations: Int, _ body: () -> Void) -> Double {
    var least = UInt64.max
    for _ in 0..<30 {
      let start = DispatchTime.now().uptimeNanoseconds
      body()
      least = min(least, DispatchTime.now().uptimeNanoseconds - start)
    }
    return Double(operations) / Double(least)
  }
}

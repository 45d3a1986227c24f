import Testing

@testable import LSTMCompute

@Suite struct MemoryBudgetTests {
  @Test func buffersAreZerosAtACacheLine() throws {
    var budget = MemoryBudget()
    let buffer = try budget.buffer(3, 5)
    #expect(buffer.count == 15 && buffer.array(0..<15).allSatisfy { $0 == 0 })
    #expect(Int(bitPattern: buffer.start) % 64 == 0)
  }

  /// The machine's memory, and then what the system refuses although there should be enough.
  @Test(arguments: [1 << 20, .max]) func tooMuchIsRefused(limit: Int) {
    var budget = MemoryBudget(limit: limit)
    for sizes in [(1 << 40, 1 << 18), (1 << 40, 1 << 40)] {
      #expect(throws: LSTMError.self) { try budget.buffer(sizes.0, sizes.1) }
    }
  }
}

import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

@Suite(.enabled(if: KernelBench.hasDevice)) struct SumSlicesTests {
  @Test(arguments: [1, 63, 64, 65, 1000], [1, 2, 7, 64])
  func addsInOrder(count: Int, slices: Int) throws {
    let bench = try KernelBench()
    var generator = PhiloxGenerator(seed: 4, stream: .data)
    let x = generator.values(count * slices)
    let y = try bench.poisoned(count + 2)
    try SumSlices(bench.library)(
      on: bench.queue, count: count, slices: slices, of: bench.buffer(x), into: y, at: 1)
    let values = try bench.queue.read(y)
    // Bit for bit: the order is a promise.
    let expected = (0..<count).map { index in
      (1..<slices).reduce(x[index]) { $0 + x[$1 * count + index] }
    }
    #expect(Array(values[1...count]) == expected)
    #expect(values[0].isNaN && values[count + 1].isNaN)
  }
}

import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

@Suite(.enabled(if: KernelBench.hasDevice)) struct GatherWindowsTests {
  @Test(arguments: [1, 3, 65], [1, 5, 64])
  func copiesTheRowsOfEachWindow(rows: Int, inputSize: Int) throws {
    let bench = try KernelBench()
    let (steps, seriesRows, firstWindow) = (7, 90, 2)
    var generator = PhiloxGenerator(seed: 1, stream: .data)
    let series = generator.values(seriesRows * inputSize)
    let windows = (0..<rows + firstWindow).map { _ in
      Window(inputRow: Int32.random(in: 0...83, using: &generator), targetRow: 0)
    }
    let (source, windowBuffer) = (try bench.buffer(series), try bench.buffer(windows))
    let gather = try GatherWindows(bench.library)

    for part in [0..<steps, 2..<5] {
      let x = try bench.poisoned(part.count * rows * inputSize)
      try gather(
        on: bench.queue, source, columns: inputSize, count: inputSize, start: .inputRow,
        shift: part.lowerBound, steps: part.count, windows: windowBuffer,
        batch: firstWindow..<firstWindow + rows, into: x)
      let expected = part.flatMap { t in
        (0..<rows).flatMap { b in
          let start = (Int(windows[firstWindow + b].inputRow) + t) * inputSize
          return series[start..<start + inputSize]
        }
      }
      #expect(try bench.queue.read(x) == expected)
    }
  }
}

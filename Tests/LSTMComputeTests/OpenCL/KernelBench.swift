import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

/// A queue and the kernels on the first OpenCL device, for tests of single kernels.
struct KernelBench {
  static let device: Device? = try? Device.all().first

  static var hasDevice: Bool { device != nil }

  let queue: CommandQueue
  let library: KernelLibrary

  init() throws {
    let context = try Context.shared(for: #require(Self.device, "there is no OpenCL device"))
    queue = try CommandQueue(context)
    library = KernelLibrary(context)
  }

  /// A buffer with these elements.
  func buffer<Element: BitwiseCopyable>(_ elements: [Element]) throws -> Buffer<Element> {
    let buffer = try Buffer<Element>(count: elements.count, in: library.context)
    try queue.write(elements, to: buffer)
    return buffer
  }

  /// A buffer that is NaN throughout: what a kernel does not write is seen, and what it reads
  /// without being told to, too.
  func poisoned(_ count: Int) throws -> Buffer<Float> {
    try buffer(Array(repeating: Float.nan, count: count))
  }
}

/// Plain products in Double for the tests of kernels.
enum PlainLoops {
  /// `[m, n]`, the sum over k of a(row, k) b(k, column).
  static func product(
    _ m: Int, _ n: Int, _ k: Range<Int>, _ a: (Int, Int) -> Float, _ b: (Int, Int) -> Float
  ) -> [Double] {
    (0..<m * n).map { index in
      k.reduce(0.0) { $0 + Double(a(index / n, $1)) * Double(b($1, index % n)) }
    }
  }
}

/// A few roundings of 6e-8 each, over sums that hardly cancel; two functions of 5 ulp at most.
let kernelTolerance = 1e-6

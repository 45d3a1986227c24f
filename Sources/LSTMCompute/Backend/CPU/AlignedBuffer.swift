#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Floats that start at a cache line and never move.
///
/// Worker threads write disjoint parts of one buffer at the same time, which a Swift array does not
/// allow; hence the pointer.
final class AlignedBuffer {
  let start: UnsafeMutablePointer<Float>
  let count: Int

  /// A buffer of zeros, if there is memory; see `MemoryBudget` for where it comes from.
  fileprivate init?(count: Int) {
    var bytes: UnsafeMutableRawPointer?
    guard posix_memalign(&bytes, 64, max(count, 1) * MemoryLayout<Float>.stride) == 0, let bytes
    else { return nil }
    start = bytes.initializeMemory(as: Float.self, repeating: 0, count: max(count, 1))
    self.count = count
  }

  deinit { free(start) }

  /// The elements as an array.
  func array(_ range: Range<Int>) -> [Float] {
    Array(UnsafeBufferPointer(start: start + range.lowerBound, count: range.count))
  }

  /// Replaces the first elements.
  func replace(with values: [Float]) {
    precondition(values.count <= count, "more values than the buffer holds")
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { start.update(from: base, count: source.count) }
    }
  }
}

/// Hands out buffers until the machine's memory would be exceeded.
///
/// A system that overcommits grants any size and ends the process when the pages are used; so the
/// sum is held against the memory that there is before a page is touched.
struct MemoryBudget {
  private let limit: Int
  private var used = 0

  /// A budget of so many bytes; the machine's memory where none are given.
  init(limit: Int = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))) {
    self.limit = limit
  }

  /// A buffer of zeros.
  ///
  /// - Parameter sizes: The sizes of its dimensions.
  /// - Returns: The buffer.
  /// - Throws: `LSTMError.deviceUnavailable` where the memory does not suffice.
  mutating func buffer(_ sizes: Int...) throws(LSTMError) -> AlignedBuffer {
    try buffer(sizes)
  }

  /// The same, with the sizes as an array.
  mutating func buffer(_ sizes: [Int]) throws(LSTMError) -> AlignedBuffer {
    var bytes = MemoryLayout<Float>.stride
    for size in sizes {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      bytes = overflow ? .max : product
    }
    let advice = "make the batch, the window or the layers smaller"
    guard bytes <= limit - used else {
      throw .deviceUnavailable(
        "the network does not fit into the machine's memory of \(limit >> 20) MiB; \(advice)")
    }
    guard let buffer = AlignedBuffer(count: bytes / MemoryLayout<Float>.stride) else {
      throw .deviceUnavailable(
        "the system has no \(bytes >> 20) MiB more for the network, after \(used >> 20) MiB; "
          + advice)
    }
    used += bytes
    return buffer
  }
}

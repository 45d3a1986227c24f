/// Floats that start at a cache line and never move.
///
/// Worker threads write disjoint parts of one buffer at the same time, which a Swift array does not
/// allow; hence the pointer.
final class AlignedBuffer {
  let start: UnsafeMutablePointer<Float>
  let count: Int

  /// A buffer of zeros.
  init(count: Int) {
    let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    start = bytes.initializeMemory(as: Float.self, repeating: 0, count: max(count, 1))
    self.count = count
  }

  deinit {
    UnsafeMutableRawPointer(start).deallocate()
  }

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

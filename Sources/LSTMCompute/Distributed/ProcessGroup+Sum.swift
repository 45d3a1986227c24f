extension ProcessGroup {
  /// So many bytes and fewer are sent to all ranks whole, which takes one exchange instead of two.
  private static let smallSum = 1 << 12
  /// So many bytes are exchanged at a time, so that sizes fit MPI's numbers and buffers stay small.
  private static let largestExchange = 1 << 26

  /// Adds up the numbers of all ranks, one by one.
  ///
  /// The order of the additions is fixed by the number of ranks alone: the sum over the ranks a ..< b is
  /// that of their first half plus that of their second half. So the result is the same, bit by bit, on
  /// all ranks, from run to run, with every communicator and wherever the ranks run. Long arrays are
  /// reduced in parts, one a rank, and gathered again: each rank sends about twice the bytes of the
  /// array, whatever the number of ranks (Thakur, Rabenseifner and Gropp 2005).
  ///
  /// - Parameter values: This rank's numbers, as many as every other rank's; then the sums.
  /// - Throws: `GroupError` where a rank has failed, or has another number of them.
  public func sum<Number: BinaryFloatingPoint & BitwiseCopyable>(
    _ values: inout [Number]
  ) throws {
    let counts = try meet(.sum, UInt64(values.count))
    if let other = counts.firstIndex(where: { $0 != counts[0] }) {
      throw fail(.different("the sizes", rank: other, speaks: rank == 0))
    }
    guard count > 1, !values.isEmpty else { return }
    let size = MemoryLayout<Number>.stride
    if values.count * size <= Self.smallSum {
      values = treeSum(gather(values, zero: 0), width: values.count)
      return
    }
    let most = max(count, Self.largestExchange / size)
    for first in stride(from: 0, to: values.count, by: most) {
      sum(&values, first..<min(first + most, values.count))
    }
  }

  /// How many bytes a rank hands over for a sum, beside its header: all of its parts, and then the sums of
  /// its own part; all at once where they are few.
  ///
  /// - Parameters:
  ///   - count: The numbers.
  ///   - size: The bytes of each.
  ///   - ranks: The number of ranks.
  /// - Returns: The bytes; 0 of a single rank.
  package static func sumBytes(of count: Int, size: Int, ranks: Int) -> Int {
    guard ranks > 1, count * size > smallSum else { return ranks > 1 ? count * size : 0 }
    let width = (count + ranks - 1) / ranks
    return (ranks + 1) * width * size
  }

  /// The sums of some of the numbers: each rank adds up one part of them for all.
  private func sum<Number: BinaryFloatingPoint & BitwiseCopyable>(
    _ values: inout [Number], _ range: Range<Int>
  ) {
    let width = (range.count + count - 1) / count
    var parts = Array(values[range])
    parts += [Number](repeating: 0, count: width * count - range.count)
    var mine = parts
    note(bytes: parts.count * MemoryLayout<Number>.stride)
    parts.withUnsafeBytes { parts in
      mine.withUnsafeMutableBytes { communicator.exchange(parts, into: $0) }
    }
    let sums = gather(treeSum(mine, width: width), zero: 0)
    values.replaceSubrange(range, with: sums[..<range.count])
  }

  /// The sum of `count` arrays that lie one after the other, pair by pair.
  private func treeSum<Number: BinaryFloatingPoint & BitwiseCopyable>(
    _ arrays: [Number], width: Int
  ) -> [Number] {
    func sum(_ ranks: Range<Int>) -> [Number] {
      guard ranks.count > 1 else {
        return Array(arrays[ranks.lowerBound * width..<(ranks.lowerBound + 1) * width])
      }
      let middle = ranks.lowerBound + (ranks.count + 1) / 2
      var left = sum(ranks.lowerBound..<middle)
      let right = sum(middle..<ranks.upperBound)
      left.withUnsafeMutableBufferPointer { left in
        right.withUnsafeBufferPointer { right in
          for index in 0..<width { left[index] += right[index] }
        }
      }
      return left
    }
    return sum(0..<count)
  }

  /// Gives every rank the numbers of all.
  ///
  /// - Parameters:
  ///   - values: This rank's numbers, any number of them.
  ///   - zero: Any number.
  /// - Returns: Those of each rank.
  /// - Throws: `GroupError` where a rank has failed.
  public func gather<Number: BitwiseCopyable>(
    all values: [Number], zero: Number
  ) throws -> [[Number]] {
    let counts = try meet(.gathering, UInt64(values.count)).map { Int($0) }
    var results = counts.map { count in
      var result: [Number] = []
      result.reserveCapacity(count)
      return result
    }
    let longest = counts.max() ?? 0
    let most = max(1, Self.largestExchange / count / MemoryLayout<Number>.stride)
    for first in stride(from: 0, to: longest, by: most) {
      let width = min(most, longest - first)
      var mine = Array(values.dropFirst(first).prefix(width))
      mine += [Number](repeating: zero, count: width - mine.count)
      let all = gather(mine, zero: zero)
      for rank in results.indices {
        let there = max(0, min(width, counts[rank] - first))
        results[rank] += all[rank * width..<rank * width + there]
      }
    }
    return results
  }
}

@testable import LSTMCompute
import TestSupport
import Testing

/// What ranks tell each other.
@Suite struct ProcessGroupTests {
  private static func numbers(_ rank: Int, _ count: Int) -> [Float] {
    var generator = PhiloxGenerator(seed: UInt64(rank), stream: .data)
    return generator.values(count)
  }

  /// Short and long arrays, of lengths that the number of ranks does not divide.
  @Test(arguments: [1, 2, 3, 4, 5], [0, 1, 3, 1023, 1025, 5003])
  func sumsInAFixedOrder(ranks: Int, length: Int) throws {
    func tree(_ range: Range<Int>, _ index: Int) -> Float {
      guard range.count > 1 else { return Self.numbers(range.lowerBound, length)[index] }
      let middle = range.lowerBound + (range.count + 1) / 2
      return tree(range.lowerBound..<middle, index) + tree(middle..<range.upperBound, index)
    }
    let sums = try ThreadRanks.run(ranks) { group in
      var values = Self.numbers(group.rank, length)
      try group.sum(&values)
      return values
    }.map { try $0.get() }
    let checked = Array(stride(from: 0, to: length, by: 97)) + (length > 0 ? [length - 1] : [])
    for sum in sums {
      #expect(sum == sums[0] && sum.count == length)
      for index in checked { #expect(sum[index] == tree(0..<ranks, index)) }
    }
  }

  /// What `lstm-bench --messages` tells is what is sent, beside the header of 24 bytes.
  @Test(arguments: [1, 2, 3, 5], [0, 7, 1024, 5003]) func sendsWhatIsTold(ranks: Int, length: Int)
    throws
  {
    let bytes = try ThreadRanks.run(ranks) { group in
      var values = Self.numbers(group.rank, length)
      try group.sum(&values)
      return group.traffic.bytes - 24
    }.map { try $0.get() }
    let told = ProcessGroup.sumBytes(of: length, size: 4, ranks: ranks)
    #expect(bytes == Array(repeating: told, count: ranks))
  }

  @Test func gathersDifferentLengths() throws {
    let all = try ThreadRanks.run(3) { group in
      try group.gather(all: Self.numbers(group.rank, 2 * group.rank), zero: 0)
    }.map { try $0.get() }
    for gathered in all {
      #expect(gathered == (0..<3).map { Self.numbers($0, 2 * $0) })
    }
  }

  @Test func agreesOnTheWishOfOne() throws {
    for wisher in 0...3 {
      let all = try ThreadRanks.run(3) { try $0.agree($0.rank == wisher) }.map { try $0.get() }
      #expect(all == Array(repeating: wisher < 3, count: 3))
    }
  }

  /// Who fails is told from who hears of it, and one speaks for all.
  @Test(arguments: [[1], [0, 2], [0, 1, 2]]) func oneFailureEndsAll(failing: [Int]) {
    let results = ThreadRanks.run(3) { group in
      _ = try group.agree(false)
      if failing.contains(group.rank) {
        throw group.failure(LSTMError.fileSystem("disk full"))
      }
      var values: [Float] = [1]
      try group.sum(&values)
    }
    var speakers: [Int] = []
    for (rank, result) in results.enumerated() {
      guard case .failure(let error as GroupError) = result else {
        Issue.record("rank \(rank) did not end with a GroupError")
        continue
      }
      if error.isToBeTold { speakers.append(rank) }
      if failing.contains(rank) {
        #expect(error.description == "rank \(rank): disk full")
      } else {
        #expect(error.description == "rank \(failing[0]) has failed")
      }
    }
    #expect(speakers == [failing[0]])
  }

  /// Nobody waits for a rank that does something else.
  @Test func ranksThatComeApartEnd() {
    let results = ThreadRanks.run(2) { group in
      var values = [Float](repeating: 1, count: 5000 + group.rank)
      if group.rank == 0 { try group.sum(&values) } else { try group.end() }
    }
    #expect(results.allSatisfy { (try? $0.get()) == nil })
    let sizes = ThreadRanks.run(2) { group in
      var values = [Float](repeating: 1, count: 5000 + group.rank)
      try group.sum(&values)
    }
    #expect(sizes.allSatisfy { (try? $0.get()) == nil })
  }

  /// After a failure nothing is exchanged: a rank that goes on alone would wait forever.
  @Test func nothingIsExchangedAfterAFailure() {
    let results = ThreadRanks.run(2) { group in
      if group.rank == 0 { _ = group.failure(LSTMError.fileSystem("gone")) }
      _ = try? group.agree(false)
      _ = try? group.agree(false)
      return (try? group.end()) == nil
    }
    #expect(results.allSatisfy { (try? $0.get()) == true })
  }
}

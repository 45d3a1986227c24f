import Dispatch

/// Times something that is over in micro- to milliseconds.
enum Stopwatch {
  /// The median and the spread of many samples, in milliseconds.
  struct Timing {
    let median: Double
    let minimum: Double
    let maximum: Double
  }

  /// Times `body`, which runs the work so often as it is told and then waits for the device.
  ///
  /// - Parameters:
  ///   - budget: The milliseconds after which no more samples are taken than a few.
  ///   - body: The work.
  /// - Returns: The times of the samples.
  /// - Throws: What `body` throws.
  static func time(budget: Double, _ body: (Int) throws -> Void) throws -> Timing {
    var sampler = try Sampler(body)
    var total = 0.0
    while sampler.samples.count < 7 || (total < budget && sampler.samples.count < 200) {
      total += try sampler.sample(body)
    }
    return Timing(sampler.samples)
  }

  /// Times two bodies in turn, so that a drift of the machine's speed meets both.
  ///
  /// - Parameters:
  ///   - budget: As in `time(budget:_:)`, for both together.
  ///   - first: What is timed.
  ///   - second: What it is compared with.
  /// - Returns: The times of the samples of each, and the median of the ratios of neighbors.
  /// - Throws: What the bodies throw.
  static func compare(
    budget: Double, _ first: (Int) throws -> Void, with second: (Int) throws -> Void
  ) throws -> (first: Timing, second: Timing, ratio: Double) {
    var (own, other) = (try Sampler(first), try Sampler(second))
    var total = 0.0
    while own.samples.count < 7 || (total < budget && own.samples.count < 400) {
      total += try own.sample(first)
      total += try other.sample(second)
    }
    let ratios = zip(own.samples, other.samples).map { $0 / $1 }.sorted()
    return (Timing(own.samples), Timing(other.samples), ratios[ratios.count / 2])
  }

  private struct Sampler {
    /// How often the work is run in a sample.
    private var times = 1
    private(set) var samples: [Double] = []

    init(_ body: (Int) throws -> Void) throws {
      _ = try Self.milliseconds { try body(2) }
      // Samples of 5 ms or more, so that the clock and the wait do not count.
      times = max(1, Int(5 / max(1e-3, try Self.milliseconds { try body(1) })))
    }

    /// Takes a sample; returns how long that took.
    mutating func sample(_ body: (Int) throws -> Void) throws -> Double {
      let time = try Self.milliseconds { try body(times) }
      samples.append(time / Double(times))
      return time
    }

    private static func milliseconds(_ body: () throws -> Void) rethrows -> Double {
      let start = DispatchTime.now().uptimeNanoseconds
      try body()
      return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6
    }
  }
}

extension Stopwatch.Timing {
  init(_ samples: [Double]) {
    let sorted = samples.sorted()
    self.init(
      median: sorted[sorted.count / 2], minimum: sorted[0], maximum: sorted[sorted.count - 1])
  }
}

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
    func milliseconds(_ times: Int) throws -> Double {
      let start = DispatchTime.now().uptimeNanoseconds
      try body(times)
      return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6
    }
    _ = try milliseconds(2)
    // Samples of 5 ms or more, so that the clock and the wait do not count.
    let times = max(1, Int(5 / max(1e-3, try milliseconds(1))))
    var samples: [Double] = []
    var total = 0.0
    while samples.count < 7 || (total < budget && samples.count < 200) {
      let sample = try milliseconds(times)
      samples.append(sample / Double(times))
      total += sample
    }
    samples.sort()
    return Timing(
      median: samples[samples.count / 2], minimum: samples[0], maximum: samples[samples.count - 1])
  }
}

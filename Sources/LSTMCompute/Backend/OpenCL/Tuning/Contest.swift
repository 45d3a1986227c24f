/// Candidates for one choice, of which the fastest right one wins.
///
/// A candidate whose result is not right is out, however fast, and so is one that the device
/// refuses. The default goes first, and is kept unless another one is clearly faster.
struct Contest<Candidate: Sendable>: Sendable {
  /// A candidate made ready.
  struct Trial {
    /// How far the result is off, as a share of what is tolerated.
    var error: Double
    /// Runs it once, and returns the seconds that the device took.
    var run: () throws -> Double

    init(error: Double, run: @escaping () throws -> Double) {
      self.error = error
      self.run = run
    }
  }

  /// A candidate that was right, and its median time in seconds.
  struct Entrant: Sendable {
    var candidate: Candidate
    var seconds: Double
  }

  /// A faster one is taken only if it takes at most this share of the default's time: clocks vary,
  /// and a choice should not.
  private static var clearly: Double { 0.97 }
  private static var runs: ClosedRange<Int> { 5...25 }
  /// In seconds of the device: more tell no more.
  private static var longest: Double { 0.05 }

  /// The default; `nil` where it was not right.
  private(set) var standard: Entrant?
  /// All that were right.
  private(set) var entrants: [Entrant] = []
  /// Those that are out, and why.
  private(set) var rejections: [String] = []
  /// Whether there was time for all.
  private(set) var isComplete = true

  /// Tries all candidates.
  ///
  /// - Parameters:
  ///   - candidates: The default first.
  ///   - name: What a candidate is called.
  ///   - deadline: After it no further candidate is tried.
  ///   - trial: Makes a candidate ready, and finds out whether it is right.
  init(
    _ candidates: [Candidate], name: (Candidate) -> String, deadline: ContinuousClock.Instant,
    trial: (Candidate) throws -> Trial
  ) {
    for (index, candidate) in candidates.enumerated() {
      guard ContinuousClock.now < deadline else {
        isComplete = false
        break
      }
      do {
        let trial = try trial(candidate)
        // Written so that NaN is out.
        guard trial.error <= 1 else {
          rejections.append("\(name(candidate)): its result is wrong")
          continue
        }
        let entrant = Entrant(candidate: candidate, seconds: try Self.median(trial.run))
        entrants.append(entrant)
        if index == 0 { standard = entrant }
      } catch {
        // A build log has many lines.
        let line = "\(error)".split(whereSeparator: \.isNewline).first ?? ""
        rejections.append("\(name(candidate)): \(line)")
      }
    }
  }

  /// The winner; `nil` where none was right, or there was no time for the default.
  var winner: Entrant? {
    best { _ in true }
  }

  /// The best of some.
  func best(where isMeant: (Candidate) -> Bool) -> Entrant? {
    let fastest = entrants.filter { isMeant($0.candidate) }.min { $0.seconds < $1.seconds }
    guard let fastest, let standard, isMeant(standard.candidate) else { return fastest }
    return fastest.seconds <= Self.clearly * standard.seconds ? fastest : standard
  }

  /// The median of some runs, after one that is not counted.
  private static func median(_ run: () throws -> Double) throws -> Double {
    _ = try run()
    var times: [Double] = []
    while times.count < runs.upperBound {
      times.append(try run())
      if times.count >= runs.lowerBound, times.reduce(0, +) >= longest { break }
    }
    times.sort()
    return times[times.count / 2]
  }
}

#if Service
  import ResultText

  /// How long requests took, counted by upper bounds.
  struct Histogram {
    /// The bounds in seconds.
    static let bounds = [
      0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// For each bound how many took longer than the one before and no longer than it; then all others.
    private var counts = [Int](repeating: 0, count: Self.bounds.count + 1)
    private var sum = 0.0

    /// Counts a request.
    mutating func add(_ seconds: Double) {
      counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
      sum += seconds
    }

    /// The samples of the histogram, which are cumulative.
    func samples(_ labels: [(name: String, value: String)]) -> [PrometheusPage.Sample] {
      var samples: [PrometheusPage.Sample] = []
      var total = 0
      for (count, bound) in zip(counts, Self.bounds.map { "\($0)" } + ["+Inf"]) {
        total += count
        samples.append(
          PrometheusPage.Sample(labels + [("le", bound)], Double(total), suffix: "_bucket"))
      }
      samples.append(PrometheusPage.Sample(labels, sum, suffix: "_sum"))
      samples.append(PrometheusPage.Sample(labels, Double(total), suffix: "_count"))
      return samples
    }
  }
#endif

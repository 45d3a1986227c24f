/// Between which values the rows to come of one target probably lie.
public struct ForecastFan: Hashable, Sendable, Codable {
  /// What the limits are taken from.
  public enum Source: Hashable, Sendable, Codable {
    /// The network's own quantiles.
    case quantiles
    /// The network's own standard deviation, taken for that of a normal distribution.
    case standardDeviation
    /// What forecasts so many rows ahead were off by on rows that were not fitted to.
    case residuals
  }

  /// Limits between which a share of the values is expected.
  public struct Band: Hashable, Sendable, Codable {
    /// The share, between 0 and 1.
    public let share: Double
    /// The lower limit of each row to come; NaN where it is not known.
    public let lowest: [Double]
    /// The upper limit of each row to come; NaN where it is not known.
    public let highest: [Double]
  }

  /// Where the limits come from.
  public let source: Source
  /// The bands, the widest first.
  public let bands: [Band]

  /// The shares for which limits are told where the network tells no quantiles.
  static let shares = [0.95, 0.8]
  /// Standard deviations to both sides that hold these shares of a normal distribution.
  private static let deviations = [1.959964, 1.281552]
  /// So many residuals tell where a share of 95 % lies.
  private static let leastResiduals = 40

  /// The fan by quantiles of the network; `nil` where they are not in pairs about the median.
  ///
  /// - Parameters:
  ///   - quantiles: Probabilities.
  ///   - values: `[leads][quantiles]`.
  init?(quantiles: [Float], values: [[Double]]) {
    let order = quantiles.indices.sorted { quantiles[$0] < quantiles[$1] }
    bands = (0..<order.count / 2).compactMap { place in
      let (low, high) = (order[place], order[order.count - 1 - place])
      guard (quantiles[low] + quantiles[high] - 1).magnitude < 1e-3 else { return nil }
      return Band(
        share: Double(quantiles[high] - quantiles[low]), lowest: values.map { $0[low] },
        highest: values.map { $0[high] })
    }
    source = .quantiles
    if bands.isEmpty { return nil }
  }

  /// The fan by the network's standard deviations.
  init(expected: [Double], deviations: [Double]) {
    bands = zip(Self.shares, Self.deviations).map { share, factor in
      Band(
        share: share, lowest: zip(expected, deviations).map { $0 - factor * $1 },
        highest: zip(expected, deviations).map { $0 + factor * $1 })
    }
    source = .standardDeviation
  }

  /// The fan by what forecasts of each lead were off by; `nil` where these are too few.
  ///
  /// - Parameters:
  ///   - expected: The forecast of each lead.
  ///   - residuals: For each lead residuals on rows that were not fitted to; NaN is left out.
  init?(expected: [Double], residuals: [[Double]]) {
    let sorted = residuals.map { $0.filter(\.isFinite).sorted() }
    guard let first = sorted.first, first.count >= Self.leastResiduals else { return nil }
    func limit(_ probability: Double) -> [Double] {
      zip(expected, sorted).map { value, residuals in
        residuals.count < Self.leastResiduals
          ? .nan : value + Tail.quantile(probability, ofSorted: residuals)
      }
    }
    bands = Self.shares.map { share in
      Band(share: share, lowest: limit((1 - share) / 2), highest: limit((1 + share) / 2))
    }
    source = .residuals
  }

  private init(source: Source, bands: [Band]) {
    self.source = source
    self.bands = bands
  }

  /// The fan with every limit changed.
  func mapped(_ change: (Double) -> Double) -> ForecastFan {
    ForecastFan(
      source: source,
      bands: bands.map {
        Band(share: $0.share, lowest: $0.lowest.map(change), highest: $0.highest.map(change))
      })
  }
}

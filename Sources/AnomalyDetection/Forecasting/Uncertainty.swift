public import LSTMCompute

/// What a network says about a row beside its forecast: how far off that may be.
///
/// It says something only where it was fitted with a loss that makes it.
public enum Uncertainty: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The value that is not passed with this probability.
  case quantile(Float)
  /// The standard deviation about the forecast.
  case standardDeviation
  /// How far the networks of an ensemble are apart: the standard deviation of their forecasts.
  case memberSpread

  /// Such as `quantile 0.1`.
  public var description: String {
    switch self {
    case .quantile(let quantile): "quantile \(quantile)"
    case .standardDeviation: "standard deviation"
    case .memberSpread: "spread of the members"
    }
  }

  /// Whether it is a value of the target, and not how far values are apart.
  var isValue: Bool {
    switch self {
    case .quantile: true
    case .standardDeviation, .memberSpread: false
    }
  }

  /// The name of its column in files, such as `quantile_0.1`.
  public var columnName: String {
    switch self {
    case .quantile(let quantile): "quantile_\(quantile)"
    case .standardDeviation: "standard_deviation"
    case .memberSpread: "member_spread"
    }
  }
}

extension Loss {
  /// The output, of those for one number of the targets, that is the forecast: the median or the
  /// mean; `nil` where there is none.
  var forecastPlace: Int? {
    guard case .quantile(let quantiles) = self else { return 0 }
    return quantiles.firstIndex(of: 0.5)
  }

  /// The other outputs for one number of the targets, each with what it stands for.
  var uncertainties: [(place: Int, uncertainty: Uncertainty)] {
    switch self {
    case .mse, .mae, .huber: []
    case .quantile(let quantiles):
      quantiles.enumerated().filter { $0.element != 0.5 }
        .map { (place: $0.offset, uncertainty: .quantile($0.element)) }
    case .gaussian: [(place: 1, uncertainty: .standardDeviation)]
    }
  }

  /// Finds out whether a forecaster can be fitted with this loss.
  ///
  /// - Throws: `LSTMError.invalidConfiguration` where it is no loss, or has quantiles without the
  ///   median, which is the forecast.
  public func checkForecasting() throws(LSTMError) {
    try check()
    guard forecastPlace != nil else {
      throw .invalidConfiguration(
        "the loss \(self) lacks the quantile 0.5, the forecast that rows are judged by")
    }
  }
}

/// How outputs are compared with targets; always a mean over the batch's targets.
///
/// A loss looks at `P` outputs, `outputsPerTarget`, for each number of the targets: a network's
/// outputs are `[horizon, targetSize, P]`. Where the targets have weights (see
/// `WindowedSeries.targetWeights`), the mean is `sum(w l) / sum(w)`; 0, and so is its gradient, where
/// all of them are 0.
public enum Loss: Hashable, Sendable {
  /// The mean of the squared errors.
  case mse
  /// The mean of the absolute errors.
  case mae
  /// Huber's loss with δ = 1: e²/2 up to |e| = 1, |e| - 1/2 beyond (Huber 1964).
  case huber
  /// An output for each of some quantiles, above 0, below 1 and ascending.
  ///
  /// The loss is the mean over targets and quantiles q of max(q e, (q - 1) e) with
  /// e = target - output (Koenker and Bassett 1978); its derivative at e = 0 is taken as 0.
  case quantile([Float])
  /// Two outputs, the mean μ and the logarithm s of the variance of a normal distribution.
  ///
  /// The loss is its negative log-likelihood without the constant, (s + (target - μ)² exp(-s)) / 2
  /// (Nix and Weigend 1994): `torch.nn.GaussianNLLLoss` with `var = exp(s)`, but without its lowest
  /// variance.
  case gaussian

  /// `P`, the number of outputs that are compared with each number of the targets.
  public var outputsPerTarget: Int {
    switch self {
    case .mse, .mae, .huber: 1
    case .quantile(let quantiles): quantiles.count
    case .gaussian: 2
    }
  }

  /// Finds out whether this is a loss at all.
  ///
  /// - Throws: `LSTMError.invalidConfiguration` where there are no quantiles, or they do not lie
  ///   between 0 and 1 or do not ascend.
  public func check() throws(LSTMError) {
    guard case .quantile(let quantiles) = self else { return }
    guard let first = quantiles.first, let last = quantiles.last, first > 0, last < 1,
      zip(quantiles, quantiles.dropFirst()).allSatisfy({ $0 < $1 })
    else {
      throw .invalidConfiguration(
        "the loss \(self): quantiles must be above 0, below 1 and ascending, one at least")
    }
  }
}

extension Loss: LosslessStringConvertible {
  /// Such as `mse`, `quantile(0.1,0.5,0.9)` or `gaussian`.
  public var description: String {
    switch self {
    case .mse: "mse"
    case .mae: "mae"
    case .huber: "huber"
    case .quantile(let quantiles):
      "quantile(\(quantiles.map { "\($0)" }.joined(separator: ",")))"
    case .gaussian: "gaussian"
    }
  }

  /// A loss from its description, which `check` may yet find wanting.
  ///
  /// - Parameter text: As in `description`.
  public init?(_ text: String) {
    switch text {
    case "mse": self = .mse
    case "mae": self = .mae
    case "huber": self = .huber
    case "gaussian": self = .gaussian
    default:
      guard text.hasPrefix("quantile("), text.hasSuffix(")"),
        let loss = Loss(quantiles: text.dropFirst("quantile(".count).dropLast())
      else { return nil }
      self = loss
    }
  }

  /// A quantile loss from numbers separated by commas; `nil` where one is no number.
  package init?(quantiles text: some StringProtocol) {
    let parts = text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false)
    let quantiles = parts.compactMap { Float($0) }
    guard quantiles.count == parts.count else { return nil }
    self = .quantile(quantiles)
  }
}

extension Loss: Codable {
  /// Reads a loss from its description.
  ///
  /// - Parameter decoder: Where it is read from.
  /// - Throws: `DecodingError` where the text is no loss.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let loss = Loss(text), (try? loss.check()) != nil else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no loss: \(text)")
    }
    self = loss
  }

  /// Writes the description.
  ///
  /// - Parameter encoder: Where it is written to.
  /// - Throws: What the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

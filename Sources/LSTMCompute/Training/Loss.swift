/// How outputs are compared with targets; always a mean over the batch's windows and outputs.
public enum Loss: String, Hashable, Sendable, Codable, CaseIterable {
  /// The mean of the squared errors.
  case mse
  /// The mean of the absolute errors.
  case mae
  /// Huber's loss with δ = 1: e²/2 up to |e| = 1, |e| - 1/2 beyond (Huber 1964).
  case huber
}

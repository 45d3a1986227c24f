import AnomalyDetection
import LSTMCompute
import TimeSeries

/// What a user reads of an error.
enum ErrorText {
  /// Its message, on one line.
  static func line(_ error: any Error) -> String {
    if case GroupError.here(let rank, let own, _) = error { return "rank \(rank): \(line(own))" }
    let text =
      isOurs(error)
      ? "\(error)" : "an error of lstm-detect itself, which should be reported: \(error)"
    var line = text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    if case LSTMError.deviceFailure = error {
      FailedDevice.see()
      line += "; use --device cpu"
    }
    return line
  }

  /// Whether an error has a message for users, which errors of Swift's own libraries have not.
  static func isOurs(_ error: any Error) -> Bool {
    error is LSTMError || error is DetectionError || error is TimeSeriesError
      || error is CommandError || error is OutputError || error is GroupError
  }
}

/// Puts the name of the data before what is wrong with them, where the message does not name them.
///
/// What is said of a model, a device or the file system is about something else, and left alone.
func naming<Result>(data path: String, _ body: () throws -> Result) throws -> Result {
  do { return try body() } catch {
    switch error {
    case DetectionError.invalidModel: throw error
    case is DetectionError, LSTMError.shapeMismatch:
      guard !"\(error)".contains(path) else { throw error }
      throw CommandError(description: "\(path): \(error)")
    default: throw error
    }
  }
}

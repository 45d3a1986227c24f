import LSTMCompute
import ResultText

/// What a precision other than float32 cost.
///
/// It is told wherever one is used.
struct Rounding {
  var precision: Precision
  var error: PrecisionError

  /// One line for people.
  var line: String { "precision \(precision.rawValue): the output differs \(error)" }

  /// The same for programs.
  var document: JSONValue {
    .object([
      ("precision", .string(precision.rawValue)), ("relative_error", .number(error.relative)),
      ("largest_difference", .number(error.largest)),
    ])
  }
}

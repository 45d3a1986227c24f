import AnomalyDetection
import LSTMCompute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A model whose run fails after its training: it is kept in a place where nothing is lost.
enum KeptModel {
  /// Calls what follows a training, and keeps the model where that fails.
  ///
  /// - Parameters:
  ///   - forecaster: The model.
  ///   - path: Where it was to go.
  ///   - body: What may fail.
  /// - Returns: What it returns.
  /// - Throws: A `CommandError` that says why, and where the model is.
  static func whereFailing<Result>(
    _ forecaster: Forecaster, at path: String, _ body: () throws -> Result
  ) throws -> Result {
    do { return try body() } catch {
      guard Processes.isFirst else { throw error }
      throw CommandError(description: "\(ErrorText.line(error)); \(keep(forecaster, path))")
    }
  }

  /// Where the model was kept, in a few words.
  private static func keep(_ forecaster: Forecaster, _ path: String) -> String {
    let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var reason = ""
    for wanted in [path, "\(temporary)/lstm-detect-\(getpid()).safetensors"] {
      let place = Place.free(wanted, else: "kept")
      do {
        try forecaster.save(to: place)
        return "the model was kept in \(place)"
      } catch { reason = "\(error)" }
    }
    return "the model could not be kept either: \(reason)"
  }
}

import Glibc
import LSTMCompute

/// Reads a file of tensors, and says of one that is something else that it is.
///
/// - Parameters:
///   - path: The file.
///   - read: What reads it.
/// - Returns: What was read.
/// - Throws: What `read` throws, or a `CommandError` where the file does not begin as a safetensors
///   file does.
func readTensors<Contents>(
  _ path: String, _ read: (String) throws -> Contents
) throws -> Contents {
  do {
    return try read(path)
  } catch LSTMError.invalidFile(let message) {
    guard isOfAnotherKind(path) else { throw LSTMError.invalidFile(message) }
    throw CommandError(description: "\(path): is not a safetensors file")
  }
}

/// Whether a file lacks the brace with which, after its length, the header of tensors begins.
private func isOfAnotherKind(_ path: String) -> Bool {
  var status = stat()
  // A pipe has been read to its end already.
  guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
  let file = open(path, O_RDONLY)
  guard file >= 0 else { return false }
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 9)
  return read(file, &bytes, bytes.count) == bytes.count && bytes[8] != UInt8(ascii: "{")
}

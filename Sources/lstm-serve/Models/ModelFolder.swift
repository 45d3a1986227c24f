#if Service
  import AnomalyDetection
  import Foundation
  import LSTMCompute

  /// The models of a folder.
  struct ModelFolder {
    /// Those that are served, by name.
    var models: [ServedModel] = []
    /// Of each file that is not, why; a line each.
    var refusals: [String] = []

    private static let suffix = ".safetensors"
    /// Names stand in addresses, metrics and file names as they are.
    private static let letters = Set(
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    private static let mostLetters = 100

    /// Reads all model files of a folder.
    ///
    /// - Parameters:
    ///   - path: The folder.
    ///   - backend: What the networks run on.
    ///   - threshold: How unusual a row may be; `nil` is what `watch` takes.
    /// - Throws: `LSTMError.fileSystem` where the folder cannot be read.
    init(_ path: String, backend: any Backend, threshold: Threshold?) throws {
      let names: [String]
      do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
        throw LSTMError.fileSystem("\(path): cannot be read: it is no folder of model files")
      }
      for file in names.sorted() where file.hasSuffix(Self.suffix) && !file.hasPrefix(".") {
        let name = String(file.dropLast(Self.suffix.count))
        guard !name.isEmpty, name.count <= Self.mostLetters, name.allSatisfy(Self.letters.contains)
        else {
          refusals.append(
            "\(file): is not served: expected a name of at most \(Self.mostLetters) letters (a-z), digits, "
              + "'-', '_' and '.'")
          continue
        }
        let place = "\(path)/\(file)"
        do {
          models.append(
            try ServedModel(path: place, name: name, backend: backend, threshold: threshold))
        } catch {
          let reason = "\(error)".split(whereSeparator: \.isNewline).joined(separator: "; ")
          refusals.append(
            "\(reason.contains(place) ? reason : "\(place): \(reason)"); the model is not served")
        }
      }
    }
  }
#endif

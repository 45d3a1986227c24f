import LSTMCompute
package import TimeSeries

/// What is kept between two runs of a detector, as a file: see `StateText`.
package struct LiveFile {
  /// The checksum of the model.
  package var model: String
  /// What was found out of the lines that were read.
  package var form: LiveReader.Form
  /// What the detector knows.
  package var detector: LiveDetector.State

  /// What is in a file.
  package init(model: String, form: LiveReader.Form, detector: LiveDetector.State) {
    self.model = model
    self.form = form
    self.detector = detector
  }

  private struct Body: Codable {
    var form: LiveReader.Form
    var detector: LiveDetector.State
  }

  /// Writes the file in one go, so that it is the old one or the new one at any moment.
  ///
  /// - Parameter path: Where to.
  /// - Throws: `LSTMError.fileSystem` where it cannot be written.
  package func write(to path: String) throws {
    try AtomicFile.write(
      StateText.encode(Body(form: form, detector: detector), model: model), to: path)
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - model: The checksum of the model that goes on from it.
  /// - Throws: `DetectionError.dataMismatch` where it is no such file, of another model or damaged;
  ///   `LSTMError.fileSystem` where it cannot be read.
  package init(path: String, model: String) throws {
    let body = try StateText.decode(
      Body.self, from: try AtomicFile.read(path), path: path, model: model,
      remedy: "remove it, or give --state another file")
    self.model = model
    (form, detector) = (body.form, body.detector)
  }
}

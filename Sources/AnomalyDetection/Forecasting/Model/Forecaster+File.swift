public import LSTMCompute

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

extension Forecaster {
  /// Writes the forecaster to a safetensors file, replacing an old one in one go.
  ///
  /// The tensors have the names and shapes of PyTorch's `state_dict`, those of an ensemble's networks
  /// after the first one with `member.N.` before them; everything else is a JSON document in the metadata.
  ///
  /// - Parameter path: Where to.
  /// - Throws: `LSTMError.fileSystem` where it cannot be written.
  public func save(to path: String) throws {
    try AtomicFile.write(try encoded(), to: path)
  }

  /// The bytes of the file that `save` writes.
  package func encoded() throws -> Data {
    let (tensors, document, description) = try contents()
    let file = SafetensorsFile(
      tensors: tensors,
      metadata: [
        "format": "pt", ModelDocument.versionKey: document.version,
        ModelDocument.key: description,
        ModelDocument.checksumKey: Checksum.text(of: tensors, description),
      ])
    return try file.encoded()
  }

  /// The checksum of the file that `save` writes.
  package func checksum() throws -> String {
    let (tensors, _, description) = try contents()
    return Checksum.text(of: tensors, description)
  }

  /// The tensors of the file, what is said beside them, and that as JSON.
  private func contents() throws -> (
    tensors: [String: SafetensorsFile.Tensor], document: ModelDocument, description: String
  ) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let document = ModelDocument(self)
    guard let text = try? encoder.encode(document) else {
      throw DetectionError.invalidModel(
        "the model cannot be written: it holds a number that is not finite")
    }
    let slices = network.parameters.layout.slices
    let tensors = Dictionary(
      uniqueKeysWithValues: members.enumerated().flatMap { member, network in
        slices.map { slice in
          (
            Self.prefix(ofMember: member) + slice.name,
            SafetensorsFile.Tensor(Array(network.parameters[slice]), shape: slice.shape)
          )
        }
      })
    return (tensors, document, String(decoding: text, as: UTF8.self))
  }

  /// What the names of a network's tensors begin with.
  ///
  /// - Parameter member: Its number in an ensemble, from 0.
  /// - Returns: The text, empty for the first one.
  package static func prefix(ofMember member: Int) -> String {
    member == 0 ? "" : "member.\(member + 1)."
  }

  /// Whether a file's tensors are those of a forecaster, of whichever version.
  public static func isModel(_ file: SafetensorsFile) -> Bool {
    file.metadata[ModelDocument.versionKey] != nil
  }

  /// Reads a forecaster from a file that `save` wrote.
  ///
  /// - Parameter path: The file.
  /// - Throws: `DetectionError.invalidModel` where the file is no model, of another version or
  ///   damaged, or `LSTMError` where it is no safetensors file at all or cannot be read.
  public init(path: String) throws {
    self = try Self.load(path).forecaster
  }

  /// A forecaster as it lies in a file.
  package struct Stored: Sendable {
    /// The forecaster.
    package var forecaster: Forecaster
    /// Whether the file's checksum tells that it is as it was written: those of earlier versions have
    /// none.
    package var hasChecksum: Bool
    /// The checksum, computed where the file has none: by it the model is known again.
    package var checksum: String
  }

  /// The same, and its checksum.
  package static func load(_ path: String) throws -> Stored {
    try load(SafetensorsFile(path: path), path: path)
  }

  /// The same from a file's contents.
  package static func load(_ file: SafetensorsFile, path: String) throws -> Stored {
    let checksum = file.metadata[ModelDocument.checksumKey]
    return Stored(
      forecaster: try Forecaster(file, path: path), hasChecksum: checksum != nil,
      checksum: checksum
        ?? Checksum.text(of: file.tensors, file.metadata[ModelDocument.key] ?? ""))
  }

  /// Reads a forecaster from a file's contents.
  package init(_ file: SafetensorsFile, path: String) throws {
    func invalid(_ reason: String) -> DetectionError { .invalidModel("\(path): \(reason)") }

    guard !Checkpoint.isDescribed(by: file.metadata) else {
      throw invalid(
        "is the checkpoint of a training, not a model; go on with it by lstm-detect fit --resume")
    }
    guard let version = file.metadata[ModelDocument.versionKey] else {
      throw invalid("has tensors, but is no model that lstm-detect has written")
    }
    guard ModelDocument.versions.contains(version) else {
      throw invalid(
        "a model of format version \(version.prefix(20)); this version reads 1 to "
          + "\(ModelDocument.versions.count)")
    }
    let checksum = file.metadata[ModelDocument.checksumKey]
    guard
      checksum == nil
        || checksum == Checksum.text(of: file.tensors, file.metadata[ModelDocument.key] ?? "")
    else { throw invalid("the model is damaged: its checksum is another") }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let text = file.metadata[ModelDocument.key],
      let document = try? decoder.decode(ModelDocument.self, from: Data(text.utf8))
    else { throw invalid("the description of the model is damaged") }
    guard document.version == version else {
      throw invalid(
        "the description of the model is damaged: it is of format version \(document.version), not "
          + version)
    }
    if let contradiction = document.contradiction {
      throw invalid("the description of the model is damaged: \(contradiction)")
    }
    let specification: NetworkSpecification
    do {
      specification = try document.network.specification()
    } catch {
      throw invalid("the description of the model is damaged: \(error)")
    }
    let networks = try (0..<(document.members ?? 1)).map { member in
      try Network(
        specification: specification,
        parameters: try Self.parameters(
          of: file, prefix: Self.prefix(ofMember: member), for: specification, invalid: invalid))
    }
    self.init(
      network: networks[0], scaler: document.scaler, coding: document.coding,
      columns: document.columns,
      steps: document.steps,
      horizon: document.horizon, residuals: document.residuals,
      calibrations: document.calibrations, origin: document.origin,
      recipe: document.recipe, limits: document.limits ?? ForecastLimits(),
      others: Array(networks.dropFirst()), panel: document.panel, bands: document.bands)
  }

  /// The parameters in a file's tensors.
  private static func parameters(
    of file: SafetensorsFile, prefix: String, for specification: NetworkSpecification,
    invalid: (String) -> DetectionError
  ) throws -> Parameters {
    let layout = ParameterLayout(specification)
    var values: [Float] = []
    for slice in layout.slices {
      guard let tensor = file.tensors[prefix + slice.name] else {
        throw invalid("the tensor '\(prefix + slice.name)' is missing")
      }
      guard tensor.shape == slice.shape else {
        throw invalid(
          "the tensor '\(prefix + slice.name)' has the shape \(tensor.shape) instead of \(slice.shape)"
        )
      }
      values += tensor.floats
    }
    guard values.allSatisfy(\.isFinite) else {
      throw invalid("a weight is not a finite number")
    }
    return try Parameters(layout: layout, values: values)
  }
}

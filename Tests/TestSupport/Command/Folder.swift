public import Foundation
import Testing

/// A folder that disappears with the last reference to it.
public final class Folder: Sendable {
  /// Where it is.
  public let url: URL

  /// A new folder among the temporary ones.
  public init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "lstm-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The path of a file in the folder.
  public func path(_ name: String) -> String { url.appending(path: name).path }

  /// A new file with a text.
  public func file(_ name: String, _ text: String) throws -> String {
    try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    return path(name)
  }

  /// A new file without a text.
  public func emptyFile(_ name: String) throws -> URL { URL(filePath: try file(name, "")) }

  /// The text of a file in the folder.
  public func text(_ name: String) throws -> String {
    try String(contentsOfFile: path(name), encoding: .utf8)
  }

  /// The lines of a file in the folder, without the line end after the last one.
  public func lines(_ name: String) throws -> [Substring] {
    try text(name).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
  }

  /// The names of what is in the folder or one inside it, hidden files too.
  public func names(in name: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
  }

  /// Whether the folder has a file or a folder of a name.
  public func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// A JSON document in the folder.
  public func document(_ name: String) throws -> [String: Any] {
    let document = try JSONSerialization.jsonObject(with: Data(text(name).utf8))
    return try #require(document as? [String: Any])
  }
}

extension [String: Any] {
  /// A value inside nested objects, by its keys.
  public func at(_ keys: String...) -> Any? {
    var value: Any? = self
    for key in keys { value = (value as? [String: Any])?[key] }
    return value is NSNull ? nil : value
  }
}

import Foundation
import Testing

/// The built command, run as a user runs it.
struct Command {
  /// What a run left behind.
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String

    /// The document that `--json` prints.
    func document(sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: Any] {
      let document = try JSONSerialization.jsonObject(with: Data(output.utf8))
      return try #require(document as? [String: Any], sourceLocation: sourceLocation)
    }
  }

  /// The executable lies beside the test bundle.
  static let path: URL = {
    let bundle = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    var folder = bundle.deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appending(path: "lstm-detect")
      if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
      folder.deleteLastPathComponent()
    }
    return bundle
  }()

  /// Runs the command to its end.
  static func run(_ arguments: [String]) throws -> Outcome {
    let running = try start(arguments)
    return try running.finish()
  }

  /// Runs a line of the shell in which `"$@"` is the command with its arguments, or these alone.
  static func run(
    _ arguments: [String], shell line: String, isWithoutCommand: Bool = false
  ) throws -> Outcome {
    try start(
      ["-c", line, "sh"] + (isWithoutCommand ? [] : [path.path]) + arguments,
      of: URL(filePath: "/bin/sh")
    ).finish()
  }

  /// Starts the command, or another executable.
  ///
  /// - Parameters:
  ///   - arguments: Its arguments.
  ///   - executable: What is started.
  ///   - blocked: A signal that it finds blocked.
  /// - Returns: The process.
  /// - Throws: What keeps it from being started.
  static func start(
    _ arguments: [String], of executable: URL = path, blocking blocked: Int32? = nil
  ) throws -> Running {
    let folder = try Folder()
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    let output = try folder.emptyFile("output")
    let errors = try folder.emptyFile("errors")
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    // Threads of a test may block signals, and a process inherits that from the thread that starts
    // it; a user's shell blocks none.
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    if let blocked { sigaddset(&none, blocked) }
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try process.run()
    return Running(process: process, output: output, errors: errors, folder: folder)
  }

  /// A run that has not ended.
  struct Running {
    let process: Process
    let output: URL
    let errors: URL
    let folder: Folder

    /// What has been written to standard error so far.
    var errorsSoFar: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// Waits for the end, which comes by force after two minutes.
    func finish() throws -> Outcome {
      let deadline = ContinuousClock.now + .seconds(120)
      while process.isRunning, ContinuousClock.now < deadline {
        Thread.sleep(forTimeInterval: 0.005)
      }
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      process.waitUntilExit()
      return Outcome(
        status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
        errors: try String(contentsOf: errors, encoding: .utf8))
    }
  }
}

/// A folder that disappears with the last reference to it.
final class Folder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "lstm-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The path of a file in the folder.
  func path(_ name: String) -> String { url.appending(path: name).path }

  /// A new file with a text.
  func file(_ name: String, _ text: String) throws -> String {
    try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    return path(name)
  }

  func emptyFile(_ name: String) throws -> URL { URL(filePath: try file(name, "")) }

  /// The text of a file in the folder.
  func text(_ name: String) throws -> String {
    try String(contentsOfFile: path(name), encoding: .utf8)
  }

  /// The lines of a file in the folder, without the line end after the last one.
  func lines(_ name: String) throws -> [Substring] {
    try text(name).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
  }

  /// The names of what is in the folder or one inside it, hidden files too.
  func names(in name: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// A JSON document in the folder.
  func document(_ name: String) throws -> [String: Any] {
    let document = try JSONSerialization.jsonObject(with: Data(text(name).utf8))
    return try #require(document as? [String: Any])
  }
}

extension [String: Any] {
  /// A value inside nested objects, by its keys.
  func at(_ keys: String...) -> Any? {
    var value: Any? = self
    for key in keys { value = (value as? [String: Any])?[key] }
    return value is NSNull ? nil : value
  }
}

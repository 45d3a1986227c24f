public import Foundation
public import Testing

/// The built command, run as a user runs it.
public struct Command {
  /// What a run left behind.
  public struct Outcome {
    /// The exit status.
    public var status: Int32
    /// What it wrote to standard output.
    public var output: String
    /// What it wrote to standard error.
    public var errors: String

    /// The document that `--json` prints.
    public func document(sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: Any]
    {
      let document = try JSONSerialization.jsonObject(with: Data(output.utf8))
      return try #require(document as? [String: Any], sourceLocation: sourceLocation)
    }
  }

  /// The command.
  public static let path = executable("lstm-detect")

  /// An executable of this package, which lies beside the test bundle.
  public static func executable(_ name: String) -> URL {
    let bundle = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    var folder = bundle.deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appending(path: name)
      if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
      folder.deleteLastPathComponent()
    }
    return bundle
  }

  /// Runs the command to its end.
  public static func run(_ arguments: [String]) throws -> Outcome {
    let running = try start(arguments)
    return try running.finish()
  }

  /// Runs a line of the shell in which `"$@"` is the command with its arguments, or these alone.
  public static func run(
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
  public static func start(
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
  public struct Running {
    /// The process.
    public let process: Process
    /// What standard output is written to.
    public let output: URL
    let errors: URL
    let folder: Folder

    /// What has been written to standard error so far.
    public var errorsSoFar: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// Waits for the end, which comes by force after two minutes.
    public func finish() throws -> Outcome {
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

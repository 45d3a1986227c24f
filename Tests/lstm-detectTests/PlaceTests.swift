import Foundation
import LSTMCompute
import TestSupport
import Testing

@testable import lstm_detect

/// Where output goes: straight into what is no file, through links, and never over what is needed.
@Suite struct PlaceTests {
  /// Writes the same text in the two ways there are.
  static let ways: [@Sendable (String, String) throws -> Void] = [
    { text, path in
      let file = try StagedFile(path)
      try file.write(text)
      try file.commit()
    },
    { text, path in try AtomicFile.write(Data(text.utf8), to: path) },
  ]

  @Test(arguments: [0, 1]) func aPipeIsWrittenIntoAndStays(way: Int) throws {
    let folder = try Folder()
    let path = folder.path("pipe")
    try #require(mkfifo(path, 0o600) == 0)
    // Open for both, so that no side waits for the other.
    let end = open(path, O_RDWR | O_NONBLOCK)
    defer { close(end) }
    try Self.ways[way]("text", path)
    var bytes = [UInt8](repeating: 0, count: 100)
    #expect(read(end, &bytes, 100) == 4)
    #expect(String(decoding: bytes.prefix(4), as: UTF8.self) == "text")
    var status = stat()
    #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    #expect(try folder.names() == ["pipe"])
  }

  /// A look at a pipe must not be its end for whoever reads it.
  @Test func aCheckDoesNotOpenAPipe() throws {
    let folder = try Folder()
    try #require(mkfifo(folder.path("pipe"), 0o600) == 0)
    try StagedFile.check(folder.path("pipe"))
    #expect(try folder.names() == ["pipe"])
  }

  @Test(arguments: [0, 1], ["there.txt", "free.txt"])
  func aLinkStaysAndItsTargetIsReplaced(way: Int, target: String) throws {
    let folder = try Folder()
    let inner = try Folder()
    _ = try inner.file("there.txt", "old")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("first"), withDestinationPath: "second")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("second"), withDestinationPath: inner.path(target))
    try Self.ways[way]("new", folder.path("first"))
    #expect(try inner.text(target) == "new")
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("first")) == "second")
    #expect(try folder.names() == ["first", "second"])
  }

  @Test(arguments: [0, 1]) func aFolderIsRefused(way: Int) throws {
    let folder = try Folder()
    let error = #expect(throws: LSTMError.self) { try Self.ways[way]("new", folder.url.path) }
    #expect(error?.description.contains("Is a directory") == true)
  }

  @Test(arguments: [0, 1]) func aFileThatIsReplacedStaysPrivate(way: Int) throws {
    let folder = try Folder()
    let path = try folder.file("secret.txt", "old")
    try #require(chmod(path, 0o600) == 0)
    try Self.ways[way]("new", path)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(try folder.text("secret.txt") == "new")
  }

  @Test(arguments: [0, 1]) func aLongNameIsAName(way: Int) throws {
    let folder = try Folder()
    let name = String(repeating: "n", count: 255)
    try Self.ways[way]("new", folder.path(name))
    #expect(try folder.text(name) == "new")
  }

  /// Nobody's file is written to, or taken away, because it has the name of one in progress.
  @Test func aFileInProgressIsNobodyElses() throws {
    let folder = try Folder()
    let inner = try Folder()
    let victim = try inner.file("victim.txt", "old")
    let planted = ".swift-lstm-\(getpid())-0.tmp"
    try FileManager.default.createSymbolicLink(
      atPath: folder.path(planted), withDestinationPath: victim)
    let first = try StagedFile(folder.path("a"))
    let second = try StagedFile(folder.path("a"))
    try StagedFile.check(folder.path("a"))
    try first.write("first")
    try second.write("second")
    try first.commit()
    try second.commit()
    #expect(try inner.text("victim.txt") == "old")
    #expect(try folder.text("a") == "second")
    #expect(try folder.names() == [planted, "a"])
  }

  @Test func aCommandWritesIntoAPipe() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let outcome = try Command.run(
      ["fit", data, "--target", "units", "-q", "--model", folder.path("pipe")] + Sales.quick,
      shell: """
        cd '\(folder.url.path)' && mkfifo pipe && { cat pipe > copy.safetensors & "$@"; s=$?; wait; }
        exit $s
        """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try Command.run(["inspect", folder.path("copy.safetensors")]).status == 0)
    #expect(try folder.names() == ["copy.safetensors", "pipe", "sales.csv"])
  }

  @Test func whatWouldBeLostIsRefused() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let link = folder.path("link.csv")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: data)
    let out = folder.path("out")
    for arguments in [
      ["fit", data, "--target", "units", "--model", link],
      ["run", data, "--target", "units", "--output", out, "--model", data],
      ["run", data, "--target", "units", "--output", out, "--model", out + "/report.html"],
      ["predict", data, "--model", folder.path("m"), "--output", data],
    ] {
      let outcome = try Command.run(arguments)
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("are the same file"), "\(arguments)")
    }
    #expect(try folder.text("sales.csv") == Sales.csv())
    #expect(try folder.names() == ["link.csv", "sales.csv"])
  }

  @Test func aFolderCalledProbeDoesNotMatter() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    try FileManager.default.createDirectory(
      atPath: folder.path("out/probe"), withIntermediateDirectories: true)
    let outcome = try Command.run(
      ["run", data, "--target", "units", "--output", folder.path("out"), "-q"] + Sales.quick)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  /// The report is too large; of the results only the model is left, which the message says.
  @Test(arguments: ["", "trap '' XFSZ; "]) func aFailureAfterTheTrainingKeepsTheModel(
    trap: String
  ) throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let outcome = try Command.run(
      ["run", data, "--target", "units", "--output", folder.path("out"), "-q"] + Sales.quick,
      shell: "\(trap)ulimit -f 60; exec \"$@\"")
    #expect(outcome.status == 1)
    let model = folder.path("out/model.safetensors")
    #expect(
      outcome.errors
        == "lstm-detect: \(folder.path("out/report.html")): cannot be written: File too large; the "
        + "model was kept in \(model)\n")
    #expect(try folder.names(in: "out") == ["model.safetensors"])
    #expect(try Command.run(["inspect", model]).status == 0)
  }
}

/// Standard output that cannot be written.
@Suite struct LostOutputTests {
  private func fitted() throws -> Folder {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    _ = try Command.run(
      ["fit", data, "--target", "units", "-q", "--model", folder.path("m")] + Sales.quick)
    return folder
  }

  @Test func isAnErrorOfOneLine() throws {
    let folder = try fitted()
    let data = folder.path("sales.csv")
    for arguments in [
      ["predict", data, "--model", folder.path("m"), "-q"],
      ["run", data, "--target", "units", "--output", folder.path("out"), "-q", "--json"]
        + Sales.quick,
      ["inspect", folder.path("m")],
      ["devices"],
    ] {
      let outcome = try Command.run(arguments, shell: "exec \"$@\" > /dev/full")
      #expect(outcome.status == 1, "\(arguments[0])")
      #expect(
        outcome.errors
          == "lstm-detect: standard output: cannot be written: No space left on device\n")
    }
  }

  @Test(arguments: ["", "trap '' PIPE; "]) func aReaderThatHasEnoughIsNoError(trap: String) throws {
    let folder = try fitted()
    let outcome = try Command.run(
      ["predict", folder.path("sales.csv"), "--model", folder.path("m"), "-q"],
      shell: "\(trap){ sleep 0.3; \"$@\"; } | head -n 0")
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
  }
}

import Foundation
import LSTMCompute
import TestSupport
import Testing

@testable import lstm_detect

/// The files of a run: one set, whole or not there.
@Suite struct ResultSetTests {
  private func arguments(_ folder: Folder, _ output: String, _ more: [String] = []) -> [String] {
    [
      "run", folder.path("sales.csv"), "--target", "units", "-q", "--charts", "svg", "--output",
      folder.path(output),
    ] + Sales.quick + more
  }

  private func withSales() throws -> Folder {
    let folder = try Folder()
    _ = try folder.file("sales.csv", Sales.csv())
    return folder
  }

  @Test func anEmptyFolderThatWasMadeIsTakenAway() throws {
    let folder = try Folder()
    do {
      let output = try ResultSet(folder.path("a/b"))
      #expect(folder.exists("a/b"))
      let file = try output.file("x")
      // A reference that lives longer than the set must not keep the file.
      withExtendedLifetime(output) { try? file.write("1") }
    }
    #expect(try folder.names().isEmpty)
    do {
      let output = try ResultSet(folder.path("a/b"))
      try output.file("x").write("1")
      try output.commit(command: "run")
    }
    #expect(try folder.names(in: "a/b") == ["manifest.json", "x"])
  }

  @Test func theManifestListsWhatIsThere() throws {
    let folder = try withSales()
    try #require(try Command.run(arguments(folder, "out")).status == 0)
    guard case .whole(let first) = try ResultState(folder) else {
      Issue.record("the set is not whole")
      return
    }
    let files = try folder.document("out/manifest.json")["files"] as? [[String: Any]]
    let names = files?.compactMap { $0["name"] as? String }.sorted()
    #expect(try names == folder.names(in: "out").filter { $0 != "manifest.json" })
    // A file of another run is seen.
    let old = try folder.text("out/predictions.csv")
    try #require(try Command.run(arguments(folder, "out", ["--seed", "9"])).status == 0)
    #expect(try ResultState(folder) != .whole(run: first))
    _ = try folder.file("out/predictions.csv", old)
    #expect(try ResultState(folder) == .torn)
  }

  @Test func aModelElsewhereIsOfTheSet() throws {
    let folder = try withSales()
    let model = folder.path("m.safetensors")
    try #require(try Command.run(arguments(folder, "out", ["--model", model])).status == 0)
    let files = try folder.document("out/manifest.json")["files"] as? [[String: Any]]
    #expect(files?.contains { $0["name"] as? String == model } == true)
    guard case .whole = try ResultState(folder) else {
      Issue.record("the set is not whole")
      return
    }
  }

  @Test func aSecondRunIntoTheFolderIsRefused() throws {
    let folder = try withSales()
    let first = try ResultSet(folder.path("out"))
    let outcome = try Command.run(arguments(folder, "out"))
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.contains("out: another run is writing into this folder; wait for its end"),
      "\(outcome.errors)")
    withExtendedLifetime(first) {}
  }

  @Test func manyRunsAtOnce() throws {
    let folder = try withSales()
    for _ in 0..<3 {
      let apart = try (0..<6).map { try Command.start(arguments(folder, "new/\($0)")) }
      for (index, run) in apart.enumerated() {
        let outcome = try run.finish()
        #expect(outcome.status == 0, "\(outcome.errors)")
        guard case .whole = try ResultState(folder, "new/\(index)") else {
          Issue.record("run \(index) is not whole")
          continue
        }
      }
      let together = try (0..<6).map {
        try Command.start(arguments(folder, "one", ["--seed", "\($0)"]))
      }
      let outcomes = try together.map { try $0.finish() }
      #expect(outcomes.contains { $0.status == 0 })
      for outcome in outcomes where outcome.status != 0 {
        #expect(outcome.errors.contains("another run is writing into this folder"))
      }
      guard case .whole = try ResultState(folder, "one") else {
        Issue.record("the set of several runs is not whole")
        return
      }
      try FileManager.default.removeItem(atPath: folder.path("new"))
      try FileManager.default.removeItem(atPath: folder.path("one"))
    }
  }

  @Test(arguments: ["report.html", "manifest.json", "model.safetensors", "forecast.csv"])
  func whatCannotBeReplacedIsFoundFirst(name: String) throws {
    let folder = try withSales()
    let path = folder.path("out/\(name)")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for kind in ["folder", "pipe"] {
      if kind == "pipe" {
        try FileManager.default.removeItem(atPath: path)
        try #require(mkfifo(path, 0o600) == 0)
      }
      // A training that nobody would wait for.
      let outcome = try Command.run(
        arguments(folder, "out", ["--epochs", "1000000", "--patience", "0"]))
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains(name), "\(outcome.errors)")
      #expect(outcome.errors.filter { $0 == "\n" }.count == 1)
      #expect(try folder.names(in: "out") == [name])
    }
  }

  @Test func roomIsLookedForFirst() throws {
    let folder = try withSales()
    for command in ["run", "fit"] {
      let output = command == "run" ? ["--output", folder.path("out")] : []
      let outcome = try Command.run(
        [
          command, folder.path("sales.csv"), "--target", "units", "-q", "--model",
          folder.path("m"), "--epochs", "1000000", "--patience", "0", "--units", "60", "--device",
          "cpu",
        ] + output, shell: "ulimit -f 8; exec \"$@\"")
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("cannot be written: there is no room"), "\(outcome.errors)")
      #expect(outcome.errors.filter { $0 == "\n" }.count == 1)
      #expect(try folder.names() == ["sales.csv"])
    }
  }

  /// Two outputs that would be one file, in a folder that is not there.
  @Test func outputsOnOnePathAreSeenBeforeThereIsAFolder() throws {
    let folder = try withSales()
    for (model, output) in [
      ("o/metrics.json", "./o"), ("./o/../o/report.html", "o"), ("o//x/.././manifest.json", "o/"),
      ("link", "o"),
    ] {
      try? FileManager.default.createSymbolicLink(
        atPath: folder.path("link"), withDestinationPath: "o/forecast.csv")
      let outcome = try Command.run(
        ["run", "sales.csv", "--target", "units", "-q", "--output", output, "--model", model]
          + Sales.quick, shell: "cd '\(folder.url.path)' && exec \"$@\"")
      #expect(outcome.status == 1, "\(model)")
      #expect(outcome.errors.contains("are the same file"), "\(outcome.errors)")
      #expect(try folder.names() == ["link", "sales.csv"])
    }
  }

  /// What processes that were killed have left is taken away; what others write or own is not.
  @Test func abandonedTemporariesAreTakenAway() throws {
    let folder = try withSales()
    try FileManager.default.createDirectory(
      atPath: folder.path("out"), withIntermediateDirectories: true)
    _ = try folder.file("out/.swift-lstm-999999-0.tmp", "left")
    let foreign = [".swift-lstm-1-x.tmp", ".swift-lstm-.tmp", "swift-lstm-1-0.tmp"]
    for name in foreign { _ = try folder.file("out/\(name)", "mine") }
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("out/.swift-lstm-2-0.tmp"), withDestinationPath: folder.path("sales.csv"))
    let writing = try StagedFile(folder.path("out/other"))
    let name = try #require(writing.temporaryPath).split(separator: "/").last.map(String.init) ?? ""
    try #require(try Command.run(arguments(folder, "out")).status == 0)
    let left = try folder.names(in: "out").filter { $0.contains("swift-lstm") }
    #expect(left.sorted() == (foreign + [".swift-lstm-2-0.tmp", name]).sorted())
    try writing.commit()
  }

  /// The reader of standard output goes away, and nothing else does.
  @Test(arguments: ["", "trap '' PIPE; "]) func aClosedPipeLosesNothing(trap: String) throws {
    let folder = try withSales()
    let outcome = try Command.run(
      [
        "run", folder.path("sales.csv"), "--target", "units", "--output", folder.path("out"),
      ] + Sales.quick,
      shell: "\(trap){ \"$@\"; echo $? > '\(folder.path("status"))'; } 2>&1 | head -n 1")
    #expect(outcome.status == 0)
    #expect(try folder.text("status") == "0\n")
    guard case .whole = try ResultState(folder) else {
      Issue.record("the set is not whole")
      return
    }
  }

  @Test func aModelIsKeptWhereItsPlaceIsGone() throws {
    let faults = try #require(try FileFaults())
    let folder = try withSales()
    _ = try folder.file("m.safetensors", "precious")
    let outcome = try #require(
      try faults.run(
        [
          "fit", folder.path("sales.csv"), "--target", "units", "-q", "--model",
          folder.path("m.safetensors"),
        ] + Sales.quick,
        .init(call: "write", number: 1, error: ENOSPC, stays: true), in: folder))
    #expect(outcome.status == 1)
    let kept = try #require(
      outcome.errors.dropLast().components(separatedBy: "the model was kept in ").last)
    #expect(!kept.hasPrefix(folder.url.path))
    #expect(try Command.run(["inspect", kept]).status == 0, "\(outcome.errors)")
    #expect(try folder.text("m.safetensors") == "precious")
  }

  /// A checkpoint that cannot be written ends the training, and the model is not lost with it.
  @Test(arguments: ["fit", "run"]) func aCheckpointThatFailsLosesNoModel(command: String) throws {
    let faults = try #require(try FileFaults())
    let folder = try withSales()
    let checkpoints = try Folder()
    let output = command == "run" ? ["--output", folder.path("out")] : []
    let outcome = try #require(
      try faults.run(
        [
          command, folder.path("sales.csv"), "--target", "units", "-q", "--model",
          folder.path("m.safetensors"), "--checkpoint", checkpoints.path("c"),
        ] + output + Sales.quick, .init(call: "rename", number: 3, error: EIO, stays: true),
        in: checkpoints))
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.contains("c: cannot be written: Input/output error, which ended the training"),
      "\(outcome.errors)")
    #expect(outcome.errors.contains("was kept in \(folder.path("m.safetensors"))"))
    #expect(try Command.run(["inspect", folder.path("m.safetensors")]).status == 0)
    #expect(try Checkpoint(path: checkpoints.path("c")).history.epochs.count == 2)
  }

  /// A name that a `String` cannot hold is not written elsewhere.
  @Test func pathsThatAreNotUTF8AreRefused() throws {
    let folder = try withSales()
    let line = """
      cd '\(folder.url.path)' && name=$(printf 'caf\\351') && exec "$@" --output "$name"
      """
    let outcome = try Command.run(
      ["run", "sales.csv", "--target", "units", "-q"] + Sales.quick, shell: line)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("'caf\\xE9', is not UTF-8"), "\(outcome.errors)")
    #expect(try folder.names() == ["sales.csv"])
    let linked = try Command.run(
      ["fit", "sales.csv", "--target", "units", "-q", "--model", "link"] + Sales.quick,
      shell: "cd '\(folder.url.path)' && ln -s \"$(printf 'caf\\351')\" link && exec \"$@\"")
    #expect(linked.status == 1)
    #expect(linked.errors.contains("link: cannot be written: the link leads to a name that is not"))
  }
}

/// SHA-256, by the examples of FIPS 180-2, appendix B, and lengths about a block.
@Suite struct SHA256Tests {
  private func digest(_ text: String, pieces: Int = 1 << 20) -> String {
    var digest = SHA256()
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      Array(rest.prefix(pieces)).withUnsafeBytes { digest.add($0) }
      rest = rest.dropFirst(pieces)
    }
    return digest.text
  }

  @Test func examples() {
    #expect(digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    #expect(
      digest(String(repeating: "a", count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func piecesDoNotMatter() {
    for length in 0...200 {
      let text = String(repeating: "x", count: length)
      for pieces in [1, 3, 63, 64, 65] { #expect(digest(text, pieces: pieces) == digest(text)) }
    }
  }
}

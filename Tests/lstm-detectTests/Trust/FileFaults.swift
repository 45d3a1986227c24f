import Foundation
import LSTMCompute
import TestSupport
import Testing

/// A command whose calls of the file system fail, by `file_faults.c`.
struct FileFaults {
  /// One fault.
  struct Fault: CustomStringConvertible {
    var call: String
    var number: Int
    /// 0 is the end of the process.
    var error: Int32
    /// Whether all later calls fail too.
    var stays = false

    var description: String { "\(call) \(number) error \(error)\(stays ? " on" : "")" }
  }

  private let library: URL
  private let folder: Folder

  /// Compiles the library; `nil` where there is no compiler.
  init?() throws {
    folder = try Folder()
    library = folder.url.appending(path: "file_faults.so")
    let source = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "file_faults.c")
    let built = try Command.run(
      ["-shared", "-fPIC", "-O1", "-o", library.path, source.path, "-ldl"],
      shell: "cc=$(command -v clang || command -v cc) || exit 77; exec \"$cc\" \"$@\"",
      isWithoutCommand: true)
    guard built.status == 0 else { return nil }
  }

  /// Runs the command with one fault in a folder.
  ///
  /// - Returns: What happened; `nil` where the call never came.
  func run(
    _ arguments: [String], _ fault: Fault, in place: Folder
  ) throws -> Command.Outcome? {
    let mark = folder.path("mark")
    try? FileManager.default.removeItem(atPath: mark)
    let environment =
      "LD_PRELOAD='\(library.path)' FAULT_PATH='\(place.url.lastPathComponent)/' "
      + "FAULT_CALL=\(fault.call) FAULT_NUMBER=\(fault.number) FAULT_ERROR=\(fault.error) "
      + "FAULT_MARK='\(mark)' TMPDIR='\(folder.url.path)'"
      + (fault.stays ? " FAULT_STAYS=1" : "")
    let outcome = try Command.run(arguments, shell: "exec env \(environment) \"$@\"")
    return FileManager.default.fileExists(atPath: mark) ? outcome : nil
  }
}

/// What a reader makes of a folder of results.
enum ResultState: Equatable {
  /// All files are those of one run, which has this id.
  case whole(run: String)
  /// A file is missing or is not the one that the manifest lists.
  case torn
  /// There is no manifest.
  case none

  init(_ folder: Folder, _ name: String = "out") throws {
    guard folder.exists("\(name)/manifest.json") else {
      self = .none
      return
    }
    let manifest = try folder.document("\(name)/manifest.json")
    let files = try #require(manifest["files"] as? [[String: Any]])
    let isWhole = try files.allSatisfy { file in
      let path = try #require(file["name"] as? String)
      let url = URL(filePath: path.hasPrefix("/") ? path : folder.path("\(name)/\(path)"))
      guard let data = try? Data(contentsOf: url) else { return false }
      var digest = SHA256()
      data.withUnsafeBytes { digest.add($0) }
      return file["bytes"] as? Int == data.count && file["sha256"] as? String == digest.text
    }
    self = isWhole ? .whole(run: try #require(manifest["run"] as? String)) : .torn
  }
}

/// A run of which every call of the file system fails once, or is its last.
@Suite(.serialized) struct FileFaultTests {
  private static let calls = [
    "open", "write", "fsync", "rename", "close", "mkdir", "flock", "fallocate",
  ]

  private func arguments(_ folder: Folder, seed: Int) -> [String] {
    [
      "run", folder.path("sales.csv"), "--target", "units", "-q", "--charts", "svg", "--output",
      folder.path("out"), "--seed", "\(seed)",
    ] + Sales.quick + ["--epochs", "2"]
  }

  /// Files that nobody should leave.
  private func temporaries(_ folder: Folder) throws -> [String] {
    try (folder.names() + (folder.exists("out") ? folder.names(in: "out") : []))
      .filter { $0.hasPrefix(".") }
  }

  /// After a failing call there is the old set or the new one, whole, and of a set that was to be new
  /// at least the model; where names were being given, a torn set that can be told.
  @Test(arguments: calls) func everyCallMayFail(call: String) throws {
    let faults = try #require(try FileFaults())
    let folder = try Folder()
    _ = try folder.file("sales.csv", Sales.csv())
    try #require(try Command.run(arguments(folder, seed: 0)).status == 0)
    var (count, refused, torn) = (0, 0, 0)
    for (error, stays) in [(EIO, false), (ENOSPC, true), (EMFILE, false)]
    where error != EMFILE || call == "open" {
      for number in 1... {
        let before = try ResultState(folder)
        let fault = FileFaults.Fault(call: call, number: number, error: error, stays: stays)
        guard let outcome = try faults.run(arguments(folder, seed: number), fault, in: folder)
        else {
          break
        }
        count += 1
        let after = try ResultState(folder)
        if outcome.status == 0 {
          #expect(after != before && after != .torn && after != .none, "\(fault)")
        } else {
          refused += 1
          try expectRefusal(outcome, fault)
          if after == .torn {
            torn += 1
            #expect(call == "rename" || call == "close", "\(fault)")
          } else if after != before {
            #expect(call == "close", "\(fault)")
          }
        }
        #expect(try temporaries(folder).isEmpty, "\(fault)")
        for name in try folder.names(in: "out") where name.contains(".kept") {
          #expect(try Command.run(["inspect", folder.path("out/\(name)")]).status == 0)
          try FileManager.default.removeItem(atPath: folder.path("out/\(name)"))
        }
        if after == .torn { try #require(try Command.run(arguments(folder, seed: 0)).status == 0) }
      }
    }
    print("\(count) failing calls of \(call): \(refused) refused, \(torn) torn sets told")
    #expect(count > 0 || call == "mkdir")
  }

  /// One line; and after the training, where the model is.
  private func expectRefusal(_ outcome: Command.Outcome, _ fault: FileFaults.Fault) throws {
    let lines = outcome.errors.split(separator: "\n")
    #expect(outcome.status == 1, "\(fault): \(outcome.errors)")
    #expect(lines.count == 1 && lines[0].hasPrefix("lstm-detect: "), "\(fault): \(outcome.errors)")
    #expect(!outcome.errors.contains("lstm-detect itself"), "\(fault): \(outcome.errors)")
    #expect(!outcome.errors.contains("could not be kept"), "\(fault): \(outcome.errors)")
    let parts = outcome.errors.dropLast().components(separatedBy: "the model was kept in ")
    if parts.count == 2 {
      #expect(FileManager.default.fileExists(atPath: parts[1]), "\(fault): \(outcome.errors)")
    }
  }

  /// The process ends at every call: what is there is whole, or can be told to be torn, and the next run
  /// takes away what was left.
  @Test(arguments: calls) func everyCallMayBeTheLast(call: String) throws {
    let faults = try #require(try FileFaults())
    let folder = try Folder()
    _ = try folder.file("sales.csv", Sales.csv())
    try #require(try Command.run(arguments(folder, seed: 0)).status == 0)
    var (kills, torn) = (0, 0)
    for number in 1... {
      let before = try ResultState(folder)
      let fault = FileFaults.Fault(call: call, number: number, error: 0)
      guard let outcome = try faults.run(arguments(folder, seed: number), fault, in: folder) else {
        break
      }
      kills += 1
      #expect(outcome.status == 9 || outcome.status == 137, "\(fault): \(outcome.status)")
      let after = try ResultState(folder)
      #expect(after != .none, "\(fault)")
      if after == .torn {
        torn += 1
        #expect(call == "rename" || call == "close", "\(fault)")
      } else if call == "write" || call == "fallocate" {
        #expect(after == before, "\(fault)")
      }
      try #require(try Command.run(arguments(folder, seed: 0)).status == 0)
      #expect(try temporaries(folder).isEmpty, "\(fault)")
    }
    print("\(kills) kills at \(call): \(torn) torn sets told")
  }
}

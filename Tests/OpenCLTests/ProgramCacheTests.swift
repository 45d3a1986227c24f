import Foundation
import OpenCL
import Testing

@Suite(.enabled(if: DeviceUnderTest.exists)) struct ProgramCacheTests {
  /// A cache that disappears with the last reference to it.
  private final class Cache: Sendable {
    let url = FileManager.default.temporaryDirectory.appending(path: "lstm-\(UUID().uuidString)")

    deinit { try? FileManager.default.removeItem(at: url) }

    /// A context that has built nothing yet, as that of another process.
    func context() throws -> Context {
      try Context(
        #require(DeviceUnderTest.device), cache: ProgramCache(CacheFolder(url.path)))
    }

    /// The files, hidden ones too.
    var files: [URL] {
      get throws {
        try FileManager.default.contentsOfDirectory(
          at: url.appending(path: "programs"), includingPropertiesForKeys: nil)
      }
    }
  }

  private static func file(_ text: String = "N") -> SourceFile {
    SourceFile(name: "n.cl", text: "__kernel void k(__global float *x) { x[0] = \(text); }")
  }

  /// What the kernel writes says which text and options it was built of.
  private func result(of program: Program, in context: Context) throws -> Float {
    let queue = try CommandQueue(context)
    let x = try Buffer<Float>(count: 1, in: context)
    var kernel = try Kernel("k", of: program)
    try kernel(on: queue, global: WorkSize(1), local: WorkSize(1), x)
    return try queue.read(x)[0]
  }

  private func build(
    _ cache: Cache, _ text: String = "N", n: Int = 3
  ) throws -> (origin: Program.Origin, result: Float) {
    let context = try cache.context()
    let program = try context.program(files: [Self.file(text)], options: ["-DN=\(n)"])
    return (program.origin, try result(of: program, in: context))
  }

  @Test func theSecondProcessTakesTheBinary() throws {
    let cache = Cache()
    #expect(try build(cache) == (.source, 3))
    #expect(try build(cache) == (.cache, 3))
    #expect(try cache.files.count == 1)
    let mode = try FileManager.default.attributesOfItem(atPath: cache.url.path)[.posixPermissions]
    #expect(mode as? Int == 0o700, "others must not put programs there")
  }

  @Test func otherTextsAndOptionsAreOtherPrograms() throws {
    let cache = Cache()
    #expect(try build(cache) == (.source, 3))
    #expect(try build(cache, n: 4) == (.source, 4))
    #expect(try build(cache, "N + 1") == (.source, 4))
    #expect(try cache.files.count == 3)
    #expect(try build(cache, "N + 1") == (.cache, 4))
  }

  /// Whatever is wrong with a file, the program is built and the file replaced.
  @Test(arguments: ["empty", "cut", "changed", "longer", "other program", "folder"])
  func aDamagedFileIsReplaced(damage: String) throws {
    let cache = Cache()
    #expect(try build(cache) == (.source, 3))
    let url = try #require(cache.files.first)
    let whole = try Data(contentsOf: url)
    var bytes = whole
    switch damage {
    case "empty": bytes = Data()
    case "cut": bytes.removeLast(1)
    case "changed": bytes[bytes.count / 2] ^= 1
    case "longer": bytes.append(0)
    case "other program":
      // As if two keys had the same hash.
      #expect(try build(cache, n: 4) == (.source, 4))
      let other = try #require(cache.files.first { $0.lastPathComponent != url.lastPathComponent })
      bytes = try Data(contentsOf: other)
    default:
      try FileManager.default.removeItem(at: url)
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      #expect(try build(cache) == (.source, 3))
      return
    }
    try bytes.write(to: url)
    #expect(try build(cache) == (.source, 3))
    #expect(try build(cache) == (.cache, 3))
  }

  /// A file that is whole, but holds what the driver does not take.
  @Test func aRefusedBinaryIsReplaced() throws {
    let cache = Cache()
    #expect(try build(cache) == (.source, 3))
    let url = try #require(cache.files.first)
    let bytes = [UInt8](try Data(contentsOf: url))
    let header = 24 + 32
    let keyLength = bytes[24..<32].reversed().reduce(0) { $0 << 8 | Int($1) }
    let contents = Array(bytes[header..<header + keyLength]) + Array("no program".utf8)
    func little(_ number: some FixedWidthInteger) -> [UInt8] {
      withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
    let forged =
      bytes[..<24] + little(UInt64(keyLength)) + little(UInt64(10))
      + little(Fingerprint.of(contents)) + contents
    try Data(forged).write(to: url)
    #expect(try build(cache) == (.source, 3))
    #expect(try build(cache) == (.cache, 3))
  }

  @Test func writesNothingWhereItIsOff() throws {
    let device = try #require(DeviceUnderTest.device)
    for path in [nil, "/dev/null/cache"] {
      for _ in 0..<2 {
        let context = try Context(device, cache: ProgramCache(CacheFolder(path)))
        let program = try context.program(files: [Self.file()], options: ["-DN=5"])
        #expect(program.origin == .source)
        #expect(try result(of: program, in: context) == 5)
      }
    }
  }

  /// It keeps programs itself, and takes several times as long where it is asked for a binary.
  @Test func isNotForPoCL() throws {
    let device = try #require(DeviceUnderTest.device)
    guard device.isPoCL else { return }
    for _ in 0..<2 {
      let program = try Context(device).program(files: [Self.file()], options: ["-DN=6"])
      #expect(program.origin == .source)
    }
  }

  @Test func severalMayBuildTheSameAtOnce() async throws {
    let cache = Cache()
    let results = try await withThrowingTaskGroup(of: Float.self) { group in
      for index in 0..<8 {
        group.addTask { try build(cache, n: index % 2).result - Float(index % 2) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results == Array(repeating: 0, count: 8))
    #expect(try cache.files.count == 2, "no temporary file stays")
    #expect(try build(cache, n: 1) == (.cache, 1))
  }
}

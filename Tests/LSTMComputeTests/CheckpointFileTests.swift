import FoundationEssentials
import TestSupport
import Testing

@testable import LSTMCompute

/// A path that is removed in the end, with what may lie beside it.
final class TemporaryFile {
  let folder = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString)")
  var path: String { folder.appending(path: "checkpoint.safetensors").path() }
  var exists: Bool { FileManager.default.fileExists(atPath: path) }

  init() { try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The names of all that lies there, hidden or not.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted() }
  }
}

/// Checkpoints as files.
@Suite(.serialized) struct CheckpointFileTests {
  /// Checkpoints of a short training, of which those in the middle have losses of their epoch.
  private func checkpoints(
    on backend: any Backend = CPUBackend(), annotations: [String: String] = [:]
  ) throws -> [Checkpoint] {
    let (training, validation) = try CheckpointTests.data()
    var all: [Checkpoint] = []
    _ = try CheckpointTests.trainer(CheckpointTests.Case.all[0].configuration, on: backend).fit(
      training: training, validation: validation,
      checkpoints: CheckpointPolicy(every: .batches(2), annotations: annotations) {
        all.append($0)
      })
    return all
  }

  @Test func whatIsWrittenIsRead() throws {
    let file = TemporaryFile()
    let annotations = ["train-until": "0.8", "aKey_of": "ä\n\"", "": ""]
    for backend in [CPUBackend(), ReferenceBackend()] as [any Backend] {
      for checkpoint in try checkpoints(on: backend, annotations: annotations) {
        try checkpoint.write(to: file.path)
        #expect(try Checkpoint(path: file.path) == checkpoint)
      }
    }
    #expect(try file.names == ["checkpoint.safetensors"])
  }

  @Test func numbersOfTheReferenceAreKeptInDouble() throws {
    let file = TemporaryFile()
    for (backend, type) in [
      (CPUBackend(), .float32), (ReferenceBackend(), .float64),
    ] as [(any Backend, SafetensorsFile.ElementType)] {
      try checkpoints(on: backend)[1].write(to: file.path)
      let tensors = try SafetensorsFile(path: file.path).tensors
      #expect(tensors["lstm.weight_hh_l0"]?.elementType == type)
    }
  }

  /// Losses are no numbers where a training diverges, and JSON knows no such number.
  @Test func whatIsNotFiniteIsKept() throws {
    let file = TemporaryFile()
    let (training, validation) = try CheckpointTests.data()
    var configuration = CheckpointTests.Case.all[0].configuration
    configuration.optimizer = .sgd()
    configuration.learningRate = 1e38
    configuration.maximumGradientNorm = nil
    var last: Checkpoint?
    let trainer = try CheckpointTests.trainer(configuration, on: CPUBackend())
    let result = try trainer.fit(
      training: training, validation: validation,
      checkpoints: CheckpointPolicy(every: .batches(1)) { last = $0 })
    #expect(result.history.end == .diverged(epoch: 1))
    try #require(last).write(to: file.path)
    let read = try Checkpoint(path: file.path)
    #expect(read.losses.contains { !$0.isFinite })
    #expect(read.end == nil)
    let again = try trainer.fit(training: training, validation: validation, resuming: read)
    #expect(again.history.end == .diverged(epoch: 1))
  }

  @Test func damageIsAnErrorAndNeverACrash() throws {
    let file = TemporaryFile()
    try checkpoints()[1].write(to: file.path)
    let whole = try Data(contentsOf: URL(filePath: file.path))
    for size in stride(from: 0, to: whole.count, by: 97) {
      try whole.prefix(size).write(to: URL(filePath: file.path))
      #expect(throws: LSTMError.self, "cut to \(size) bytes") { try Checkpoint(path: file.path) }
    }
    // One bit anywhere: names and spaces in the header may change without harm, numbers may not.
    var generator = PhiloxGenerator(seed: 5, stream: .data)
    let headerSize = Int(whole.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
    var accepted = 0
    for round in 0..<600 {
      let start = round % 2 == 0 ? 0 : 8 + headerSize
      let end = round % 2 == 0 ? 8 + headerSize : whole.count
      let place = start + Int(generator.nextBits()) % (end - start)
      var damaged = whole
      damaged[place] ^= 1 << (generator.nextBits() % 8)
      try damaged.write(to: URL(filePath: file.path))
      do {
        _ = try Checkpoint(path: file.path)
        accepted += 1
        #expect(round % 2 == 0, "the tensors' byte \(place)")
      } catch {
        #expect(error as Any is LSTMError, "\(error)")
      }
    }
    #expect(accepted < 10)
  }

  @Test func otherFilesAreRefused() throws {
    let file = TemporaryFile()
    func refusal(_ change: (inout SafetensorsFile) -> Void) throws -> String {
      try checkpoints()[1].write(to: file.path)
      var contents = try SafetensorsFile(path: file.path)
      change(&contents)
      try contents.write(to: file.path)
      let error = #expect(throws: LSTMError.self) { try Checkpoint(path: file.path) }
      return error?.description ?? ""
    }
    #expect(try refusal { $0.metadata = [:] }.contains("is no checkpoint of a training"))
    #expect(
      try refusal { $0.metadata["swift_lstm_checkpoint_format"] = "2" }
        .contains("of format version 2; this version reads 1"))
    #expect(try refusal { $0.tensors["head.bias"] = nil }.contains("checksum"))
    #expect(throws: LSTMError.self) { try Checkpoint(path: file.path + ".none") }
  }

  /// Consistent for the checksum, but not with itself.
  @Test(arguments: [
    (#""hidden_size":7"#, #""hidden_size":-7"#),
    (#""hidden_size":7"#, #""hidden_size":4611686018427"#),
    (#""input_size":2"#, #""input_size":3"#), (#""step_count":4"#, #""step_count":-4"#),
    (#""best_epoch":1,"#, ""), (#""best_epoch":1"#, #""best_epoch":9"#),
    (#""validation_windows":15"#, #""validation_windows":0"#),
    (#""step_count":4"#, #""step_count":9223372036854775807"#), (#""seconds":"#, #""second":"#),
  ])
  func contradictionsAreRefused(old: String, new: String) throws {
    let file = TemporaryFile()
    let checkpoint = try #require(try checkpoints().first { $0.optimizer.stepCount == 8 })
    try checkpoint.write(to: file.path)
    var contents = try SafetensorsFile(path: file.path)
    let text = try #require(contents.metadata["swift_lstm_checkpoint"])
      .replacing(#""step_count":8"#, with: #""step_count":4"#)
    #expect(text.contains(old), "\(text)")
    let changed = text.replacing(old, with: new)
    contents.metadata["swift_lstm_checkpoint"] = changed
    var sum = Checksum()
    func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { sum.add($0) } }
    for (name, tensor) in contents.tensors.sorted(by: { $0.key < $1.key }) {
      add(Array(name.utf8))
      add(tensor.bytes)
    }
    add(Array(changed.utf8))
    contents.metadata["swift_lstm_checkpoint_checksum"] = sum.text
    try contents.write(to: file.path)
    let error = #expect(throws: LSTMError.self) { try Checkpoint(path: file.path) }
    #expect(error?.description.contains("checksum") == false)
  }

  @Test func aSecondWriterIsRefused() throws {
    let file = TemporaryFile()
    let checkpoint = try checkpoints()[0]
    do {
      let first = try CheckpointPolicy(path: file.path)
      let error = #expect(throws: LSTMError.self) { try CheckpointPolicy(path: file.path) }
      #expect(error?.description.contains("another training is writing to it") == true)
      #expect(throws: LSTMError.self) { try checkpoint.write(to: file.path) }
      try first.save(checkpoint)
      #expect(try Checkpoint(path: file.path) == checkpoint)
    }
    #expect(try file.names == ["checkpoint.safetensors"])
  }

  /// What a process that was killed leaves behind is in nobody's way, and taken away.
  @Test func whatWasLeftIsTakenAway() throws {
    let file = TemporaryFile()
    let checkpoint = try checkpoints()[0]
    // A process looks for these once in each folder.
    try Data("half".utf8).write(to: file.folder.appending(path: ".swift-lstm-999999-3.tmp"))
    do {
      let killed = try CheckpointPolicy(path: file.path)
      let names = try file.names
      #expect(names.count == 1 && names[0].hasSuffix(".lock"))
      let lock = file.folder.appending(path: names[0])
      let copy = try Data(contentsOf: lock)
      withExtendedLifetime(killed) {}
      try copy.write(to: file.folder.appending(path: "copy"))
      try FileManager.default.moveItem(
        atPath: file.folder.appending(path: "copy").path(), toPath: lock.path() + ".left")
    }
    let names = try file.names
    #expect(names.count == 1)
    let left = file.folder.appending(path: names[0]).path()
    try FileManager.default.moveItem(atPath: left, toPath: String(left.dropLast(5)))
    try checkpoint.write(to: file.path)
    #expect(try file.names == ["checkpoint.safetensors"])
  }

  /// Files of others with names like those of a lock or of one in progress stay, and what a link leads
  /// to is not made.
  @Test func filesOfOthersStay() throws {
    let file = TemporaryFile()
    let checkpoint = try checkpoints()[0]
    let foreign = [".checkpoint.safetensors.lock", ".checkpoint.safetensors.tmp"]
    for name in foreign { try Data("mine".utf8).write(to: file.folder.appending(path: name)) }
    let lock: String
    do {
      let policy = try CheckpointPolicy(path: file.path)
      lock = try #require(try file.names.first { !foreign.contains($0) })
      withExtendedLifetime(policy) {}
    }
    let lockPath = file.folder.appending(path: lock)
    try Data("mine".utf8).write(to: lockPath)
    try checkpoint.write(to: file.path)
    #expect(try file.names == (foreign + [lock, "checkpoint.safetensors"]).sorted())
    for name in foreign + [lock] {
      #expect(try Data(contentsOf: file.folder.appending(path: name)) == Data("mine".utf8))
    }
    try FileManager.default.removeItem(at: lockPath)
    try FileManager.default.createSymbolicLink(
      atPath: lockPath.path(), withDestinationPath: "elsewhere")
    let error = #expect(throws: LSTMError.self) { try checkpoint.write(to: file.path) }
    #expect(error?.description.contains("is in the way") == true)
    #expect(
      !FileManager.default.fileExists(atPath: file.folder.appending(path: "elsewhere").path()))
  }

  /// Many writers at once: the file is always one of theirs, whole.
  @Test func manyWritersAtOnceLeaveAWholeFile() async throws {
    let file = TemporaryFile()
    let all = try checkpoints()
    let path = file.path
    try all[0].write(to: path)
    try await withThrowingTaskGroup(of: Int.self) { group in
      for checkpoint in all {
        group.addTask {
          (0..<20).count { _ in
            (try? checkpoint.write(to: path)) != nil
          }
        }
      }
      for _ in 0..<50 {
        let read = try Checkpoint(path: path)
        #expect(all.contains(read))
      }
      var written = 0
      for try await count in group { written += count }
      #expect(written > 0)
    }
    #expect(try file.names == ["checkpoint.safetensors"])
  }

  @Test func placesThatCannotBeWrittenAreRefusedAtOnce() throws {
    #expect(throws: LSTMError.self) { try CheckpointPolicy(path: "/nowhere/checkpoint") }
    #expect(throws: LSTMError.self) { try CheckpointPolicy(path: "/dev/null") }
    for interval in [.batches(0), .seconds(-1), .seconds(.nan)] as [CheckpointPolicy.Interval] {
      #expect(throws: LSTMError.self) { try CheckpointPolicy(every: interval) { _ in } }
    }
  }
}

import Foundation
import TestSupport
import Testing

/// A command whose calls of OpenCL fail, by `opencl_faults.c`.
struct OpenCLFaults {
  /// One fault.
  struct Fault: CustomStringConvertible {
    var call: String
    var number: Int
    /// What the call returns; `nil` has it read bytes that are no numbers.
    var status: Int32? = -5
    /// Whether all later calls fail too: the device is lost.
    var stays = false

    var description: String {
      "\(call) \(number) \(status.map { "status \($0)" } ?? "NaN")\(stays ? " on" : "")"
    }
  }

  private let library: URL
  private let folder: Folder

  /// Compiles the library; `nil` where there is no compiler or no OpenCL device.
  init?() throws {
    folder = try Folder()
    library = folder.url.appending(path: "opencl_faults.so")
    let tests = URL(filePath: #filePath).deletingLastPathComponent()
    let package = tests.appending(path: "../../../Sources/COpenCL").standardized
    let built = try Command.run(
      [
        "-shared", "-fPIC", "-O1", "-fvisibility=hidden", "-I\(package.path)/include", "-o",
        library.path, tests.appending(path: "opencl_faults.c").path, "\(package.path)/COpenCL.c",
        "-ldl",
      ],
      shell: "cc=$(command -v clang || command -v cc) || exit 77; exec \"$cc\" \"$@\"",
      isWithoutCommand: true)
    guard built.status == 0 else { return nil }
    let devices = try Command.run(["devices", "--json"]).document()["devices"] as? [[String: Any]]
    guard devices?.contains(where: { ($0["name"] as? String) == "opencl:0" }) == true else {
      return nil
    }
  }

  /// Runs the command on a machine whose OpenCL devices are GPUs.
  ///
  /// - Returns: What happened; `nil` where the call of the fault never came.
  func run(_ arguments: [String], _ fault: Fault?) throws -> Command.Outcome? {
    let mark = folder.path("mark")
    try? FileManager.default.removeItem(atPath: mark)
    var environment =
      "SWIFT_LSTM_OPENCL='\(library.path)' FAULT_KIND=gpu FAULT_MARK='\(mark)' "
      + "FAULT_COUNTS='\(folder.path("counts"))'"
    if let fault {
      environment += " FAULT_CALL=\(fault.call) FAULT_NUMBER=\(fault.number)"
      environment += fault.status.map { " FAULT_STATUS=\($0)" } ?? " FAULT_NAN=1"
      if fault.stays { environment += " FAULT_STAYS=1" }
    }
    let outcome = try Command.run(arguments, shell: "exec env \(environment) \"$@\"")
    return fault == nil || FileManager.default.fileExists(atPath: mark) ? outcome : nil
  }

  /// How often each function was called in the last run that has ended by itself.
  func counts() throws -> [(call: String, count: Int)] {
    try folder.lines("counts").compactMap { line in
      let words = line.split(separator: " ")
      return words.count == 2 ? Int(words[1]).map { (String(words[0]), $0) } : nil
    }
  }
}

/// Runs in which OpenCL fails.
@Suite(.serialized) struct OpenCLFaultTests {
  private let folder: Folder
  private let faults: OpenCLFaults

  init() throws {
    folder = try Folder()
    _ = try folder.file("sales.csv", Sales.csv())
    faults = try #require(try OpenCLFaults(), "PoCL and a C compiler are needed")
  }

  private static let quick = [
    "--plain", "--target", "units", "--units", "6", "--window", "7", "--epochs", "4",
    "--learning-rate",
    "0.01", "-q",
  ]

  private func fit(_ model: String, _ more: [String] = []) -> [String] {
    ["fit", folder.path("sales.csv"), "--model", folder.path(model)] + Self.quick + more
  }

  private func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(filePath: folder.path(name)))
  }

  private func losses(_ outcome: Command.Outcome) throws -> [Double] {
    let epochs = try outcome.document().at("training", "epochs") as? [[String: Any]]
    return try #require(epochs).map { try #require($0["validation_loss"] as? Double) }
  }

  // MARK: - On another device

  /// A GPU that is lost in the third epoch: the processor goes on from the end of the second.
  @Test func automaticTrainingGoesOnOnTheProcessor() throws {
    let whole = try #require(try faults.run(fit("gpu.st", ["--json"]), nil))
    #expect(whole.status == 0 && whole.errors.isEmpty, "\(whole.errors)")
    let steps = try #require(try faults.counts().first { $0.call == "clEnqueueNDRangeKernel" })
    var ends: Set<Int> = []
    for share in [0.05, 0.5, 1] {
      let fault = OpenCLFaults.Fault(
        call: steps.call, number: max(1, Int(Double(steps.count) * share)), stays: true)
      let outcome = try #require(try faults.run(fit("m.st", ["--json"]), fault))
      #expect(outcome.status == 0, "\(fault): \(outcome.errors)")
      let lines = outcome.errors.split(separator: "\n")
      #expect(lines.count == 1, "\(outcome.errors)")
      #expect(lines.first?.hasPrefix("note: opencl:0 (") == true, "\(outcome.errors)")
      #expect(outcome.errors.contains("failed, and the processor goes on: clEnqueueNDRangeKernel"))
      let (ours, theirs) = (try losses(outcome), try losses(whole))
      #expect(ours.count == theirs.count)
      for (ours, theirs) in zip(ours, theirs) {
        #expect(abs(ours - theirs) <= 1e-4 * theirs, "\(fault)")
      }
      // The losses of the epochs that the GPU has done are its own, bit by bit.
      ends.insert(zip(ours, theirs).prefix { $0 == $1 }.count)
    }
    #expect(ends.contains { $0 > 0 && $0 < 4 }, "\(ends)")
  }

  /// What was fitted on a GPU is forecast on the processor as if it had been asked for.
  @Test(arguments: ["predict", "detect", "apply"])
  func automaticForecastsGoOnOnTheProcessor(command: String) throws {
    try #require(try Command.run(fit("m.st", ["--device", "cpu"])).status == 0)
    func arguments(_ output: String) throws -> [String] {
      guard command == "apply" else {
        return [
          command, folder.path("sales.csv"), "--model", folder.path("m.st"), "-q", "--output",
          folder.path(output),
        ]
      }
      return [
        "apply", "--weights", folder.path("m.st"), "--input", try input(), "-q", "--output",
        folder.path(output),
      ]
    }
    try #require(try Command.run(arguments("cpu") + ["--device", "cpu"]).status == 0)
    for call in ["clCreateBuffer", "clBuildProgram", "clEnqueueReadBuffer"] {
      let fault = OpenCLFaults.Fault(call: call, number: 1, stays: true)
      let outcome = try #require(try faults.run(arguments("auto"), fault))
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.errors.hasPrefix("note: opencl:0 (")
          && outcome.errors.contains("failed, and the processor goes on: cl"),
        "\(outcome.errors)")
      let name = command == "detect" ? "/predictions.csv" : ""
      #expect(try bytes("auto\(name)") == bytes("cpu\(name)"), "\(fault)")
      if command == "detect" {
        let document = try folder.document("auto/metrics.json")
        #expect(document.at("device", "name") as? String == "cpu")
        let notes = document["notes"] as? [String]
        #expect(notes?.contains { $0.contains("the processor goes on") } == true)
      }
    }
  }

  /// A batch of one sequence for the layers of the model.
  private func input() throws -> String {
    let values = (0..<21).map { Float($0) / 21 }
    let data = values.withUnsafeBytes { Data($0) }
    let header = Data(
      #"{"input":{"dtype":"F32","shape":[1,7,3],"data_offsets":[0,84]}}"#.utf8)
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
    try (length + header + data).write(to: URL(filePath: folder.path("x.st")))
    return folder.path("x.st")
  }

  // MARK: - On the device that was asked for

  /// Lost in the second epoch: the model of the first one is kept, the old one stays.
  @Test func theBestModelIsKept() throws {
    let old = try folder.file("m.safetensors", "an old model")
    _ = try faults.run(fit("whole.safetensors", ["--device", "opencl"]), nil)
    let steps = try #require(try faults.counts().first { $0.call == "clEnqueueNDRangeKernel" })
    let fault = OpenCLFaults.Fault(call: steps.call, number: steps.count / 2, stays: true)
    let outcome = try #require(
      try faults.run(fit("m.safetensors", ["--device", "opencl"]), fault))
    #expect(outcome.status == 1)
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    #expect(outcome.errors.contains("use --device cpu"), "\(outcome.errors)")
    #expect(try String(contentsOfFile: old, encoding: .utf8) == "an old model")
    let kept = folder.path("m.kept.safetensors")
    #expect(outcome.errors.hasSuffix("was kept in \(kept)\n"), "\(outcome.errors)")
    let detected = try Command.run([
      "detect", folder.path("sales.csv"), "--model", kept, "-q", "--output", folder.path("o"),
      "--device", "cpu",
    ])
    #expect(detected.status == 0, "\(detected.errors)")
  }

  // MARK: - Every call

  /// Which calls of a function fail: a few, or with LSTM_FAULTS=all every one.
  private static func numbers(of count: Int) -> [Int] {
    if ProcessInfo.processInfo.environment["LSTM_FAULTS"] == "all" { return Array(1...count) }
    return Set([1, (count + 1) / 2]).sorted()
  }

  /// Each call fails once, and each is the last before the device is lost.
  ///
  /// No crash and no hang; the old model stays, or the new one is the one that there is without a
  /// fault.
  @Test(arguments: [false, true]) func everyCallMayFail(stays: Bool) throws {
    let command = fit("m.safetensors", ["--device", "opencl", "--epochs", "2"])
    let whole = try #require(try faults.run(command, nil))
    try #require(whole.status == 0, "\(whole.errors)")
    let model = try bytes("m.safetensors")
    let old = Data("an old model".utf8)
    var (refused, survived, kept) = (0, 0, 0)
    for (call, count) in try faults.counts() {
      for number in Self.numbers(of: count) {
        let fault = OpenCLFaults.Fault(call: call, number: number, stays: stays)
        try old.write(to: URL(filePath: folder.path("m.safetensors")))
        guard let outcome = try faults.run(command, fault) else { continue }
        if outcome.status == 0 {
          survived += 1
          // Where a driver does not tell how large work-groups may be, another plan is taken.
          if call != "clGetKernelWorkGroupInfo" {
            #expect(try bytes("m.safetensors") == model, "\(fault)")
          }
        } else {
          refused += 1
          try expectRefusal(outcome, fault)
          #expect(try bytes("m.safetensors") == old, "\(fault)")
        }
        if folder.exists("m.kept.safetensors") {
          kept += 1
          let inspected = try Command.run(["inspect", folder.path("m.kept.safetensors")])
          #expect(inspected.status == 0, "\(fault): \(inspected.errors)")
          try FileManager.default.removeItem(atPath: folder.path("m.kept.safetensors"))
        }
        #expect(try folder.names() == ["m.safetensors", "sales.csv"], "\(fault)")
      }
    }
    print(
      "\(refused + survived) \(stays ? "lost devices" : "failing calls"): \(refused) refused, \(kept) "
        + "of them with a model kept, \(survived) without an effect")
    #expect(refused > 0 && kept > 0)
  }

  private func expectRefusal(_ outcome: Command.Outcome, _ fault: OpenCLFaults.Fault) throws {
    let lines = outcome.errors.split(separator: "\n")
    #expect(outcome.status == 1, "\(fault): \(outcome.errors)")
    #expect(lines.count == 1 && lines[0].hasPrefix("lstm-detect: "), "\(fault): \(outcome.errors)")
    #expect(!outcome.errors.contains("lstm-detect itself"), "\(fault): \(outcome.errors)")
    #expect(outcome.errors.contains("use --device cpu"), "\(fault): \(outcome.errors)")
  }

  /// Each read in turn brings no numbers: nothing of them goes into a model.
  @Test func everyReadMayBringNoNumbers() throws {
    let command = fit("m.safetensors", ["--device", "opencl", "--epochs", "2"])
    let whole = try #require(try faults.run(command, nil))
    try #require(whole.status == 0, "\(whole.errors)")
    let model = try bytes("m.safetensors")
    let old = Data("an old model".utf8)
    let reads = try #require(try faults.counts().first { $0.call == "clEnqueueReadBuffer" })
    var (refused, survived) = (0, 0)
    for number in 1...reads.count {
      let fault = OpenCLFaults.Fault(call: reads.call, number: number, status: nil)
      try old.write(to: URL(filePath: folder.path("m.safetensors")))
      let outcome = try #require(try faults.run(command, fault))
      if outcome.status == 0 {
        survived += 1
        #expect(try bytes("m.safetensors") == model, "\(fault)")
      } else {
        refused += 1
        #expect(outcome.status == 1, "\(fault): \(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1, "\(fault): \(outcome.errors)")
        #expect(try bytes("m.safetensors") == old, "\(fault)")
      }
      for name in try folder.names() where name.contains("diverged") || name.contains("kept") {
        #expect(try Command.run(["inspect", folder.path(name)]).status == 0)
        try FileManager.default.removeItem(atPath: folder.path(name))
      }
    }
    print("\(reads.count) reads of no numbers: \(refused) refused, \(survived) without an effect")
    #expect(refused > 0)
  }
}

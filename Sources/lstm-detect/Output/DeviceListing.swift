import LSTMCompute
import ResultText

/// The devices of this machine.
struct DeviceListing {
  /// One device.
  struct Entry {
    var name: String
    var selection: DeviceSelection
    var facts: String
    var openCL: OpenCLDevice?
    /// What was found of an OpenCL device.
    var tensorCores: TensorCores?
    /// Whether sizes were measured for it.
    var isTuned = false

    /// In what it can run networks.
    var precisions: [Precision] {
      guard openCL != nil else { return [.float32] }
      let hasTF32 = tensorCores?.precisions.contains(.tf32) == true
      return [.float32] + (hasTF32 ? [.tf32] : []) + [.bf16, .float16]
    }
  }

  private(set) var entries: [Entry] = []
  private(set) var notes: [String] = []
  /// What `--device auto` takes, and why.
  let automatic: String

  /// - Parameter only: The one that is wanted; all where none is.
  /// - Throws: `LSTMError.deviceUnavailable` where the one wanted does not exist.
  init(only: DeviceSelection?) throws {
    automatic = try Backends.make(.auto).reason
    let wanted = try only.map { try Backends.make($0).backend.name }
    for selection in [DeviceSelection.reference, .cpu] {
      let backend = try Backends.make(selection).backend
      entries.append(
        Entry(name: backend.name, selection: selection, facts: backend.deviceDescription))
    }
    do {
      for device in try OpenCLDevice.all() {
        let tuning = device.tuning
        // One that cannot be used must not hide the others.
        do {
          entries.append(try Self.entry(device, isTuned: tuning.isTuned))
        } catch {
          notes.append("opencl:\(device.index) (\(device.name)) cannot be used: \(error)")
        }
        if let note = tuning.note { notes.append(note) }
      }
    } catch LSTMError.deviceUnavailable(let message) {
      notes.append("there is no OpenCL device: \(message)")
    } catch {
      notes.append("OpenCL devices could not be listed: \(error)")
    }
    if let wanted { entries.removeAll { $0.name != wanted } }
  }

  private static func entry(_ device: OpenCLDevice, isTuned: Bool) throws(LSTMError) -> Entry {
    let tensorCores = try TensorCores.of(device)
    let gibibytes = Double(device.memorySize) / 0x1p30
    let facts =
      [
        device.name, device.isProcessor ? "the processor itself" : device.kind.rawValue,
        Findings.count(device.computeUnits, "compute unit"),
        "\(Numbers.fixed(gibibytes, decimals: 1)) GiB", device.platform, "driver \(device.driver)",
        "tensor cores: \(tensorCores)",
      ] + (isTuned ? ["tuned"] : [])
    return Entry(
      name: "opencl:\(device.index)", selection: .opencl(device.index),
      facts: facts.joined(separator: ", "), openCL: device, tensorCores: tensorCores,
      isTuned: isTuned)
  }

  /// The listing for programs, with what was found out about devices, by their names.
  func document(
    verification results: [String: [DeviceVerification.Result]]? = nil,
    tuning: [String: JSONValue] = [:]
  ) -> JSONValue {
    let devices = entries.map { entry in
      var members: [(String, JSONValue)] = [
        ("name", .string(entry.name)), ("description", .string(entry.facts)),
      ]
      if let device = entry.openCL {
        members += [
          ("vendor", .string(device.vendor)), ("platform", .string(device.platform)),
          ("driver", .string(device.driver)), ("kind", .string(device.kind.rawValue)),
          ("compute_units", .integer(device.computeUnits)),
          ("memory_bytes", .integer(device.memorySize)),
          ("largest_allocation_bytes", .integer(device.largestAllocation)),
          ("local_memory_bytes", .integer(device.localMemorySize)),
          ("is_processor", .bool(device.isProcessor)), ("tuned", .bool(entry.isTuned)),
        ]
      }
      if let tensorCores = entry.tensorCores {
        members += [
          ("tensor_cores", .array(tensorCores.precisions.map { .string($0.rawValue) })),
          ("tensor_core_refusals", refusals(tensorCores)),
        ]
      }
      if let tuning = tuning[entry.name] { members.append(("tuning", tuning)) }
      if let results {
        members.append(("verification", .array((results[entry.name] ?? []).map(Self.document))))
      }
      return JSONValue.object(members)
    }
    return .object([("automatic", .string(automatic)), ("devices", .array(devices))])
  }

  /// Why tensor cores do not multiply, by precision.
  private func refusals(_ tensorCores: TensorCores) -> JSONValue {
    .object(
      Precision.allCases.compactMap { precision in
        tensorCores.refusals[precision].map { (precision.rawValue, .string($0)) }
      })
  }

  private static func document(_ result: DeviceVerification.Result) -> JSONValue {
    .object([
      ("case", .string(result.verified.description)),
      ("plan", result.plan.map { .string($0) } ?? .null),
      ("precision", .string(result.precision.rawValue)), ("passed", .bool(result.passed)),
      ("forward_error", .number(result.forward.error)),
      ("gradient_error", .number(result.gradient.error)),
      ("training_error", .number(result.training.error)),
    ])
  }
}

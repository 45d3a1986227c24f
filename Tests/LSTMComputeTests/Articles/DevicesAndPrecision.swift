import LSTMCompute

/// The code of the article of this name.
enum DevicesAndPrecision {
  static func list() throws {
    for device in try OpenCLDevice.all() {
      print("opencl:\(device.index)", device.name, device.kind, device.memorySize >> 20, "MiB")
    }
  }

  static func choose() throws -> [any Backend] {
    let automatic = try Backends.make(.auto)
    let threads = CPUBackend(threads: 4)
    let yardstick = ReferenceBackend()
    return [automatic.backend, threads, yardstick]
  }

  static func force() throws -> any Backend {
    let gpu = try Backends.make(.opencl(0), plan: .stepwise)
    return gpu.backend
  }

  static func halve() throws -> any Backend {
    let half = try Backends.make(.opencl(nil), precision: .float16)
    return half.backend
  }

  static func fallBack() throws -> any Backend {
    let gpu = try Backends.make(.auto).backend
    let backend = FallbackBackend(gpu, fallback: CPUBackend()) { failure in
      print("\(failure); the processor goes on")
    }
    return backend
  }

  static func verify(_ backend: any Backend, _ cases: [DeviceVerification.Case]?) throws -> Bool {
    let results = try DeviceVerification.run(on: backend, cases: cases) { print($0) }
    return results.allSatisfy(\.passed)
  }
}

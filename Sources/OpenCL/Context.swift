internal import COpenCL
internal import Synchronization

/// Where the memory and the programs of one device live.
///
/// `@unchecked Sendable`: OpenCL's calls on contexts may come from every thread, and the cache is
/// behind a lock.
package final class Context: @unchecked Sendable {
  package let device: Device
  let handle: Handle<ContextKind>
  private let cache: ProgramCache
  private let programs = Mutex<[Program.Key: Program]>([:])
  private let facts = Mutex<[String: any Sendable]>([:])

  /// A context.
  ///
  /// - Parameters:
  ///   - device: Whose memory and programs these are.
  ///   - cache: Where programs are kept for the next process; what suits the device where none is
  ///     given.
  /// - Throws: What the device refuses.
  package init(_ device: Device, cache: ProgramCache? = nil) throws(OpenCLError) {
    self.device = device
    self.cache = cache ?? .standard(for: device)
    handle = try Handle(call: "clCreateContext(\(device.name))") { status in
      var identifier: OpaquePointer? = device.pointer
      return clCreateContext(nil, 1, &identifier, nil, nil, &status)
    }
  }

  /// The program of these files and options, built at the first call for it or taken from the cache.
  ///
  /// The lock is held while building, so that a second thread waits for the program instead of
  /// building it again.
  package func program(
    files: [SourceFile], options: [String] = []
  ) throws(OpenCLError) -> Program {
    let key = Program.Key(
      device: device.name, driver: device.driverVersion, files: files, options: options)
    return try programs.withLock { programs -> Result<Program, OpenCLError> in
      if let program = programs[key] { return .success(program) }
      return Result { () throws(OpenCLError) in
        let program = try Program(
          files: files, options: options, context: self, cache: cache)
        programs[key] = program
        return program
      }
    }.get()
  }

  /// What was found out about the device, at the first call for it.
  ///
  /// The lock is held meanwhile, so that nothing is found out twice; `find` must not ask for another
  /// fact.
  package func fact<Value: Sendable>(_ name: String, find: () -> Value) -> Value {
    facts.withLock { facts in
      // In two steps, because nothing at all would be a value where `Value` is an optional.
      if let fact = facts[name], let value = fact as? Value { return value }
      let value = find()
      facts[name] = value
      return value
    }
  }

  /// The context that all who use a device share, so that a program is built once in a process.
  package static func shared(for device: Device) throws(OpenCLError) -> Context {
    try contexts.withLock { contexts -> Result<Context, OpenCLError> in
      if let context = contexts[device.index] { return .success(context) }
      return Result { () throws(OpenCLError) in
        let context = try Context(device)
        contexts[device.index] = context
        return context
      }
    }.get()
  }

  private static let contexts = Mutex<[Int: Context]>([:])
}

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

  /// A context.
  ///
  /// - Parameters:
  ///   - device: Whose memory and programs these are.
  ///   - cache: Where programs are kept for the next process.
  /// - Throws: What the device refuses.
  package init(_ device: Device, cache: ProgramCache = .standard) throws(OpenCLError) {
    self.device = device
    self.cache = cache
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

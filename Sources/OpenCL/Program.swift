internal import COpenCL

/// The text of a kernel file, with the name by which build logs call it.
package struct SourceFile: Hashable, Sendable {
  package let name: String
  package let text: String

  package init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}

/// Kernels, built for one device.
///
/// `@unchecked Sendable`: a program is not changed once built, and kernels may be made from it by
/// every thread.
package final class Program: @unchecked Sendable {
  /// What decides what a build gives.
  struct Key: Hashable {
    var device: String
    var driver: String
    var files: [SourceFile]
    var options: [String]
  }

  /// Where a program comes from.
  package enum Origin: Hashable, Sendable {
    /// It was compiled.
    case source
    /// It was compiled by an earlier process.
    case cache
  }

  let handle: Handle<ProgramKind>
  let device: Device
  package let origin: Origin

  /// Builds the files, one after the other as if they were one, unless that was done before.
  ///
  /// - Throws: An error with the build log, in which lines are those of the files.
  init(
    files: [SourceFile], options: [String], context: Context, cache: ProgramCache
  ) throws(OpenCLError) {
    device = context.device
    let text = files.map { "#line 1 \"\($0.name)\"\n\($0.text)\n" }.joined()
    let options = options.joined(separator: " ")
    // The parts are apart by what none of them has.
    let key = [device.identity, options, text].joined(separator: "\u{0}")
    if let binary = cache.binary(for: key),
      let program = Self.program(binary: binary, options: options, context: context)
    {
      handle = program
      origin = .cache
      return
    }
    let names = files.map(\.name).joined(separator: " + ")
    handle = try Self.program(text: text, names: names, options: options, context: context)
    origin = .source
    cache.store(Self.binary(of: handle.pointer), for: key)
  }

  private static func program(
    text: String, names: String, options: String, context: Context
  ) throws(OpenCLError) -> Handle<ProgramKind> {
    let device = context.device
    let created = try Handle<ProgramKind>(call: "clCreateProgramWithSource(\(names))") { status in
      text.withCString { pointer in
        var pointer: UnsafePointer<CChar>? = pointer
        return clCreateProgramWithSource(context.handle.pointer, 1, &pointer, nil, &status)
      }
    }
    let status = build(created.pointer, options, device)
    let log = status == 0 ? nil : buildLog(created.pointer, device)
    try check(status, "clBuildProgram(\(names))", detail: log)
    return created
  }

  /// The program of a binary; `nil` where the driver does not take it, which it need not.
  private static func program(
    binary: [UInt8], options: String, context: Context
  ) -> Handle<ProgramKind>? {
    var refusal: Int32 = 0
    let created = try? Handle<ProgramKind>(call: "clCreateProgramWithBinary") { status in
      binary.withUnsafeBufferPointer { bytes in
        var identifier: OpaquePointer? = context.device.pointer
        var length = bytes.count
        var pointer = bytes.baseAddress
        return clCreateProgramWithBinary(
          context.handle.pointer, 1, &identifier, &length, &pointer, &refusal, &status)
      }
    }
    guard let created, refusal == 0, build(created.pointer, options, context.device) == 0 else {
      return nil
    }
    return created
  }

  private static func build(
    _ program: OpaquePointer, _ options: String, _ device: Device
  ) -> Int32 {
    var identifier: OpaquePointer? = device.pointer
    return clBuildProgram(program, 1, &identifier, options, nil, nil)
  }

  /// What the driver makes of a built program of one device; `nil` where it gives nothing.
  private static func binary(of program: OpaquePointer) -> [UInt8]? {
    var size = 0
    let sizeStatus = clGetProgramInfo(
      program, cl_program_info(CL_PROGRAM_BINARY_SIZES), MemoryLayout<Int>.size, &size, nil)
    guard sizeStatus == 0, size > 0 else { return nil }
    var status: Int32 = 0
    let binary = [UInt8](unsafeUninitializedCapacity: size) { bytes, count in
      var pointer = bytes.baseAddress
      status = clGetProgramInfo(
        program, cl_program_info(CL_PROGRAM_BINARIES), MemoryLayout.size(ofValue: pointer),
        &pointer, nil)
      count = status == 0 ? size : 0
    }
    return binary.isEmpty ? nil : binary
  }

  private static func buildLog(_ program: OpaquePointer, _ device: Device) -> String? {
    try? textOfInfo("clGetProgramBuildInfo") {
      clGetProgramBuildInfo(
        program, device.pointer, cl_program_build_info(CL_PROGRAM_BUILD_LOG), $0, $1, $2)
    }
  }
}

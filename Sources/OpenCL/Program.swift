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

  let handle: Handle<ProgramKind>
  let device: Device

  /// Builds the files, one after the other as if they were one.
  ///
  /// - Throws: An error with the build log, in which lines are those of the files.
  init(files: [SourceFile], options: [String], context: Context) throws(OpenCLError) {
    device = context.device
    let names = files.map(\.name).joined(separator: " + ")
    let text = files.map { "#line 1 \"\($0.name)\"\n\($0.text)\n" }.joined()
    let created = try Handle<ProgramKind>(call: "clCreateProgramWithSource(\(names))") { status in
      text.withCString { pointer in
        var pointer: UnsafePointer<CChar>? = pointer
        return clCreateProgramWithSource(context.handle.pointer, 1, &pointer, nil, &status)
      }
    }
    var identifier: OpaquePointer? = device.pointer
    let status = clBuildProgram(
      created.pointer, 1, &identifier, options.joined(separator: " "), nil, nil)
    let log = status == 0 ? nil : Self.buildLog(created.pointer, device)
    handle = created
    try check(status, "clBuildProgram(\(names))", detail: log)
  }

  private static func buildLog(_ program: OpaquePointer, _ device: Device) -> String? {
    try? textOfInfo("clGetProgramBuildInfo") {
      clGetProgramBuildInfo(
        program, device.pointer, cl_program_build_info(CL_PROGRAM_BUILD_LOG), $0, $1, $2)
    }
  }
}

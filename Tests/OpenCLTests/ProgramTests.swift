import OpenCL
import Testing

@Suite(.enabled(if: DeviceUnderTest.exists)) struct ProgramTests {
  @Test func buildLogNamesTheFileAndTheLine() throws {
    let files = [
      SourceFile(name: "first.cl", text: "float half_of(float x) {\n  return 0.5f * x;\n}"),
      SourceFile(
        name: "second.cl",
        text: "__kernel void k(__global float *x) {\n  x[0] = half_of(1.0f);\n  x[1] = missing;\n}"),
    ]
    let context = try DeviceUnderTest.context()
    let error = try #require(throws: OpenCLError.self) { try context.program(files: files) }
    #expect(error.status == .buildProgramFailure)
    #expect(error.call == "clBuildProgram(first.cl + second.cl)")
    #expect(error.detail?.contains("second.cl:3") == true, "\(error)")
    #expect(error.detail?.contains("missing") == true, "\(error)")
  }

  @Test func isBuiltOnceForTheSameTextAndOptions() throws {
    let context = try DeviceUnderTest.context()
    let file = SourceFile(
      name: "n.cl", text: "__kernel void k(__global float *x) { x[0] = N; }")
    let one = try context.program(files: [file], options: ["-DN=1"])
    #expect(try context.program(files: [file], options: ["-DN=1"]) === one)
    #expect(try context.program(files: [file], options: ["-DN=2"]) !== one)
  }

  @Test func optionsReachTheText() throws {
    let context = try DeviceUnderTest.context()
    let file = SourceFile(
      name: "n.cl", text: "__kernel void k(__global float *x) { x[0] = N; }")
    let queue = try CommandQueue(context)
    let x = try Buffer<Float>(count: 1, in: context)
    for n in [3, 4] {
      var kernel = try Kernel("k", of: context.program(files: [file], options: ["-DN=\(n)"]))
      try kernel(on: queue, global: WorkSize(1), local: WorkSize(1), x)
      #expect(try queue.read(x) == [Float(n)])
    }
  }

  @Test func missesAKernelByName() throws {
    let program = try DeviceUnderTest.context().program(files: [DeviceUnderTest.source])
    let error = #expect(throws: OpenCLError.self) { _ = try Kernel("nothing", of: program) }
    #expect(error?.call == "clCreateKernel(nothing)")
    #expect(error?.status.name == "CL_INVALID_KERNEL_NAME")
  }
}

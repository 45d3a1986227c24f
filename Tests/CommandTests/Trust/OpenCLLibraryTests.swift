import Foundation
import TestSupport
import Testing

/// OpenCL's library is there when it is needed, and only then.
@Suite struct OpenCLLibraryTests {
  private func run(_ arguments: [String], library: String) throws -> Command.Outcome {
    try Command.run(arguments, shell: "SWIFT_LSTM_OPENCL='\(library)' exec \"$@\"")
  }

  /// The dynamic linker lists what it would load before the command starts.
  @Test func theCommandStartsWithoutIt() throws {
    let outcome = try Command.run([], shell: "LD_TRACE_LOADED_OBJECTS=1 exec \"$@\"")
    #expect(outcome.output.contains("libc.so"))
    #expect(!outcome.output.contains("OpenCL"), "\(outcome.output)")
  }

  @Test func allButItsDevicesWorkWithoutIt() throws {
    let folder = try Folder()
    _ = try folder.file("sales.csv", Sales.csv())
    let missing = folder.path("libOpenCL.so.1")
    let fit = ["fit", folder.path("sales.csv"), "--target", "units", "-q"] + Sales.quick
    for (device, name) in [("auto", "a"), ("cpu", "b")] {
      let outcome = try run(
        fit + ["--model", folder.path(name), "--device", device], library: missing)
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    }
    let models = try ["a", "b"].map { try Data(contentsOf: URL(filePath: folder.path($0))) }
    #expect(models[0] == models[1])

    let listed = try run(["devices"], library: missing)
    #expect(listed.status == 0)
    #expect(listed.errors.contains("note: there is no OpenCL device: OpenCL's library \(missing)"))
    #expect(listed.errors.contains("is not on this machine"))
    #expect(!listed.output.contains("opencl:"))

    let refused = try run(
      fit + ["--model", folder.path("c"), "--device", "opencl"], library: missing)
    #expect(refused.status == 1)
    #expect(refused.errors.split(separator: "\n").count == 1, "\(refused.errors)")
    #expect(refused.errors.contains("ocl-icd-libopencl1"), "\(refused.errors)")
    #expect(refused.errors.contains("or use --device cpu"), "\(refused.errors)")
    #expect(!folder.exists("c"))
  }

  /// A file that is no library, and a library that is not OpenCL's.
  @Test func saysWhatIsWrongWithAnother() throws {
    let folder = try Folder()
    let text = try folder.file("text.so", "no library")
    let broken = try run(["devices", "--device", "opencl"], library: text)
    #expect(broken.status == 1)
    #expect(broken.errors.contains("\(text), which SWIFT_LSTM_OPENCL names, cannot be loaded: "))
    let other = try run(["devices", "--device", "opencl:0"], library: "libm.so.6")
    #expect(other.status == 1)
    #expect(other.errors.contains("lacks clGetPlatformIDs of OpenCL 1.2"), "\(other.errors)")
  }
}

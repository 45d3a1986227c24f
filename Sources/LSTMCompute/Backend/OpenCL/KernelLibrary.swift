internal import CKernels
internal import OpenCL

/// The kernels in `Kernels/`, built for a device when they are first asked for.
struct KernelLibrary: Sendable {
  let context: Context
  /// The sizes with which kernels are built.
  let tuning: DeviceTuning

  init(_ context: Context, tuning: DeviceTuning = .standard) {
    self.context = context
    self.tuning = tuning
  }

  /// How far the loops of products are unrolled: on a GPU as far as the kernels say, on the processor
  /// less, where it gains nothing and takes long to build.
  static func unrolling(isProcessor: Bool) -> [(name: String, value: Int)] {
    isProcessor ? [("UNROLL", 1)] : []
  }

  /// A kernel.
  ///
  /// - Parameters:
  ///   - source: What it is built of.
  ///   - items: How many a work-group is to have, where that is so many that a device may not have
  ///     the registers for them.
  /// - Returns: A kernel of the caller's own.
  /// - Throws: An error with the build log, or with the work-groups that the driver would take.
  func kernel(_ source: KernelSource, items: Int? = nil) throws(OpenCLError) -> Kernel {
    let program = try context.program(
      files: source.files.map { SourceFile($0) }, options: ["-cl-std=CL1.2"] + source.options)
    let kernel = try Kernel(source.name, of: program)
    guard let items else { return kernel }
    let largest = try kernel.largestWorkGroup(on: context.device)
    guard items <= largest else {
      throw OpenCLError(
        status: .outOfResources, call: "clGetKernelWorkGroupInfo(\(source.name))",
        detail: "its work-groups have \(items) items, and the device takes \(largest) of them")
    }
    return kernel
  }
}

extension SourceFile {
  init(_ file: KernelFile) {
    self.init(name: String(cString: file.cName), text: String(cString: file.cString))
  }
}

/// The number of tiles of a size that cover a count.
func tiles(_ count: Int, of size: Int) -> Int {
  (count + size - 1) / size
}

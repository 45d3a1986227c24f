internal import CKernels
internal import OpenCL

/// An optimizer's kernel in the variants that its macros make.
///
/// The plain one is built at once, the others when they are first asked for.
final class OptimizerKernel {
  /// A macro that adds something to a kernel.
  enum Option: String {
    case adjusts = "ADJUSTS"
    case nesterov = "NESTEROV"
    case moves = "MOVES"
  }

  /// A class, because a kernel cannot be copied into a dictionary.
  private final class Variant {
    var kernel: Kernel
    init(_ kernel: consuming Kernel) { self.kernel = kernel }
  }

  private static let group = WorkSize(64)

  private let library: KernelLibrary
  private let name: String
  private let file: KernelFile
  private var variants: [Set<Option>: Variant] = [:]

  init(_ name: String, in file: KernelFile, of library: KernelLibrary) throws(OpenCLError) {
    (self.library, self.name, self.file) = (library, name, file)
    _ = try variant([])
  }

  /// Launches the variant with some options for a range of elements.
  func callAsFunction<each Argument: KernelArgument>(
    _ options: Set<Option>, on queue: CommandQueue, _ range: Range<Int>,
    _ arguments: repeat each Argument
  ) throws(OpenCLError) {
    try variant(options).kernel(
      on: queue, global: Self.group.times(tiles(range.count, of: Self.group.x)),
      local: Self.group, UInt64(range.lowerBound), UInt64(range.count), repeat each arguments)
  }

  private func variant(_ options: Set<Option>) throws(OpenCLError) -> Variant {
    if let variant = variants[options] { return variant }
    let names = options.map(\.rawValue).sorted()
    let variant = Variant(
      try library.kernel(name, in: file, definitions: names.map { ($0, 1) }))
    variants[options] = variant
    return variant
  }
}

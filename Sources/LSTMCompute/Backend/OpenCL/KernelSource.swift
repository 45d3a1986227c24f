internal import CKernels

/// A kernel and how its program is built: files, one after the other, and macros.
struct KernelSource: Hashable, Sendable {
  /// The function.
  let name: String
  /// Where it is.
  let file: KernelFile
  /// What the file's macros are set to, in place of their defaults: `-DROWS=4`.
  private(set) var options: [String]

  init(
    _ name: String, in file: KernelFile, definitions: [(name: String, value: Int)] = []
  ) {
    self.name = name
    self.file = file
    options = definitions.map { "-D\($0.name)=\($0.value)" }
  }

  /// All files of the program.
  var files: [KernelFile] { [.common] + file.parts + [file] }

  /// The same with more macros.
  func adding(_ definitions: [(name: String, value: Int)]) -> KernelSource {
    var source = self
    source.options += definitions.map { "-D\($0.name)=\($0.value)" }
    return source
  }
}

extension KernelFile {
  /// The files besides the common one that are built before it.
  var parts: [KernelFile] {
    switch self {
    case .cellForward, .cellBackward, .projectionForward, .projectionBackward, .lstmStepForward,
      .lstmStepBackward:
      [.lstmCell]
    case .lstmResidentForward, .lstmResidentBackward: [.lstmCell, .lstmResident]
    case .gridBarrierProbe: [.gridBarrier]
    case .lstmCooperativeForward, .lstmCooperativeBackward:
      [.gridBarrier, .lstmCell, .lstmCooperative]
    case .tensorProduct: [.tensorFragments]
    case .lstmTensorStepForward, .lstmTensorStepBackward:
      [.lstmCell, .tensorFragments, .tensorStep]
    default: []
    }
  }
}

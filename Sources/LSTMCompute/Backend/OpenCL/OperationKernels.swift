internal import OpenCL

/// The kernels that operations are made of, each built when it is first needed.
final class OperationKernels {
  struct ProductVariant: Hashable {
    var kind: MatrixProduct.Kind
    var accumulates = false
    var precision = Precision.float32
    /// Two products of one left operand.
    var isJoined = false
  }

  let library: KernelLibrary
  private var products: [ProductVariant: MatrixProduct] = [:]
  private var tensorProducts: [TensorProduct.Variant: TensorProduct] = [:]
  private var tensorStepForwards: [LSTMTensorStep.Variant: LSTMTensorStepForward] = [:]
  private var tensorStepBackwards: [LSTMTensorStep.Variant: LSTMTensorStepBackward] = [:]
  private var cellForwards: [CellKernelOptions: CellForward] = [:]
  private var cellBackwards: [CellKernelOptions: CellBackward] = [:]
  private var projectionForwards: [Precision: ProjectionForward] = [:]
  private var narrows: [Precision: Narrow] = [:]
  private var others: [ObjectIdentifier: AnyObject] = [:]

  /// Why whole steps are not computed on tensor cores, where the device has refused their kernels.
  private(set) var stepRefusal: String?

  /// Who multiplies on tensor cores, where somebody does.
  private let instructions: TensorProduct.Instructions?

  init(_ library: KernelLibrary, _ instructions: TensorProduct.Instructions?) {
    self.library = library
    self.instructions = instructions
  }

  /// The product in a precision on tensor cores; `nil` where it is to be in float32.
  func tensorProduct(
    _ kind: MatrixProduct.Kind, accumulates: Bool = false, format: Precision,
    storage: Precision = .float32
  ) throws(OpenCLError) -> TensorProduct? {
    guard let instructions, format != .float32 else { return nil }
    return try made(
      TensorProduct.Variant(kind, accumulates: accumulates, format: format, storage: storage),
      \.tensorProducts
    ) { library, variant throws(OpenCLError) in
      try TensorProduct(library, variant, instructions)
    }
  }

  /// A whole step on tensor cores; `nil` where there are none or the device refuses its kernels.
  func tensorStepForward(
    _ variant: LSTMTensorStep.Variant
  ) throws(OpenCLError) -> LSTMTensorStepForward? {
    guard let instructions else { return nil }
    return try unlessRefused { () throws(OpenCLError) in
      try made(variant, \.tensorStepForwards) { library, variant throws(OpenCLError) in
        try LSTMTensorStepForward(library, variant, instructions)
      }
    }
  }

  /// The same backward.
  func tensorStepBackward(
    _ variant: LSTMTensorStep.Variant
  ) throws(OpenCLError) -> LSTMTensorStepBackward? {
    guard let instructions else { return nil }
    return try unlessRefused { () throws(OpenCLError) in
      try made(variant, \.tensorStepBackwards) { library, variant throws(OpenCLError) in
        try LSTMTensorStepBackward(library, variant, instructions)
      }
    }
  }

  private func unlessRefused<Value>(
    _ make: () throws(OpenCLError) -> Value
  ) throws(OpenCLError) -> Value? {
    guard stepRefusal == nil else { return nil }
    do {
      return try make()
    } catch {
      guard error.refusesKernel else { throw error }
      stepRefusal = String(error.description.prefix { !$0.isNewline })
      return nil
    }
  }

  func product(_ variant: ProductVariant) throws(OpenCLError) -> MatrixProduct {
    try made(variant, \.products) { library, variant throws(OpenCLError) in
      try MatrixProduct(
        library, variant.kind, accumulates: variant.accumulates, precision: variant.precision,
        joined: variant.isJoined)
    }
  }

  func cellForward(_ options: CellKernelOptions) throws(OpenCLError) -> CellForward {
    try made(options, \.cellForwards, CellForward.init)
  }

  func cellBackward(_ options: CellKernelOptions) throws(OpenCLError) -> CellBackward {
    try made(options, \.cellBackwards, CellBackward.init)
  }

  func projectionForward(_ precision: Precision) throws(OpenCLError) -> ProjectionForward {
    try made(precision, \.projectionForwards, ProjectionForward.init)
  }

  func narrow(_ precision: Precision) throws(OpenCLError) -> Narrow {
    try made(precision, \.narrows, Narrow.init)
  }

  /// A kernel of which there is one variant.
  func only<Value: AnyObject>(
    _ make: (KernelLibrary) throws(OpenCLError) -> Value
  ) throws(OpenCLError) -> Value {
    let key = ObjectIdentifier(Value.self)
    if let value = others[key] as? Value { return value }
    let value = try make(library)
    others[key] = value
    return value
  }

  private func made<Key: Hashable, Value>(
    _ key: Key, _ path: ReferenceWritableKeyPath<OperationKernels, [Key: Value]>,
    _ make: (KernelLibrary, Key) throws(OpenCLError) -> Value
  ) throws(OpenCLError) -> Value {
    if let value = self[keyPath: path][key] { return value }
    let value = try make(library, key)
    self[keyPath: path][key] = value
    return value
  }
}

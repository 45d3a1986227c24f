internal import OpenCL

/// The kernels that operations are made of, each built when it is first needed.
final class OperationKernels {
  struct ProductVariant: Hashable {
    var kind: MatrixProduct.Kind
    var accumulates = false
    var precision = Precision.float32
  }

  let library: KernelLibrary
  private var products: [ProductVariant: MatrixProduct] = [:]
  private var cellForwards: [CellKernelOptions: CellForward] = [:]
  private var cellBackwards: [CellKernelOptions: CellBackward] = [:]
  private var projectionForwards: [Precision: ProjectionForward] = [:]
  private var narrows: [Precision: Narrow] = [:]
  private var others: [ObjectIdentifier: AnyObject] = [:]

  init(_ library: KernelLibrary) {
    self.library = library
  }

  func product(_ variant: ProductVariant) throws(OpenCLError) -> MatrixProduct {
    try made(variant, \.products) { library, variant throws(OpenCLError) in
      try MatrixProduct(
        library, variant.kind, accumulates: variant.accumulates, precision: variant.precision)
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

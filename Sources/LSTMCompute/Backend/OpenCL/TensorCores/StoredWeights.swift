internal import OpenCL

/// A weight of the parameters as products read it.
package final class StoredWeights {
  enum Storage {
    /// Where it lies among the parameters.
    case parameters(Buffer<Float>)
    /// A copy in 16 bits.
    case bits(Buffer<UInt16>, Precision)
  }

  /// `[n, k]`.
  package let slice: ParameterSlice
  let storage: Storage

  init(
    _ slice: ParameterSlice, of parameters: Buffer<Float>, _ precision: Precision,
    in context: Context
  ) throws(OpenCLError) {
    self.slice = slice
    storage =
      precision.storage == 0
      ? .parameters(parameters)
      : .bits(try Buffer(count: slice.count, in: context), precision)
  }

  var precision: Precision {
    switch storage {
    case .parameters: .float32
    case .bits(_, let precision): precision
    }
  }
}

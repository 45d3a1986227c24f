import OpenCL
import Testing

/// The first device there is, for the tests that need one.
enum DeviceUnderTest {
  static let device: Device? = try? Device.all().first

  static var exists: Bool { device != nil }

  static func context() throws -> Context {
    try Context.shared(for: #require(device))
  }

  /// y[i] = a x[i] + y[i].
  static let source = SourceFile(
    name: "toy.cl",
    text: """
      __kernel void scale_add(const int count, const float a, __global const float *x,
                              __global float *y) {
        const size_t i = get_global_id(0);
        if (i < count) y[i] = a * x[i] + y[i];
      }
      """)
}

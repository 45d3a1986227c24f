import OpenCL
import Testing

/// The first device there is, for the tests that need one.
enum DeviceUnderTest {
  static let device: Device? = try? Device.all().first

  static var exists: Bool { device != nil }

  static func context() throws -> Context {
    try Context.shared(for: #require(device))
  }

  /// y[i] = a x[i] + y[i], and a sum through local memory whose size the host decides.
  static let source = SourceFile(
    name: "toy.cl",
    text: """
      __kernel void scale_add(const int count, const float a, __global const float *x,
                              __global float *y) {
        const size_t i = get_global_id(0);
        if (i < count) y[i] = a * x[i] + y[i];
      }

      __kernel void group_sum(__local float *scratch, __global const float *x, __global float *y) {
        const size_t i = get_local_id(0);
        scratch[i] = x[get_global_id(0)];
        barrier(CLK_LOCAL_MEM_FENCE);
        if (i == 0) {
          float sum = 0.0f;
          for (size_t j = 0; j < get_local_size(0); j++) sum += scratch[j];
          y[get_group_id(0)] = sum;
        }
      }
      """)
}

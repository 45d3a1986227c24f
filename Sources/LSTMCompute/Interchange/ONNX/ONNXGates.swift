/// The order of gates in ONNX's LSTM operator, i, o, f, c, where ours is i, f, g, o.
enum ONNXGates {
  /// Blocks of gates in ONNX's order, from ours.
  static func written(_ gates: ArraySlice<Float>) -> [Float] { blocks([0, 3, 1, 2], of: gates) }

  /// Blocks of gates in our order, from ONNX's.
  static func read(_ gates: ArraySlice<Float>) -> [Float] { blocks([0, 2, 3, 1], of: gates) }

  /// Peepholes of i, f, o in ONNX's order i, o, f, or back: the same swap leads both ways.
  static func peepholes(_ values: ArraySlice<Float>) -> [Float] { blocks([0, 2, 1], of: values) }

  private static func blocks(_ order: [Int], of values: ArraySlice<Float>) -> [Float] {
    let size = values.count / order.count
    return order.flatMap { values.dropFirst($0 * size).prefix(size) }
  }
}

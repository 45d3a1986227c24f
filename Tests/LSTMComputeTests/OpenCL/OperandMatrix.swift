import OpenCL
import TestSupport

@testable import LSTMCompute

/// A random matrix whose rows lie further apart than they are long and which does not begin at 0.
struct OperandMatrix {
  private let values: [Float]
  private let pitch: Int
  private let offset = 3

  init(rows: Int, columns: Int, _ generator: inout PhiloxGenerator) {
    pitch = columns + 2
    // What lies between the rows must not be read.
    var values = [Float](repeating: .nan, count: offset + rows * pitch + 1)
    for row in 0..<rows {
      let start = offset + row * pitch
      values.replaceSubrange(start..<start + columns, with: generator.values(columns))
    }
    self.values = values
  }

  func element(_ row: Int, _ column: Int) -> Float { values[offset + row * pitch + column] }

  func operand(_ bench: KernelBench) throws -> MatrixOperand {
    MatrixOperand(try bench.buffer(values), offset: offset, pitch: pitch)
  }

  func stored(_ bench: KernelBench, _ precision: Precision) throws -> MatrixElements<UInt16> {
    let bits = values.map { Rounding16.bits($0, precision) }
    return MatrixElements(try bench.buffer(bits), offset: offset, pitch: pitch)
  }
}

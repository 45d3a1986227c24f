// The equations of one LSTM layer as plain loops: the yardstick of the other backends.
//
// As such it is readable and never optimised, uses nothing of any processor, and is generic so that
// it also runs in Double. Sequences are time-major, states are `[T+1, B, H]` with slot 0 the initial
// state, gates are `[T, B, 4H]` in the order i, f, g, o.

internal import RealModule

/// The weights of one layer, in PyTorch's shapes.
struct ReferenceLayerWeights<Scalar: Real & BinaryFloatingPoint> {
  /// `[4H, I]`.
  var input: [Scalar]
  /// `[4H, H]`.
  var recurrent: [Scalar]
  /// `[4H]`.
  var inputBias: [Scalar]
  /// `[4H]`.
  var recurrentBias: [Scalar]
}

/// What the forward pass of one layer leaves for the backward pass.
struct ReferenceLayerTrace<Scalar: Real & BinaryFloatingPoint> {
  /// `[T+1, B, H]`.
  var hidden: [Scalar]
  /// `[T+1, B, H]`.
  var cell: [Scalar]
  /// `[T, B, 4H]`, after their activations.
  var gates: [Scalar]
}

/// One LSTM layer over a whole sequence.
struct ReferenceLSTM<Scalar: Real & BinaryFloatingPoint> {
  let steps: Int
  let batch: Int
  let inputSize: Int
  let hiddenSize: Int

  static func sigmoid(_ x: Scalar) -> Scalar { 1 / (1 + .exp(-x)) }

  /// Runs the layer from zero states over `input` `[T, B, I]`.
  @specialized(where Scalar == Double)
  func forward(_ input: [Scalar], _ weights: ReferenceLayerWeights<Scalar>)
    -> ReferenceLayerTrace<Scalar>
  {
    let (B, I, H) = (batch, inputSize, hiddenSize)
    var hidden = [Scalar](repeating: 0, count: (steps + 1) * B * H)
    var cell = hidden
    var gates = [Scalar](repeating: 0, count: steps * B * 4 * H)
    for t in 0..<steps {
      for b in 0..<B {
        let x = (t * B + b) * I
        let before = (t * B + b) * H
        let now = ((t + 1) * B + b) * H
        let gate = (t * B + b) * 4 * H
        for row in 0..<4 * H {
          var sum = weights.inputBias[row] + weights.recurrentBias[row]
          for k in 0..<I { sum += weights.input[row * I + k] * input[x + k] }
          for k in 0..<H { sum += weights.recurrent[row * H + k] * hidden[before + k] }
          gates[gate + row] = row / H == 2 ? .tanh(sum) : Self.sigmoid(sum)
        }
        for j in 0..<H {
          let (i, f) = (gates[gate + j], gates[gate + H + j])
          let (g, o) = (gates[gate + 2 * H + j], gates[gate + 3 * H + j])
          cell[now + j] = f * cell[before + j] + i * g
          hidden[now + j] = o * .tanh(cell[now + j])
        }
      }
    }
    return ReferenceLayerTrace(hidden: hidden, cell: cell, gates: gates)
  }

  /// The gradients of a loss through the layer.
  ///
  /// - Parameters:
  ///   - hiddenGradient: `[T, B, H]`, the loss by each step's output.
  ///   - input: `[T, B, I]`, as in the forward pass.
  ///   - trace: What the forward pass left.
  ///   - weights: As in the forward pass.
  /// - Returns: The loss by each weight, and by the input `[T, B, I]`.
  @specialized(where Scalar == Double)
  func backward(
    hiddenGradient: [Scalar], input: [Scalar], trace: ReferenceLayerTrace<Scalar>,
    weights: ReferenceLayerWeights<Scalar>
  ) -> (weights: ReferenceLayerWeights<Scalar>, input: [Scalar]) {
    let (B, I, H) = (batch, inputSize, hiddenSize)
    var gradient = ReferenceLayerWeights<Scalar>(
      input: Array(repeating: 0, count: 4 * H * I),
      recurrent: Array(repeating: 0, count: 4 * H * H),
      inputBias: Array(repeating: 0, count: 4 * H),
      recurrentBias: Array(repeating: 0, count: 4 * H))
    var inputGradient = [Scalar](repeating: 0, count: steps * B * I)
    var carriedHidden = [Scalar](repeating: 0, count: B * H)
    var carriedCell = carriedHidden
    var gateGradient = [Scalar](repeating: 0, count: 4 * H)

    for t in (0..<steps).reversed() {
      for b in 0..<B {
        let x = (t * B + b) * I
        let before = (t * B + b) * H
        let now = ((t + 1) * B + b) * H
        let gate = (t * B + b) * 4 * H
        for j in 0..<H {
          let (i, f) = (trace.gates[gate + j], trace.gates[gate + H + j])
          let (g, o) = (trace.gates[gate + 2 * H + j], trace.gates[gate + 3 * H + j])
          let squashed = Scalar.tanh(trace.cell[now + j])
          let dh = hiddenGradient[(t * B + b) * H + j] + carriedHidden[b * H + j]
          let dc = carriedCell[b * H + j] + dh * o * (1 - squashed * squashed)
          gateGradient[j] = dc * g * i * (1 - i)
          gateGradient[H + j] = dc * trace.cell[before + j] * f * (1 - f)
          gateGradient[2 * H + j] = dc * i * (1 - g * g)
          gateGradient[3 * H + j] = dh * squashed * o * (1 - o)
          carriedCell[b * H + j] = dc * f
        }
        for k in 0..<H { carriedHidden[b * H + k] = 0 }
        for row in 0..<4 * H {
          let d = gateGradient[row]
          gradient.inputBias[row] += d
          gradient.recurrentBias[row] += d
          for k in 0..<I {
            gradient.input[row * I + k] += d * input[x + k]
            inputGradient[x + k] += d * weights.input[row * I + k]
          }
          for k in 0..<H {
            gradient.recurrent[row * H + k] += d * trace.hidden[before + k]
            carriedHidden[b * H + k] += d * weights.recurrent[row * H + k]
          }
        }
      }
    }
    return (gradient, inputGradient)
  }
}

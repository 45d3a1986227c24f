/// The shape of a network: stacked LSTM layers and a dense head on the last time step.
///
/// The legend of every shape in this library: `T` time steps, `B` batch, `I` input features,
/// `H` hidden units, `L` layers, `O` outputs, `4H` gates in the order i, f, g, o (PyTorch's).
/// All arrays are row-major, last index fastest.
public struct NetworkSpecification: Hashable, Sendable, Codable {
  /// `I`, the number of input features at each time step.
  public let inputSize: Int
  /// The LSTM layers, from the input to the head.
  public let layers: [LSTMLayer]
  /// `O`, the number of outputs of the dense head.
  public let outputSize: Int

  /// Makes the specification of a network.
  ///
  /// - Parameters:
  ///   - inputSize: `I`, the number of input features at each time step.
  ///   - hiddenSizes: `H` of each LSTM layer, from the input to the head.
  ///   - outputSize: `O`, the number of outputs of the dense head.
  /// - Throws: `LSTMError.invalidSpecification` where a size is below 1, there is no layer, or the
  ///   network is beyond all use.
  public init(inputSize: Int, hiddenSizes: [Int], outputSize: Int) throws(LSTMError) {
    func check(_ size: Int, _ name: String) throws(LSTMError) {
      guard (1...Self.largestSize).contains(size) else {
        throw .invalidSpecification("\(name) is \(size); it must be 1 to \(Self.largestSize)")
      }
    }
    try check(inputSize, "the number of input features")
    try check(outputSize, "the number of outputs")
    for size in hiddenSizes { try check(size, "the number of hidden units of a layer") }
    guard !hiddenSizes.isEmpty else {
      throw .invalidSpecification("a network needs at least one LSTM layer")
    }
    var (parameters, below) = (0, inputSize)
    for size in hiddenSizes {
      parameters += 4 * size * (below + size + 2)
      below = size
    }
    parameters += outputSize * (below + 1)
    guard parameters <= Self.largestParameterCount else {
      throw .invalidSpecification(
        "the network would have \(parameters) parameters; \(Self.largestParameterCount) at most")
    }
    self.inputSize = inputSize
    self.layers = hiddenSizes.map(LSTMLayer.init(hiddenSize:))
    self.outputSize = outputSize
  }

  /// The number of input features of a layer: `I` for the first, the width below for the others.
  public func inputSize(ofLayer layer: Int) -> Int {
    layer == 0 ? inputSize : layers[layer - 1].hiddenSize
  }

  /// `H` of the last layer, the number of inputs of the head.
  public var headInputSize: Int { layers[layers.count - 1].hiddenSize }

  /// Far above any useful layer, and low enough that no product of two sizes overflows.
  private static let largestSize = 1 << 20
  /// Eight GiB of them.
  private static let largestParameterCount = 1 << 31
}

/// One LSTM layer.
///
/// For each time step, with `[i; f; g; o]` the four gates:
///
///     i = sigmoid(W_i x + R_i h + b_i)      g = tanh(W_g x + R_g h + b_g)
///     f = sigmoid(W_f x + R_f h + b_f)      c = f * c + i * g
///     o = sigmoid(W_o x + R_o h + b_o)      h = o * tanh(c)
///
/// Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000; `b` is the sum of two
/// trained biases, as in PyTorch and cuDNN.
public struct LSTMLayer: Hashable, Sendable, Codable {
  /// `H`, the number of hidden units.
  public let hiddenSize: Int

  init(hiddenSize: Int) {
    self.hiddenSize = hiddenSize
  }
}

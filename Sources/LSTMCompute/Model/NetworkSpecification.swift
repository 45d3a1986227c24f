/// The shape of a network: stacked LSTM layers and, where there is one, a dense head.
///
/// The legend of every shape in this library: `T` time steps, `B` batch, `I` input features,
/// `H` hidden units, `R` the width of `h`, `L` layers, `D` directions, `O` outputs, `4H` gates in the
/// order i, f, g, o (PyTorch's). All arrays are row-major, last index fastest.
public struct NetworkSpecification: Hashable, Sendable, Codable {
  /// Where the dense head is.
  public enum Head: String, Hashable, Sendable, Codable, CaseIterable {
    /// Nowhere: the network's results are its layers' outputs and states.
    case none
    /// On the output of the last time step.
    case lastStep
    /// On the output of every time step.
    case everyStep
  }

  /// `I`, the number of input features at each time step.
  public let inputSize: Int
  /// The LSTM layers, from the input to the head.
  public let layers: [LSTMLayer]
  /// `N`, the steps of the decoder that makes an encoder-decoder of the network; `nil` is none.
  ///
  /// The decoder has layers like the encoder's, which start from the encoder's final states and read
  /// the encoder's last output in each step (Cho et al. 2014); the head is on each of its steps.
  public let decoderSteps: Int?
  /// Where the dense head is.
  public let head: Head
  /// `O`, the number of outputs of the dense head, 0 without one.
  public let outputSize: Int

  /// Makes the specification of a network with a head on the last step and layers without options.
  ///
  /// - Parameters:
  ///   - inputSize: `I`, the number of input features at each time step.
  ///   - hiddenSizes: `H` of each LSTM layer, from the input to the head.
  ///   - outputSize: `O`, the number of outputs of the dense head.
  /// - Throws: `LSTMError.invalidSpecification` where a size is below 1, there is no layer, or the
  ///   network is beyond all use.
  public init(inputSize: Int, hiddenSizes: [Int], outputSize: Int) throws(LSTMError) {
    try self.init(
      inputSize: inputSize, layers: hiddenSizes.map(LSTMLayer.init(hiddenSize:)),
      head: .lastStep, outputSize: outputSize)
  }

  /// Makes the specification of a network.
  ///
  /// - Parameters:
  ///   - inputSize: `I`, the number of input features at each time step.
  ///   - layers: The LSTM layers, from the input to the head.
  ///   - head: Where the dense head is; on every step for an encoder-decoder.
  ///   - outputSize: `O`, the number of outputs of the dense head; 0 where there is none.
  ///   - decoderSteps: `N`, the steps of the decoder; `nil` is none.
  /// - Throws: `LSTMError.invalidSpecification` where a size is below 1, there is no layer, the
  ///   network is beyond all use, or options do not go together.
  public init(
    inputSize: Int, layers: [LSTMLayer], head: Head = .none, outputSize: Int = 0,
    decoderSteps: Int? = nil
  ) throws(LSTMError) {
    self.inputSize = inputSize
    self.layers = layers
    self.head = head
    self.outputSize = outputSize
    self.decoderSteps = decoderSteps
    try checkSizes()
    for (index, layer) in layers.enumerated() {
      try layer.check(isLast: index == layers.count - 1)
    }
    if decoderSteps != nil { try checkDecoder() }
    let count = parameterCount
    guard count <= Self.largestParameterCount else {
      throw .invalidSpecification(
        "the network would have \(count) parameters; \(Self.largestParameterCount) at most")
    }
  }

  private func checkSizes() throws(LSTMError) {
    func check(_ size: Int, _ name: String) throws(LSTMError) {
      guard (1...Self.largestSize).contains(size) else {
        throw .invalidSpecification("\(name) is \(size); it must be 1 to \(Self.largestSize)")
      }
    }
    try check(inputSize, "the number of input features")
    if head != .none {
      try check(outputSize, "the number of outputs")
    } else if outputSize != 0 {
      throw .invalidSpecification("\(outputSize) outputs, but there is no head that has them")
    }
    for layer in layers { try check(layer.hiddenSize, "the number of hidden units of a layer") }
    guard !layers.isEmpty else {
      throw .invalidSpecification("a network needs at least one LSTM layer")
    }
    guard layers.count <= Self.largestLayerCount else {
      throw .invalidSpecification("\(layers.count) layers; \(Self.largestLayerCount) at most")
    }
    if let decoderSteps { try check(decoderSteps, "the number of steps of the decoder") }
  }

  private func checkDecoder() throws(LSTMError) {
    guard head == .everyStep else {
      throw .invalidSpecification("the head of an encoder-decoder is on every step")
    }
    guard layers.allSatisfy({ $0.direction == .forward }) else {
      throw .invalidSpecification(
        "the layers of an encoder-decoder must read forward, because a decoder does")
    }
  }

  /// The same layers with the head elsewhere, which has the same parameters.
  ///
  /// A network trained with its head on every step is run with it on the last one alone.
  ///
  /// - Throws: `LSTMError.invalidSpecification` where the network has no head or has a decoder.
  public func with(head: Head) throws(LSTMError) -> NetworkSpecification {
    try NetworkSpecification(
      inputSize: inputSize, layers: layers, head: head, outputSize: outputSize,
      decoderSteps: decoderSteps)
  }

  /// Whether all layers are plain and the head is on the last step of a network without a decoder.
  public var isPlain: Bool {
    head == .lastStep && decoderSteps == nil && layers.allSatisfy(\.isPlain)
  }

  /// The number of input features of a layer: `I` for the first, the width below for the others.
  public func inputSize(ofLayer layer: Int) -> Int {
    layer == 0 ? inputSize : layers[layer - 1].outputSize
  }

  /// The number of inputs of the head: the width of the last layer's outputs.
  public var headInputSize: Int { layers[layers.count - 1].outputSize }

  /// How often the head gives its `O` outputs for a sequence of so many steps.
  public func outputSteps(for steps: Int) -> Int {
    switch head {
    case .none: 0
    case .lastStep: 1
    case .everyStep: decoderSteps ?? steps
    }
  }

  /// Far above any useful layer, and low enough that no product of two sizes overflows.
  private static let largestSize = 1 << 20
  /// With as many of a decoder they are numbered in the 16 bits that random masks have for a layer.
  private static let largestLayerCount = 1 << 15
  /// Eight GiB of them.
  private static let largestParameterCount = 1 << 31

  private var parameterCount: Int {
    ParameterLayout(self).count
  }
}

extension NetworkSpecification {
  private enum Keys: String, CodingKey {
    case inputSize, layers, decoderSteps, head, outputSize
  }

  /// Reads a specification, and checks it.
  ///
  /// - Parameter decoder: Where it is read from.
  /// - Throws: Where a value is missing or of another type, and what `init` throws.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    try self.init(
      inputSize: values.decode(Int.self, forKey: .inputSize),
      layers: values.decode([LSTMLayer].self, forKey: .layers),
      head: values.decodeIfPresent(Head.self, forKey: .head) ?? .lastStep,
      outputSize: values.decode(Int.self, forKey: .outputSize),
      decoderSteps: values.decodeIfPresent(Int.self, forKey: .decoderSteps))
  }
}

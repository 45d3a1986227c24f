/// One LSTM layer.
///
/// For each time step, with `[i; f; g; o]` the four gates:
///
///     i = sigmoid(W_i x + R_i h + b_i)      g = tanh(W_g x + R_g h + b_g)
///     f = sigmoid(W_f x + R_f h + b_f)      c = f * c + i * g
///     o = sigmoid(W_o x + R_o h + b_o)      h = o * tanh(c)
///
/// Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000; `b` is the sum of two
/// trained biases, as in PyTorch and cuDNN. Everything else is an option, and off by default.
public struct LSTMLayer: Hashable, Sendable, Codable {
  /// In which order a layer reads the steps, and what becomes of two readings.
  public enum Direction: String, Hashable, Sendable, Codable, CaseIterable {
    /// From the first step to the last.
    case forward
    /// From the last step to the first.
    case reverse
    /// Both, with weights of their own; the outputs of a step are put side by side `[2R]`, the
    /// forward ones first (Schuster and Paliwal 1997).
    case bidirectional
    /// Both; the outputs of a step are added `[R]`.
    case bidirectionalSum

    /// `D`, the number of directions.
    public var count: Int { self == .bidirectional || self == .bidirectionalSum ? 2 : 1 }
  }

  /// How many bias vectors `[4H]` are trained.
  public enum Bias: String, Hashable, Sendable, Codable, CaseIterable {
    /// One beside `W x` and one beside `R h`, as PyTorch and cuDNN have them.
    case two
    /// One, as Keras has it.
    case one
    /// None.
    case none
  }

  /// `H`, the number of hidden units: the width of the cell and of each gate.
  public var hiddenSize: Int
  /// In which order the steps are read.
  public var direction = Direction.forward
  /// `R`, below `H`, the width of the projection; `nil` is none.
  ///
  /// The output is `W_hr (o * tanh(c))`, and so is what the next step reads (Sak et al. 2014).
  public var projectionSize: Int?
  /// How many biases there are.
  public var bias = Bias.two
  /// Whether the gates see the cell: i and f the one before the step, o the one after it (Gers and
  /// Schmidhuber 2000).
  public var hasPeepholes = false
  /// Whether f = 1 - i.
  ///
  /// The rows of f in the weights stay, unused, as in ONNX. Greff et al. 2017.
  public var couplesGates = false
  /// Whether `W x`, `R h` and, before its tanh, the cell are normalized over their width (Ba, Kiros
  /// and Hinton 2016, equations 20 to 22).
  public var normalizesGates = false
  /// What the gates' activations see is cut to ± this; ONNX's `clip`.
  public var gateClip: Float?
  /// The cell is cut to ± this.
  public var cellClip: Float?
  /// The projected output is cut to ± this.
  public var projectionClip: Float?
  /// The share of this layer's outputs that the next layer does not see in training.
  ///
  /// It is drawn anew for each step; the rest is scaled up by 1 / (1 - share). There is none for the
  /// last layer, as in PyTorch (Zaremba et al. 2014).
  public var dropout: Float = 0
  /// The share of `h` that a step does not see of the step before in training, the same in all steps
  /// of a sequence (Gal and Ghahramani 2016, as Keras places it).
  public var recurrentDropout: Float = 0
  /// The share of `h` that stays as it was in a step of training, others for each step.
  ///
  /// In inference each unit stays by this share (Krueger et al. 2017).
  public var zoneoutHidden: Float = 0
  /// The same for the cell.
  public var zoneoutCell: Float = 0

  /// A layer without options.
  ///
  /// - Parameter hiddenSize: `H`, the number of hidden units.
  public init(hiddenSize: Int) {
    self.hiddenSize = hiddenSize
  }

  /// `R`, the width of `h`: that of the projection where there is one, otherwise `H`.
  public var stateSize: Int { projectionSize ?? hiddenSize }

  /// `F`, the width of the outputs: `R`, or `2R` where those of two directions are side by side.
  public var outputSize: Int { direction == .bidirectional ? 2 * stateSize : stateSize }

  /// Whether there is no option but the number of units.
  public var isPlain: Bool { self == LSTMLayer(hiddenSize: hiddenSize) }

  /// Whether a step has no option, whatever lies around it.
  var hasPlainCell: Bool {
    projectionSize == nil && !hasPeepholes && !couplesGates && !normalizesGates && gateClip == nil
      && cellClip == nil && zoneoutHidden == 0 && zoneoutCell == 0
  }

  /// Throws where an option has no meaning.
  func check(isLast: Bool) throws(LSTMError) {
    if let projectionSize, !(1..<max(hiddenSize, 1)).contains(projectionSize) {
      throw .invalidSpecification(
        "the projection is \(projectionSize); it must be 1 or more and less than the "
          + "\(hiddenSize) hidden units")
    }
    if projectionClip != nil, projectionSize == nil {
      throw .invalidSpecification("the projection is clipped, but there is no projection")
    }
    if normalizesGates, couplesGates {
      throw .invalidSpecification(
        "normalized gates cannot be coupled: f has no argument of its own to be normalized")
    }
    let clips = [("gate", gateClip), ("cell", cellClip), ("projection", projectionClip)]
    for case (let name, let clip?) in clips where !(clip > 0 && clip.isFinite) {
      throw .invalidSpecification("the \(name) clip is \(clip); it must be above 0")
    }
    let shares = [
      ("dropout", dropout), ("recurrent dropout", recurrentDropout),
      ("zoneout of h", zoneoutHidden), ("zoneout of c", zoneoutCell),
    ]
    for (name, share) in shares where !(share >= 0 && share < 1) {
      throw .invalidSpecification("the \(name) is \(share); it must be 0 or more and below 1")
    }
    if isLast, dropout > 0 {
      throw .invalidSpecification(
        "dropout is between layers and would do nothing after the last one; use recurrent dropout "
          + "or zoneout, or another layer")
    }
  }
}

extension LSTMLayer {
  /// Reads a layer; an option that is not there is off.
  ///
  /// - Parameter decoder: Where it is read from.
  /// - Throws: Where a value is of another type or the number of units is missing.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(hiddenSize: try values.decode(Int.self, forKey: .hiddenSize))
    func read<Value: Decodable>(_ key: CodingKeys, into value: inout Value) throws {
      value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    try read(.direction, into: &direction)
    projectionSize = try values.decodeIfPresent(Int.self, forKey: .projectionSize)
    try read(.bias, into: &bias)
    try read(.hasPeepholes, into: &hasPeepholes)
    try read(.couplesGates, into: &couplesGates)
    try read(.normalizesGates, into: &normalizesGates)
    gateClip = try values.decodeIfPresent(Float.self, forKey: .gateClip)
    cellClip = try values.decodeIfPresent(Float.self, forKey: .cellClip)
    projectionClip = try values.decodeIfPresent(Float.self, forKey: .projectionClip)
    try read(.dropout, into: &dropout)
    try read(.recurrentDropout, into: &recurrentDropout)
    try read(.zoneoutHidden, into: &zoneoutHidden)
    try read(.zoneoutCell, into: &zoneoutCell)
  }
}

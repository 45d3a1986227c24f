import TestSupport
import Testing

@testable import LSTMCompute

/// What names and shapes of foreign weights tell, and what they do not.
@Suite struct ForeignWeightsTests {
  typealias Tensor = SafetensorsFile.Tensor

  /// A layer of Keras under a path, of a kind with so many gates.
  private func keras(
    _ cell: String, inputs: Int = 3, units: Int = 4, gates: Int = 4, names: [String]? = nil
  ) -> [String: Tensor] {
    let names = names ?? ["kernel", "recurrent_kernel", "bias"]
    return [
      "\(cell)/\(names[0])": .random(inputs, gates * units, seed: UInt64(cell.utf8.count)),
      "\(cell)/\(names[1])": .random(units, gates * units, seed: UInt64(cell.utf8.count) + 50),
      "\(cell)/\(names[2])": .random(gates * units, seed: UInt64(cell.utf8.count) + 90),
    ]
  }

  private func joined(_ parts: [String: Tensor]...) -> [String: Tensor] {
    parts.reduce(into: [:]) { $0.merge($1) { $1 } }
  }

  private func refusal(
    _ tensors: [String: Tensor], layers: [String] = [], merge: BidirectionalMerge? = nil
  ) -> String {
    let error = #expect(throws: LSTMError.self) {
      try ImportedNetwork(tensors, layers: layers, merge: merge)
    }
    return error?.description ?? ""
  }

  /// The tensors of each layer, in the order of the layers.
  private func kernels(_ tensors: [String: Tensor], layers: [String] = []) throws -> [[Float]] {
    let network = try ImportedNetwork(tensors, layers: layers).network
    return network.parameters.layout.cells.map { Array(network.parameters[$0[0].recurrentWeight]) }
  }

  private func transposed(_ tensor: Tensor?) throws -> [Float] {
    let tensor = try #require(tensor)
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    return (0..<columns).flatMap { column in
      (0..<rows).map { tensor.floats[$0 * columns + column] }
    }
  }

  /// The same layers by all the names that Keras has given them.
  @Test(arguments: [
    ["rnn/stacked_rnn_cells/lstm_cell", "rnn/stacked_rnn_cells/lstm_cell_1"],
    ["m/rnn_3/stacked_rnn_cells_3/lstm_cell_9", "m/rnn_3/stacked_rnn_cells_3/lstm_cell_10"],
    ["rnn/lstm_cell_4", "rnn/lstm_cell_5"],
    ["lstm/lstm_cell", "lstm_1/lstm_cell"], ["lstm/lstm_cell", "lstm_1/lstm_cell_1"],
    ["m/lstm_9/lstm_cell_9", "m/lstm_10/lstm_cell_10"], ["lstm", "lstm_1"],
    ["x/lstm_2", "x/lstm_3"],
  ])
  func layersOfKerasAreStackedByTheirNumbers(cells: [String]) throws {
    let names = ["kernel", "recurrent_kernel", "bias"]
    for suffix in ["", ":0"] {
      let names = names.map { $0 + suffix }
      let tensors = joined(
        keras(cells[0], names: names), keras(cells[1], inputs: 4, names: names))
      for _ in 0..<5 {
        let found = try kernels(tensors)
        #expect(
          try found == cells.map { try transposed(tensors["\($0)/recurrent_kernel\(suffix)"]) })
      }
    }
  }

  /// Keras 3's h5 files number the variables.
  @Test(arguments: [
    ["layers/lstm/cell", "layers/lstm_1/cell"],
    ["layers/rnn/cell/cells/lstm_cell", "layers/rnn/cell/cells/lstm_cell_1"],
    ["_layer_checkpoint_dependencies/lstm/cell", "_layer_checkpoint_dependencies/lstm_1/cell"],
  ])
  func variablesMayBeNumbered(cells: [String]) throws {
    let names = ["vars/0", "vars/1", "vars/2"]
    var tensors = joined(keras(cells[0], names: names), keras(cells[1], inputs: 4, names: names))
    #expect(
      try kernels(tensors) == cells.map { try transposed(tensors["\($0)/vars/1"]) })
    tensors["layers/dense/vars/0"] = .random(4, 1)
    if !cells[0].contains("cells") { #expect(refusal(tensors).contains("and other layers")) }
  }

  /// Nothing tells what lies between layers beside others: an autoencoder's RepeatVector has no
  /// weights.
  @Test func whatLiesBetweenLayersIsAskedFor() throws {
    for other in ["dense/kernel", "time_distributed/kernel", "conv1d/kernel", "x"] {
      let tensors = joined(
        keras("lstm/lstm_cell"), keras("lstm_1/lstm_cell", inputs: 4), [other: .random(4, 3)])
      let message = refusal(tensors)
      #expect(message.contains("--layers lstm,lstm_1"), "\(message)")
      #expect(message.contains("RepeatVector"))
      #expect(try kernels(tensors, layers: ["lstm", "lstm_1"]).count == 2)
      #expect(try kernels(tensors, layers: ["lstm"]).count == 1)
    }
  }

  /// Cells that no layer is known to stack, and layers of different kinds.
  @Test(arguments: [
    ["model/lstm_cell", "model/lstm_cell_1"], ["lstm/lstm_cell", "rnn/lstm_cell"],
    ["encoder/lstm_cell", "decoder/lstm_cell"],
  ])
  func anOrderThatIsNotToldIsAskedFor(cells: [String]) throws {
    let tensors = joined(keras(cells[0]), keras(cells[1], inputs: 4))
    #expect(refusal(tensors).contains("name those to be run"))
  }

  // MARK: - What the metadata say

  /// A sequential model as `to_json()` writes it.
  private func model(_ layers: [(kind: String, name: String, more: String)]) -> [String: String] {
    let texts = layers.map {
      #"{"class_name":"\#($0.kind)","config":{"name":"\#($0.name)"\#($0.more)}}"#
    }
    return [
      "config":
        #"{"class_name":"Sequential","config":{"name":"m","layers":[\#(texts.joined(separator: ","))]}}"#
    ]
  }

  private func refusal(
    _ tensors: [String: Tensor], _ metadata: [String: String], layers: [String] = []
  ) -> String {
    do {
      _ = try ImportedNetwork(tensors, metadata: metadata, layers: layers)
      return ""
    } catch { return error.description }
  }

  @Test func settingsThatThereAreNotAreRefused() {
    let tensors = keras("lstm/lstm_cell")
    let good = #","activation":"tanh","recurrent_activation":"sigmoid","go_backwards":false"#
    #expect(refusal(tensors, model([("LSTM", "lstm", good)])) == "")
    for (more, part) in [
      (#","activation":"relu""#, "the activation 'relu'"),
      (#","recurrent_activation":"hard_sigmoid""#, "the recurrent_activation 'hard_sigmoid'"),
      (#","activation":{"class_name":"mine"}"#, "the activation 'of its own'"),
      (#","go_backwards":true"#, "go_backwards"),
    ] {
      let message = refusal(tensors, model([("LSTM", "lstm", more)]))
      #expect(message.contains("the layer 'lstm' has \(part)"), "\(message)")
      // Another layer's settings are its own.
      #expect(refusal(tensors, model([("LSTM", "lstm", good), ("LSTM", "x", more)])) == "")
    }
    let inner = #","cell":{"class_name":"LSTMCell","config":{"name":"c","activation":"relu"}}"#
    #expect(refusal(keras("rnn/lstm_cell"), model([("RNN", "rnn", inner)])).contains("relu"))
  }

  @Test func directionsAreMergedAsTheMetadataSay() throws {
    let tensors = bidirectional("bidirectional")
    func more(_ mode: String) -> [String: String] {
      let layer = #"{"class_name":"LSTM","config":{"name":"f"}}"#
      let back = #"{"class_name":"LSTM","config":{"name":"b","go_backwards":true}}"#
      let text = #","merge_mode":\#(mode),"layer":\#(layer),"backward_layer":\#(back)"#
      return model([("Bidirectional", "bidirectional", text)])
    }
    for (mode, direction) in [
      ("sum", LSTMLayer.Direction.bidirectionalSum), ("concat", .bidirectional),
    ] {
      let network = try ImportedNetwork(tensors, metadata: more("\"\(mode)\"")).network
      #expect(network.specification.layers[0].direction == direction)
    }
    #expect(refusal(tensors, more(#""mul""#)).contains("by 'mul'"))
    #expect(refusal(tensors, more("null")).contains("by 'none'"))
  }

  /// A RepeatVector has no weights, so that nothing but the metadata tells of it.
  @Test func layersBeforeAndBetweenAreNotLeftOutSilently() throws {
    let two = joined(keras("lstm/lstm_cell"), keras("lstm_1/lstm_cell", inputs: 4))
    let dropout = model([("LSTM", "lstm", ""), ("Dropout", "d", ""), ("LSTM", "lstm_1", "")])
    #expect(refusal(two, dropout) == "")
    for layers in [
      [("LSTM", "lstm", ""), ("RepeatVector", "other", ""), ("LSTM", "lstm_1", "")],
      [("Conv1D", "other", ""), ("LSTM", "lstm", ""), ("LSTM", "lstm_1", "")],
    ] {
      let message = refusal(two, model(layers))
      #expect(message.contains("the layer 'other', a "), "\(message)")
      #expect(message.contains("--layers"))
      #expect(refusal(two, model(layers), layers: ["lstm", "lstm_1"]) == "")
    }
  }

  /// Without metadata the shapes tell of what has as many outputs as the LSTM reads.
  @Test(arguments: [
    ("conv1d/kernel", [5, 2, 3]), ("conv.weight", [3, 2, 5]), ("embedding/embeddings", [100, 3]),
  ])
  func whatComesBeforeIsNotLeftOutSilently(name: String, shape: [Int]) {
    var tensors = keras("lstm/lstm_cell")
    tensors[name] =
      shape.count == 3
      ? Tensor([Float](repeating: 0, count: shape.reduce(1, *)), shape: shape)
      : .random(shape[0], shape[1])
    #expect(refusal(tensors).contains("tensor '\(name)' is of a"), "\(refusal(tensors))")
    #expect(refusal(tensors, [:], layers: ["lstm"]) == "")
    // A head with as many outputs is none that comes before.
    #expect(refusal(joined(keras("lstm/lstm_cell"), ["dense/kernel": .random(4, 3)]), [:]) == "")
  }

  private func bidirectional(_ path: String, inputs: Int = 3) -> [String: Tensor] {
    joined(
      keras("\(path)/forward_lstm/lstm_cell", inputs: inputs),
      keras("\(path)/backward_lstm/lstm_cell", inputs: inputs))
  }

  @Test func theMergeOfDirectionsFollowsFromWidthsOrIsAskedFor() throws {
    func direction(
      _ tensors: [String: Tensor], _ merge: BidirectionalMerge? = nil, layers: [String] = []
    ) throws -> LSTMLayer.Direction {
      try ImportedNetwork(tensors, layers: layers, merge: merge).network.specification.layers[0]
        .direction
    }
    let alone = bidirectional("bidirectional")
    #expect(refusal(alone).contains("--merge concat (Keras's default) or --merge sum"))
    #expect(try direction(alone, .sum) == .bidirectionalSum)
    #expect(try direction(alone, .concat) == .bidirectional)
    let wide = joined(alone, ["dense/kernel": .random(8, 1)])
    #expect(try direction(wide) == .bidirectional)
    let narrow = joined(alone, ["dense/kernel": .random(4, 1)])
    #expect(refusal(narrow).contains("--merge sum"))
    #expect(try direction(narrow, .sum) == .bidirectionalSum)
    #expect(refusal(joined(wide, ["other/kernel": .random(4, 1)])).contains("--merge"))
    // The next layer tells.
    let order = ["bidirectional", "lstm_1"]
    let below = joined(alone, keras("lstm_1/lstm_cell", inputs: 8))
    #expect(try direction(below, layers: order) == .bidirectional)
    let added = joined(alone, keras("lstm_1/lstm_cell", inputs: 4))
    #expect(refusal(added, layers: order).contains("--merge sum"))
    #expect(try direction(added, .sum, layers: order) == .bidirectionalSum)
    #expect(refusal(below, layers: order, merge: .sum).contains("expected"))
    // Several cells of each direction are put together at the end only.
    let cells = ["forward", "backward"].flatMap { way in
      ["lstm_cell", "lstm_cell_1"].map { "bidirectional/\(way)_rnn/stacked_rnn_cells/\($0)" }
    }
    let stacked = cells.reduce(into: [String: Tensor]()) { result, cell in
      result.merge(keras(cell, inputs: cell.hasSuffix("1") ? 4 : 3)) { $1 }
    }
    #expect(refusal(stacked, merge: .concat).contains("several cells each"))
  }

  /// The number of gates tells a GRU and a simple layer, whatever the number of units.
  @Test(arguments: [4, 5, 8]) func otherKindsAreNamed(units: Int) throws {
    for (gates, kinds) in [(3, ["a GRU", "a GRU"]), (1, ["an nn.RNN", "a SimpleRNN"])] {
      for names in [["weight_ih_l0", "weight_hh_l0"], ["weight_ih", "weight_hh"]] {
        let message = refusal([
          "net.\(names[0])": .random(gates * units, 3),
          "net.\(names[1])": .random(gates * units, units),
        ])
        #expect(message.contains("'net' is \(kinds[0])"), "\(message)")
      }
      for cell in ["gru/gru_cell", "layers/gru/cell", "lstm/lstm_cell"] {
        let names = cell.hasPrefix("layers") ? ["vars/0", "vars/1", "vars/2"] : nil
        let message = refusal(keras(cell, units: units, gates: gates, names: names))
        #expect(message.contains("is \(kinds[1])"), "\(message)")
      }
    }
    let both = joined(keras("gru/gru_cell", gates: 3), keras("lstm/lstm_cell"))
    #expect(try kernels(both).count == 1)
    #expect(refusal(both, layers: ["gru"]).contains("'gru' is a GRU"))
  }

  @Test func aCellOfPyTorchIsALayer() throws {
    let names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
    func cell(_ prefix: String, inputs: Int = 3) -> [String: Tensor] {
      [
        prefix + names[0]: .random(16, inputs), prefix + names[1]: .random(16, 4, seed: 2),
        prefix + names[2]: .random(16), prefix + names[3]: .random(16),
      ]
    }
    for prefix in ["", "cell.", "net.cell."] {
      let imported = try ImportedNetwork(cell(prefix))
      #expect(imported.network.specification.layers == [LSTMLayer(hiddenSize: 4)])
      #expect(Set(imported.tensors(of: imported.network.parameters).keys) == Set(cell(prefix).keys))
    }
    #expect(try kernels(joined(cell("cells.0."), cell("cells.1.", inputs: 4))).count == 2)
    var broken = cell("cell.")
    broken["cell.bias_hh"] = nil
    #expect(refusal(broken).contains("'cell.bias_hh' is missing beside 'cell.bias_ih'"))
  }

  /// Two tensors of one place, and two libraries in one file.
  @Test func whatIsThereTwiceIsRefused() throws {
    let lstm = keras("lstm/lstm_cell")
    let slashes = joined(lstm, ["lstm//lstm_cell/kernel": .random(3, 16, seed: 9)])
    #expect(refusal(slashes).contains("have the same place"))
    let colon = joined(lstm, ["lstm/lstm_cell/kernel:0": .random(3, 16, seed: 9)])
    #expect(refusal(colon).contains("have the same place"))
    let mixed = joined(
      lstm, ["lstm.weight_ih_l0": .random(16, 3), "lstm.weight_hh_l0": .random(16, 4)])
    for _ in 0..<5 { #expect(refusal(mixed).contains("of PyTorch ('lstm') and of Keras ('lstm')")) }
    #expect(refusal(mixed, layers: ["lstm"]).contains("'lstm' (Keras) or 'lstm' (PyTorch)"))
    #expect(try kernels(keras("a//b/lstm/lstm_cell")).count == 1)
  }

  @Test(arguments: ["9223372036854775807", "99999999999999999999999", "2147483648", "32768"])
  func layersBeyondAllNetworksAreRefused(number: String) throws {
    let tensors: [String: Tensor] = [
      "lstm.weight_ih_l0": .random(16, 3), "lstm.weight_hh_l0": .random(16, 4),
      "lstm.weight_ih_l\(number)": .random(16, 4),
    ]
    #expect(refusal(tensors).contains("'lstm.weight_ih_l\(number)' is of a layer beyond"))
  }

  /// What we export says itself what it is: stacks beside a head, sums, and what is a decoder's.
  @Test(arguments: WeightFormat.allCases) func ourExportsComeBack(format: WeightFormat) throws {
    var both = LSTMLayer(hiddenSize: 4)
    both.direction = format == .keras ? .bidirectionalSum : .bidirectional
    let plain = [5, 4].map(LSTMLayer.init(hiddenSize:))
    let networks = [
      try Network.random(layers: plain, head: .everyStep, outputSize: 2, decoderSteps: 3),
      try Network.random(layers: [both, both], head: .lastStep, outputSize: 1),
      try Network.random(layers: plain + [both], head: .lastStep, outputSize: 1),
    ]
    for network in networks {
      for prefix in ["", format == .keras ? "a/" : "a."] {
        let imported = try ImportedNetwork(
          network.tensors(for: format, prefix: prefix),
          metadata: network.metadata(for: format, prefix: prefix))
        let expected = try network.with(bias: format == .keras ? .one : .two)
        #expect(imported.network.specification.layers == expected.specification.layers)
        let count = imported.network.parameters.values.count
        #expect(
          imported.network.parameters.values == Array(expected.parameters.values.prefix(count)))
      }
    }
    #expect(throws: LSTMError.self) {
      try ImportedNetwork(
        networks[0].tensors(for: format), metadata: ["swift_lstm_layers": "no JSON"])
    }
  }
}

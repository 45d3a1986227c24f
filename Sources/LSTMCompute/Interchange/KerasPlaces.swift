/// Where the tensors of Keras's recurrent layers are, by their names.
///
/// Keras 3 calls the variables `PREFIX/lstm_1/lstm_cell/kernel`, those of two directions
/// `PREFIX/bidirectional/backward_lstm_1/lstm_cell/kernel` and those of cells on top of each other
/// `PREFIX/rnn/stacked_rnn_cells/lstm_cell_1/kernel`. Keras 2 has `:0` behind these, or no cell in
/// them. In Keras 3's h5 files they are `layers/lstm_1/cell/vars/0`, `1` and `2`.
struct KerasPlaces {
  private var found: [String: LayerGroup.Found] = [:]

  /// The place of a tensor; `nil` for one that is of no recurrent layer.
  subscript(name: String) -> LayerGroup.Found? { found[name] }

  init(_ names: [String]) {
    let variables = names.compactMap(Variable.init)
    // A folder in which there is a matrix for the state is that of a cell, whatever it is called.
    let cells = Set(variables.filter { $0.part == .recurrentWeight }.map(\.folder))
    var layers: [[Substring]: [Cell]] = [:]
    for variable in variables {
      // An LSTM whose matrix is missing is still one; another folder may hold a dense layer.
      let isLSTM = variable.folder.last?.hasStem("lstm_cell") == true
      guard isLSTM || cells.contains(variable.folder) else { continue }
      let cell = Cell(variable)
      layers[cell.layer, default: []].append(cell)
    }
    for (_, cells) in layers { place(cells) }
  }

  /// Numbers the cells of one layer.
  private mutating func place(_ cells: [Cell]) {
    // Cells side by side that no layer is known to stack are layers of their own.
    let folders = Set(cells.map(\.variable.folder))
    let directions = Set(cells.map(\.isReverse)).count
    let isStack = cells.allSatisfy(\.isInStack)
    for cell in cells {
      let ownFolders = Set(cells.filter { $0.isReverse == cell.isReverse }.map(\.variable.folder))
      let sorted = ownFolders.sorted {
        ($0.last?.trailingNumber ?? 0, $0.joined(separator: "/"))
          < ($1.last?.trailingNumber ?? 0, $1.joined(separator: "/"))
      }
      let isSplit = folders.count > directions && !isStack
      let path = isSplit ? cell.variable.folder : cell.layer
      let number = isSplit ? 0 : sorted.firstIndex(of: cell.variable.folder) ?? 0
      found[cell.variable.name] = (
        LayerGroup(
          format: .keras, name: path.joined(separator: "/"), order: isSplit ? nil : cell.order),
        LayerTensor(cell.variable.part, layer: number, isReverse: cell.isReverse)
      )
    }
  }
}

/// A variable with the name of one of a recurrent layer's.
private struct Variable {
  var name: String
  var part: LayerPart
  /// The parts of its path without the last, and without `vars`.
  var folder: [Substring]
  /// Whether the folder's name is that of a cell.
  var isOfCell: Bool

  init?(_ name: String) {
    var path = name.split(separator: "/")
    guard var leaf = path.popLast() else { return nil }
    if leaf.hasSuffix(":0") { leaf = leaf.dropLast(2) }
    if path.last == "vars" {
      // Keras 3's h5 files number the variables of a cell; those of a dense layer are no cell's.
      path.removeLast()
      let parts = [LayerPart.inputWeight, .recurrentWeight, .inputBias]
      guard let number = Int(leaf), parts.indices.contains(number),
        path.last == "cell"
          || path.dropLast().last == "cells"
      else { return nil }
      part = parts[number]
    } else {
      guard let part = LayerPart.allCases.first(where: { $0.kerasName == String(leaf) }) else {
        return nil
      }
      self.part = part
    }
    self.name = name
    folder = path
    isOfCell = path.last.map { $0.isCell } ?? false
  }
}

/// A variable and the layer that it is of.
private struct Cell {
  var variable: Variable
  /// The path of the layer.
  var layer: [Substring]
  var isReverse = false
  /// Whether a layer that stacks cells has it.
  var isInStack = false
  var order: LayerGroup.KerasOrder?

  init(_ variable: Variable) {
    self.variable = variable
    var path = variable.folder
    if variable.isOfCell { path.removeLast() }
    if path.last?.hasStem("stacked_rnn_cells") == true || path.last == "cells" {
      isInStack = true
      path.removeLast()
      if path.last == "cell" { path.removeLast() }
    }
    if path.last?.hasStem("rnn") == true || path.last?.hasSuffix("_rnn") == true {
      isInStack = true
    }
    var name = path.last ?? ""
    if path.count > 1 {
      if name == "forward_layer" || name == "backward_layer" {
        isReverse = name == "backward_layer"
        path.removeLast()
        name = path.last ?? ""
      } else if name.hasPrefix("forward_") || name.hasPrefix("backward_") {
        isReverse = name.hasPrefix("backward_")
        name = name.dropFirst(isReverse ? 9 : 8)
        path.removeLast()
      }
    }
    layer = path
    for stem in ["lstm", "rnn", "bidirectional"] {
      if let number = name.numbered(stem) { order = .init(stem: stem, number: number) }
    }
  }
}

extension Substring {
  /// Whether this is what Keras calls a cell: `cell`, `lstm_cell`, `gru_cell_2`.
  fileprivate var isCell: Bool {
    let parts = split(separator: "_")
    return parts.last == "cell"
      || parts.count > 1 && parts.dropLast().last == "cell"
        && parts.last.map { Int($0) != nil } == true
  }

  /// Whether this is a stem, or one with a number.
  fileprivate func hasStem(_ stem: String) -> Bool { numbered(stem) != nil }

  /// N of `STEM_N`; `nil` where there is none.
  fileprivate var trailingNumber: Int? { split(separator: "_").last.flatMap { Int($0) } }

  /// N of `STEM_N`, 0 of `STEM`.
  fileprivate func numbered(_ stem: String) -> Int? {
    if self == stem { return 0 }
    guard hasPrefix("\(stem)_"), let number = Int(dropFirst(stem.count + 1)), number > 0 else {
      return nil
    }
    return number
  }
}

/// What is known of a value of a graph without running it.
enum GraphValue: Equatable {
  /// There is none: an input that was left out.
  case none
  /// A tensor of the file, or made of those.
  case constant(SafetensorsFile.Tensor)
  /// Zeros, of as many as there are sequences.
  case zeros
  /// Sizes of axes.
  case sizes([Size])
  /// Something made of sizes and constants, such as a shape, by an operator of this name.
  case computed(String)
  /// Something made of an input of the graph.
  case activation(Activation)

  /// The size of an axis: a number, or that of an axis of a sequence.
  enum Size: Equatable {
    case number(Int)
    case axis(Axis)
  }

  /// What an axis of an activation stands for.
  enum Axis: Hashable {
    /// An axis of an input of the graph, by its place there.
    case place(String, Int)
    /// The directions of a layer.
    case directions(Int)
    /// The elements of an output or a state.
    case width(Int)
    /// Nothing: it has one place.
    case one
    /// States of several layers.
    case layers
  }

  /// What goes through the graph.
  struct Activation: Equatable {
    /// Where it is from.
    enum Source: Equatable {
      /// An input of the graph, or some places of its first axis.
      case input(String, places: Range<Int>?)
      /// The outputs of a layer at all steps, or at the last one.
      case outputs(layer: Int)
      /// The states of some layers after the last step.
      case hidden(layers: [Int])
      case cell(layers: [Int])
      /// The outputs of the head.
      case head
    }

    var source: Source
    /// What each axis is; of a reshaped value all the axes that lie in one.
    var axes: [[Axis]]
    /// Whether only the last step is left.
    var isLast = false
    /// Whether the head's bias has been added.
    var hasBias = false

    init(_ source: Source, _ axes: [Axis]) {
      self.source = source
      self.axes = axes.map { [$0] }
    }

    /// The axes one by one; `nil` where one of them has several.
    var plainAxes: [Axis]? {
      let plain = axes.compactMap { $0.count == 1 ? $0[0] : nil }
      return plain.count == axes.count ? plain : nil
    }
  }
}

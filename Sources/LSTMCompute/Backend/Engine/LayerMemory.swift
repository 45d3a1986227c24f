/// Memory for what the layers of a stack leave, which they share in inference: one layer after the other
/// writes the same numbers over.
///
/// In training each layer has its own, since the backward pass reads all of it.
final class LayerMemory<Memory: AnyObject> {
  /// What the memory is for.
  enum Part: Hashable {
    /// h of all steps. A layer that reads another one's h needs memory apart from it, so layers take turns;
    /// both directions of a layer are read together.
    case hidden(turn: Int, direction: Int)
    case cell, gates, candidate, arguments, emitted, projected
    case inputNorm, recurrentNorm, cellNorm, normScales
    /// What the layer above reads where that is not h.
    case merged
  }

  private struct Key: Hashable {
    var part: Part
    var width: Int
  }

  private var memories: [Key: Memory] = [:]

  init() {}

  /// The memory of a part, made where no layer has made it.
  ///
  /// Only layers of one width share: threads that run rows of their own are in different layers at the
  /// same time, and find different rows at the same place only where rows are equally wide.
  func memory(
    _ part: Part, width: Int, make: () throws -> Memory
  ) rethrows -> Memory {
    let key = Key(part: part, width: width)
    if let memory = memories[key] { return memory }
    let memory = try make()
    memories[key] = memory
    return memory
  }
}

extension LayerPlace {
  /// The memory of h of all steps.
  ///
  /// What a layer reads is that of the one below, so layers that read one way take turns. The directions of
  /// a layer that reads both are merged into memory of their own before the next one reads them.
  func hiddenPart<Memory>(of memory: LayerMemory<Memory>.Type) -> LayerMemory<Memory>.Part {
    .hidden(turn: layer.direction.count > 1 ? 2 : index % 2, direction: direction)
  }
}

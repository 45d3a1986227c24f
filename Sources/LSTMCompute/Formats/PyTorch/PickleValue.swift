/// What a pickle of PyTorch may hold, as far as it is read.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case bytes
  case list(PickleList)
  case tuple(PickleTuple)
  case dictionary(PickleDictionary)
  /// A class or a function, by its module and name.
  case global(String)
  /// Elements in a file of the archive.
  case storage(Storage)
  case tensor(Tensor)

  /// The elements of tensors, by the name of their file.
  struct Storage {
    var key: String
    var elementType: SafetensorsFile.ElementType
    /// The number of elements.
    var count: Int
  }

  /// A view of a storage.
  struct Tensor {
    var storage: Storage
    /// The place of the first element.
    var offset: Int
    var shape: [Int]
    /// How many elements apart neighbors of each axis are.
    var strides: [Int]
  }

  var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  var text: String? { if case .text(let value) = self { value } else { nil } }

  /// The whole numbers of a tuple.
  var integers: [Int]? {
    guard case .tuple(let tuple) = self else { return nil }
    let integers = tuple.values.compactMap(\.integer)
    return integers.count == tuple.values.count ? integers : nil
  }
}

/// Values that never change, and how deep tuples lie in them.
struct PickleTuple {
  let values: [PickleValue]
  let depth: Int

  init(_ values: [PickleValue]) {
    self.values = values
    depth =
      1 + (values.map { if case .tuple(let tuple) = $0 { tuple.depth } else { 0 } }.max() ?? 0)
  }
}

/// A list, to which elements are added while it is known by several names.
final class PickleList {
  var values: [PickleValue] = []
}

/// A dictionary, to which entries are added while it is known by several names.
final class PickleDictionary {
  var entries: [(key: PickleValue, value: PickleValue)] = []

  /// The entries whose keys are texts, the last one of each.
  var byName: [String: PickleValue] {
    var named: [String: PickleValue] = [:]
    for (key, value) in entries { if let name = key.text { named[name] = value } }
    return named
  }
}

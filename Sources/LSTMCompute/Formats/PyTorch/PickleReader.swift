/// Reads the pickles that PyTorch writes for dictionaries of tensors, and runs nothing.
///
/// A pickle is a program for a machine with a stack (Python's `pickletools`). Here its instructions make
/// values of `PickleValue`; of the functions that a pickle may call, those that make tensors and ordered
/// dictionaries are known, and everything else is refused by its name.
struct PickleReader {
  private var rest: ArraySlice<UInt8>
  private var stack: [PickleValue] = []
  /// Where the stack was when a mark was set.
  private var marks: [Int] = []
  private var memory: [Int: PickleValue] = [:]
  /// All that was made and may hold others, even itself.
  private var lists: [PickleList] = []
  private var dictionaries: [PickleDictionary] = []
  /// Tuples within each other more deeply than this hold no tensors.
  private static let deepest = 100

  private init(_ bytes: [UInt8]) { rest = bytes[...] }

  /// Reads a pickle.
  ///
  /// - Parameters:
  ///   - bytes: The pickle.
  ///   - use: What is made of its value, which is gone afterwards.
  /// - Returns: What `use` returns.
  /// - Throws: `LSTMError.invalidFile` where it is damaged, or asks for what is not known; what `use`
  ///   throws.
  static func read<Result>(
    _ bytes: [UInt8], _ use: (PickleValue) throws(LSTMError) -> Result
  ) throws(LSTMError) -> Result {
    var reader = PickleReader(bytes)
    // One by one: lists that hold each other would never be freed, and deep ones on a deep stack.
    defer {
      for list in reader.lists { list.values = [] }
      for dictionary in reader.dictionaries { dictionary.entries = [] }
    }
    while true {
      guard let instruction = reader.rest.popFirst() else { throw damaged("it has no end") }
      if instruction == UInt8(ascii: ".") { return try use(reader.pop()) }
      try reader.run(instruction)
      try reader.checkSize()
    }
  }

  /// A byte of a pickle may make a value of a hundred.
  private func checkSize() throws(LSTMError) {
    let most = 1 << 20
    guard stack.count < most, marks.count < most, memory.count < most, lists.count < most,
      dictionaries.count < most
    else { throw .invalidFile("its pickle has more than \(most) values, which is not read") }
  }

  private mutating func run(_ instruction: UInt8) throws(LSTMError) {
    switch instruction {
    case 0x80: _ = try unsigned(1)
    case 0x95: _ = try unsigned(8)
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): stack.append(try top())
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "K"): stack.append(.integer(try unsigned(1)))
    case UInt8(ascii: "M"): stack.append(.integer(try unsigned(2)))
    case UInt8(ascii: "J"):
      stack.append(.integer(Int(Int32(truncatingIfNeeded: try unsigned(4)))))
    case 0x8A: stack.append(try long())
    case UInt8(ascii: "G"):
      let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      stack.append(.number(Double(bitPattern: bits)))
    case UInt8(ascii: "X"): stack.append(.text(try text(unsigned(4))))
    case 0x8C: stack.append(.text(try text(unsigned(1))))
    case 0x8D: stack.append(.text(try text(unsigned(8))))
    case UInt8(ascii: "T"): stack.append(.text(try text(unsigned(4))))
    case UInt8(ascii: "U"): stack.append(.text(try text(unsigned(1))))
    case UInt8(ascii: "B"), UInt8(ascii: "C"), 0x8E:
      _ = try take(unsigned(instruction == 0x8E ? 8 : instruction == UInt8(ascii: "B") ? 4 : 1))
      stack.append(.bytes)
    default: try make(instruction)
    }
  }

  /// Instructions that make something of what is on the stack.
  private mutating func make(_ instruction: UInt8) throws(LSTMError) {
    switch instruction {
    case UInt8(ascii: "]"): stack.append(.list(newList()))
    case UInt8(ascii: "}"): stack.append(.dictionary(newDictionary()))
    case UInt8(ascii: ")"): try push(tuple: [])
    case UInt8(ascii: "t"): try push(tuple: popToMark())
    case 0x85, 0x86, 0x87:
      var values: [PickleValue] = []
      for _ in 0..<Int(instruction - 0x84) { values.insert(try pop(), at: 0) }
      try push(tuple: values)
    case UInt8(ascii: "l"):
      let list = newList()
      list.values = try popToMark()
      stack.append(.list(list))
    case UInt8(ascii: "d"):
      let dictionary = newDictionary()
      try add(popToMark(), to: dictionary)
      stack.append(.dictionary(dictionary))
    case UInt8(ascii: "a"):
      let value = try pop()
      try list().values.append(value)
    case UInt8(ascii: "e"):
      let values = try popToMark()
      try list().values += values
    case UInt8(ascii: "s"):
      let value = try pop()
      let key = try pop()
      try dictionary().entries.append((key, value))
    case UInt8(ascii: "u"):
      let values = try popToMark()
      try add(values, to: dictionary())
    case UInt8(ascii: "q"): memory[try unsigned(1)] = try top()
    case UInt8(ascii: "r"): memory[try unsigned(4)] = try top()
    case 0x94: memory[memory.count] = try top()
    case UInt8(ascii: "h"): try remember(unsigned(1))
    case UInt8(ascii: "j"): try remember(unsigned(4))
    case UInt8(ascii: "c"):
      let module = try line()
      stack.append(.global("\(module).\(try line())"))
    case 0x93:
      guard let name = try pop().text, let module = try pop().text else {
        throw Self.damaged("a name is no text")
      }
      stack.append(.global("\(module).\(name)"))
    case UInt8(ascii: "Q"): stack.append(.storage(try Self.storage(pop())))
    case UInt8(ascii: "R"):
      let arguments = try pop()
      stack.append(try call(pop(), arguments))
    case UInt8(ascii: "b"):
      // What an ordered dictionary has beside its entries are the versions of modules.
      _ = try pop()
      _ = try dictionary()
    case 0x81:
      _ = try pop()
      throw Self.unknown(try pop())
    default:
      throw .invalidFile(
        "its pickle has the instruction \(instruction), which no dictionary of tensors needs")
    }
  }

  // MARK: - What may be called

  private mutating func call(
    _ function: PickleValue, _ arguments: PickleValue
  ) throws(LSTMError) -> PickleValue {
    guard case .global(let name) = function, case .tuple(let tuple) = arguments else {
      throw Self.damaged("something is called that is no function")
    }
    let values = tuple.values
    switch name {
    case "collections.OrderedDict" where values.isEmpty: return .dictionary(newDictionary())
    case "torch.Size" where values.count == 1: return values[0]
    case "torch._utils._rebuild_tensor_v2":
      guard values.count >= 4, case .storage(let storage) = values[0],
        let offset = values[1].integer, let shape = values[2].integers,
        let strides = values[3].integers
      else { throw Self.damaged("a tensor has other parts") }
      // Views of complex numbers have signs that are not in their elements.
      if values.count > 6 {
        switch values[6] {
        case .none: break
        case .dictionary(let dictionary) where dictionary.entries.isEmpty: break
        default:
          throw .invalidFile(
            "its pickle has a tensor whose signs are not in its elements; write it by "
              + "tensor.resolve_neg().contiguous()")
        }
      }
      return .tensor(.init(storage: storage, offset: offset, shape: shape, strides: strides))
    case "torch._utils._rebuild_parameter":
      guard case .tensor(let tensor)? = values.first else {
        throw Self.damaged("a parameter is no tensor")
      }
      return .tensor(tensor)
    default: throw Self.unknown(function)
    }
  }

  /// The elements that a pickle asks for: ('storage', class, file, device, number of elements).
  private static func storage(_ value: PickleValue) throws(LSTMError) -> PickleValue.Storage {
    guard case .tuple(let tuple) = value else { throw damaged("the place of elements is") }
    let parts = tuple.values
    guard parts.count >= 5, parts[0].text == "storage",
      case .global(let kind) = parts[1], let key = parts[2].text, let count = parts[4].integer,
      count >= 0
    else { throw damaged("the place of elements is") }
    let types: [String: SafetensorsFile.ElementType] = [
      "Float": .float32, "Double": .float64, "Half": .float16, "BFloat16": .bfloat16,
      "Long": .int64, "Int": .int32, "Short": .int16, "Char": .int8, "Byte": .uint8, "Bool": .bool,
    ]
    guard kind.hasPrefix("torch."), kind.hasSuffix("Storage"),
      let type = types[String(kind.dropFirst(6).dropLast(7))]
    else { throw unknown(parts[1]) }
    return .init(key: key, elementType: type, count: count)
  }

  private static func unknown(_ value: PickleValue) -> LSTMError {
    guard case .global(let name) = value else { return damaged("something is made of no class") }
    return .invalidFile(
      "its pickle asks for '\(name)', and nothing of a pickle is run; write the weights alone by "
        + "torch.save(module.state_dict(), path)")
  }

  private static func damaged(_ what: String) -> LSTMError {
    .invalidFile("its pickle is damaged: \(what)")
  }

  // MARK: - The stack

  private mutating func newList() -> PickleList {
    let list = PickleList()
    lists.append(list)
    return list
  }

  private mutating func newDictionary() -> PickleDictionary {
    let dictionary = PickleDictionary()
    dictionaries.append(dictionary)
    return dictionary
  }

  private mutating func push(tuple values: [PickleValue]) throws(LSTMError) {
    let tuple = PickleTuple(values)
    guard tuple.depth <= Self.deepest else { throw Self.damaged("its tuples lie too deep") }
    stack.append(.tuple(tuple))
  }

  /// The number of the lowest element that may be taken: no one takes what is before a mark.
  private var floor: Int { marks.last ?? 0 }

  private mutating func pop() throws(LSTMError) -> PickleValue {
    guard stack.count > floor, let value = stack.popLast() else {
      throw Self.damaged("a value is missing")
    }
    return value
  }

  private func top() throws(LSTMError) -> PickleValue {
    guard stack.count > floor, let value = stack.last else {
      throw Self.damaged("a value is missing")
    }
    return value
  }

  private mutating func popToMark() throws(LSTMError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw Self.damaged("a mark is missing") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private mutating func remember(_ number: Int) throws(LSTMError) {
    guard let value = memory[number] else { throw Self.damaged("a value is missing") }
    stack.append(value)
  }

  private func list() throws(LSTMError) -> PickleList {
    guard case .list(let list) = try top() else { throw Self.damaged("a list is missing") }
    return list
  }

  private func dictionary() throws(LSTMError) -> PickleDictionary {
    guard case .dictionary(let dictionary) = try top() else {
      throw Self.damaged("a dictionary is missing")
    }
    return dictionary
  }

  private func add(
    _ values: [PickleValue], to dictionary: PickleDictionary
  ) throws(LSTMError) {
    guard values.count % 2 == 0 else { throw Self.damaged("a key has no value") }
    for place in stride(from: 0, to: values.count, by: 2) {
      dictionary.entries.append((values[place], values[place + 1]))
    }
  }

  // MARK: - The bytes

  private mutating func take(_ count: Int) throws(LSTMError) -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw Self.damaged("it is cut short") }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// A number of some bytes, the lowest first.
  private mutating func unsigned(_ count: Int) throws(LSTMError) -> Int {
    let value = try take(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let number = Int(exactly: value) else { throw Self.damaged("a number is too large") }
    return number
  }

  /// A number of so many bytes as the first one says, with a sign; a seed of a checkpoint may have more than
  /// any size of a tensor.
  private mutating func long() throws(LSTMError) -> PickleValue {
    let bytes = try take(unsigned(1))
    guard bytes.count <= 8 else { return .bytes }
    let start: UInt64 = (bytes.last ?? 0) & 0x80 == 0 ? 0 : .max
    return .integer(
      Int(Int64(bitPattern: bytes.reversed().reduce(start) { $0 << 8 | UInt64($1) })))
  }

  private mutating func text(_ count: Int) throws(LSTMError) -> String {
    String(decoding: try take(count), as: UTF8.self)
  }

  private mutating func line() throws(LSTMError) -> String {
    guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
      throw Self.damaged("it is cut short")
    }
    defer { rest = rest[(end + 1)...] }
    return String(decoding: rest[..<end], as: UTF8.self)
  }
}

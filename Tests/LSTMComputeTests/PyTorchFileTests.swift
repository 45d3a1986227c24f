import Foundation
import Testing

@testable import LSTMCompute

/// What `torch.save` writes, read without running anything; see `Fixtures/record_pytorch_file.py`.
@Suite struct PyTorchFileTests {
  private func file(_ name: String) throws -> Data {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    return try Data(contentsOf: URL(filePath: "/\(folder)/Fixtures/\(name).pt"))
  }

  @Test(arguments: ["pytorch-file", "pytorch-checkpoint"]) func tensorsAreThose(
    name: String
  ) throws {
    let tensors = try PyTorchFile(file(name), path: name).tensors
    // Half precision, a view with strides, and a whole number are among them.
    #expect(try tensors == interchangeFile("pytorch-file").tensors)
    #expect(tensors["head.weight"]?.shape == [2, 4])
    #expect(tensors["lstm.bias_ih_l1"]?.elementType == .float16)
  }

  /// No byte changed ends the process, and what is read then is still tensors of their shapes.
  @Test func damagedFilesAreRefused() throws {
    let whole = try file("pytorch-checkpoint")
    for count in stride(from: 0, to: whole.count, by: 31) {
      #expect(throws: LSTMError.self) { try PyTorchFile(whole.prefix(count), path: "cut") }
    }
    for _ in 0..<500 {
      var bytes = whole
      for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count)] = .random(in: 0...255) }
      guard let read = try? PyTorchFile(bytes, path: "changed") else { continue }
      for tensor in read.tensors.values {
        #expect(tensor.floats.count == tensor.shape.reduce(1, *))
      }
    }
  }

  // MARK: - Pickles

  private func refusal(_ pickle: [UInt8]) -> String {
    let error = #expect(throws: LSTMError.self) {
      try PickleReader.read(pickle) { (_) throws(LSTMError) in }
    }
    return error?.description ?? ""
  }

  /// The pickle that would run a command.
  @Test func nothingIsRun() {
    let command = Array("cos\nsystem\n(X\u{2}\u{0}\u{0}\u{0}lstR.".utf8)
    #expect(refusal(command).contains("asks for 'os.system', and nothing of a pickle is run"))
    let builtin = Array("cbuiltins\neval\nX\u{1}\u{0}\u{0}\u{0}1\u{85}R.".utf8)
    #expect(!refusal(builtin).isEmpty)
    let object = [0x80, 2] + Array("ctorch.nn.modules.rnn\nLSTM\n)".utf8) + [0x81, 0x2E]
    #expect(refusal(object).contains("'torch.nn.modules.rnn.LSTM'"))
    #expect(refusal(object).contains("torch.save(module.state_dict(), path)"))
  }

  @Test(
    arguments: [
      [], [0x2E], Array("t.".utf8), Array("(N".utf8), Array("(N0.".utf8),

      Array("]N".utf8) + [0x85, 0x73, 0x2E], Array("h\u{7}.".utf8), Array("Na.".utf8),
      Array("}(Nu.".utf8), [0x8D, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x8A, 200],
      Array("ctorch".utf8), Array("NQ.".utf8), Array("NNR.".utf8), Array("Nb.".utf8),
      [0xFF], Array("(NR.".utf8),
    ] as [[UInt8]])
  func picklesThatAreNoneAreRefused(pickle: [UInt8]) { #expect(!refusal(pickle).isEmpty) }

  @Test func numbersAndTextsAreRead() throws {
    let pickle =
      [0x80, 2] + Array("}X\u{1}\u{0}\u{0}\u{0}aJ".utf8) + [0xFE, 0xFF, 0xFF, 0xFF]
      + Array("s.".utf8)
    let value = try PickleReader.read(pickle) { (value) throws(LSTMError) -> Int? in
      guard case .dictionary(let dictionary) = value else { return nil }
      return dictionary.byName["a"]?.integer
    }
    #expect(value == -2)
  }

  /// Lists and tuples within each other, as deep as a file may be long, take no deep stack.
  @Test func deepPicklesEnd() throws {
    let depth = 300_000
    let lists = [UInt8](repeating: 0x5D, count: depth) + [UInt8](repeating: 0x61, count: depth - 1)
    let isList = try PickleReader.read(lists + [0x2E]) { (value) throws(LSTMError) in
      if case .list = value { true } else { false }
    }
    #expect(isList)
    #expect(
      refusal([0x29] + [UInt8](repeating: 0x85, count: depth) + [0x2E]).contains("too deep"))
    // A list that holds itself.
    let own = try PickleReader.read([0x5D, 0x71, 0, 0x68, 0, 0x61, 0x2E]) {
      (value) throws(LSTMError) in if case .list(let list) = value { list.values.count } else { 0 }
    }
    #expect(own == 1)
  }
}

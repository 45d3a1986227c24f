import AnomalyDetection
import LSTMCompute
import Testing

@Suite struct ForecasterFileTests {
  @Test(arguments: [FittingOptions.Subject.change, .value])
  func comesBackAsItWas(subject: FittingOptions.Subject) throws {
    let forecaster = try Example(horizon: 2, subject: subject).forecaster
    try withTemporaryFile { path in
      try forecaster.save(to: path)
      let read = try Forecaster(path: path)
      #expect(read == forecaster)
    }
  }

  @Test func tensorsHaveTheNamesOfPyTorch() throws {
    let forecaster = try Example().forecaster
    try withTemporaryFile { path in
      try forecaster.save(to: path)
      let file = try SafetensorsFile(path: path)
      #expect(
        file.tensors.keys.sorted() == [
          "head.bias", "head.weight", "lstm.bias_hh_l0", "lstm.bias_hh_l1", "lstm.bias_ih_l0",
          "lstm.bias_ih_l1", "lstm.weight_hh_l0", "lstm.weight_hh_l1", "lstm.weight_ih_l0",
          "lstm.weight_ih_l1",
        ])
      #expect(file.tensors["lstm.weight_ih_l0"]?.shape == [20, 3])
      #expect(file.metadata["format"] == "pt")
    }
  }

  /// A change to a model file, and what the message must contain.
  struct Damage: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var message: String
    var change: @Sendable (inout SafetensorsFile) -> Void
  }

  static let damages = [
    Damage(testDescription: "not a model", message: "no model") { $0.metadata = [:] },
    Damage(testDescription: "other version", message: "version 6; this version reads 1 to 5") {
      $0.metadata["swift_lstm_format"] = "6"
    },
    Damage(testDescription: "version 2 without layers", message: "format version 1, not 2") {
      $0.metadata["swift_lstm_format"] = "2"
    },
    Damage(testDescription: "no description", message: "damaged") {
      $0.metadata["swift_lstm"] = nil
    },
    Damage(testDescription: "half a description", message: "damaged") {
      $0.metadata["swift_lstm"]?.removeLast(40)
    },
    Damage(testDescription: "missing tensor", message: "'head.bias' is missing") {
      $0.tensors["head.bias"] = nil
    },
    Damage(testDescription: "other shape", message: "'head.bias' has the shape [3]") {
      $0.tensors["head.bias"] = .init([1, 2, 3], shape: [3])
    },
    Damage(testDescription: "weight that is no number", message: "not a finite number") {
      $0.tensors["head.bias"] = .init([.nan, 0], shape: [2])
    },
    edit("negative size", "\"hidden_sizes\":[5,3]", "\"hidden_sizes\":[5,-3]", "hidden units"),
    edit("no layers", "\"hidden_sizes\":[5,3]", "\"hidden_sizes\":[]", "layer"),
    edit("other features", "\"features\":[\"a\",", "\"features\":[", "features"),
    edit("unknown feature", "\"features\":[\"a\",", "\"features\":[\"z\",", "scale"),
    edit("other horizon", "\"horizon\":1", "\"horizon\":2", "horizon"),
    edit("other loss", "\"loss\":\"mse\"", "\"loss\":\"gaussian\"", "2 outputs"),
    edit("unknown loss", "\"loss\":\"mse\"", "\"loss\":\"quantile(0.9,0.1)\"", "damaged"),
    edit("no median", "\"loss\":\"mse\"", "\"loss\":\"quantile(0.1)\"", "0.5"),
    edit("no window", "\"steps\":6", "\"steps\":0", "window"),
  ]

  private static func edit(
    _ name: String, _ old: String, _ new: String, _ message: String
  ) -> Damage {
    Damage(testDescription: name, message: message) { file in
      let text = file.metadata["swift_lstm"] ?? ""
      precondition(text.contains(old), "\(old) is not in \(text)")
      file.metadata["swift_lstm"] = text.replacing(old, with: new)
    }
  }

  @Test(arguments: damages) func aDamagedFileIsRefusedInOneLine(damage: Damage) throws {
    let forecaster = try Example().forecaster
    try withTemporaryFile { path in
      try forecaster.save(to: path)
      var file = try SafetensorsFile(path: path)
      damage.change(&file)
      file.seal()
      try file.write(to: path)
      let error = #expect(throws: DetectionError.self) { try Forecaster(path: path) }
      let message = error?.description ?? ""
      #expect(message.hasPrefix(path))
      #expect(message.contains(damage.message), "\(message)")
      #expect(!message.contains("\n"))
    }
  }
}

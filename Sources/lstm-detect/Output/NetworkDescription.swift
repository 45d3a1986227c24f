import AnomalyDetection
import LSTMCompute
import ResultText

/// What a network is made of, in the words of the options that make it.
enum NetworkDescription {
  /// Such as `LSTM 64,32, peepholes, dropout 0.2`.
  static func text(_ specification: NetworkSpecification, members: Int) -> String {
    text(specification, specification.options, members: members)
  }

  /// The same for the network of a model, and how it was trained.
  static func text(_ forecaster: Forecaster) -> String {
    text(
      forecaster.network.specification, forecaster.networkOptions,
      members: forecaster.members.count)
  }

  private static func text(
    _ specification: NetworkSpecification, _ options: [NetworkOption], members: Int
  ) -> String {
    let units = specification.layers.map { "\($0.hiddenSize)" }.joined(separator: ",")
    return (members > 1 ? "\(members) networks of " : "")
      + (["LSTM \(units)"] + options.map(\.description)).joined(separator: ", ")
  }

  /// From what a training started, such as `m.safetensors, lstm.l0 frozen`.
  static func initial(_ name: String, frozen: Set<String>) -> String {
    frozen.isEmpty ? name : "\(name), \(Findings.list(frozen.sorted())) frozen"
  }

  /// The options that are on, with one value for all layers or a list of those of each.
  static func document(_ options: [NetworkOption]) -> JSONValue {
    .object(
      options.map { option in
        let values = option.values.map { value -> JSONValue in
          switch value {
          case nil: .null
          case .on: .bool(true)
          case .count(let count): .integer(count)
          case .number(let number): .float(number)
          case .word(let word): .string(word)
          }
        }
        return (option.name, values.count == 1 ? values[0] : .array(values))
      })
  }
}

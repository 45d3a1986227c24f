#if Service
  import AnomalyDetection
  import ResultText
  import TimeSeries

  extension SeriesTable {
    /// What is told of a model.
    var document: JSONValue {
      func list(_ names: [String]) -> JSONValue { .array(names.map(JSONValue.string)) }
      let forecaster = model.forecaster
      return .object([
        ("name", .string(model.name)), ("checksum", .string(model.checksum)),
        ("targets", list(forecaster.targets)), ("features", list(forecaster.features)),
        ("time", list(forecaster.columns.time ?? [])), ("series", list(model.keyColumns)),
        ("window", .integer(forecaster.steps)), ("horizon", .integer(forecaster.horizon)),
        ("fitted_until", .string(forecaster.origin.lastTime)),
        (
          "fitted_series", model.keyColumns.isEmpty ? .null : .integer(model.memberCount)
        ),
        ("known_series", .integer(count)),
      ])
    }
  }
#endif

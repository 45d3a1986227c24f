#if Service
  import AnomalyDetection
  import LSTMCompute
  import TimeSeries

  /// A model that rows are judged by, ready to run.
  struct ServedModel: Sendable {
    /// The name of its file, without the extension.
    let name: String
    let checksum: String
    /// Of several series the forecaster of all.
    let forecaster: Forecaster
    /// The columns of a row, as the journal keeps them.
    let columns: [String]
    /// The columns that tell series apart in the rows; empty of a model of one series.
    let keyColumns: [String]
    private let options: SeriesOptions
    private let predictors: [Predictor]
    private let threshold: Threshold?
    /// Of a model of several series the place of each.
    private let members: [SeriesID: Int]

    /// Reads a model file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - name: What it is called in addresses.
    ///   - backend: What its networks run on.
    ///   - threshold: How unusual a row may be; `nil` is what `watch` takes.
    /// - Throws: Why it cannot be served.
    init(
      path: String, name: String, backend: any Backend, threshold: Threshold?
    ) throws {
      let stored = try Forecaster.load(path)
      self.name = name
      checksum = stored.checksum
      let forecaster = stored.forecaster
      self.forecaster = forecaster
      self.threshold = threshold
      keyColumns = forecaster.columns.series ?? []
      columns =
        forecaster.features + forecaster.targets.filter { !forecaster.features.contains($0) }
      var options = forecaster.columns
      options.categories = options.categories ?? []
      self.options = options
      predictors = try forecaster.livePredictors(on: backend)
      let keys = forecaster.panel?.members.map(\.key) ?? []
      members = Dictionary(
        keys.enumerated().map { (SeriesID($1), $0) }, uniquingKeysWith: { first, _ in first })
      // What cannot be judged is found out now, and not by the first row.
      _ = try detector(of: keys.first ?? [])
      _ = try reader(known: nil)
    }

    /// The folder of what is known of its rows: another fit of the same name has another.
    var folder: String { "\(name)-\(checksum)" }

    /// Whether rows of a series can be judged.
    func knows(_ id: SeriesID) -> Bool { keyColumns.isEmpty || members[id] != nil }

    /// How many series the model was fitted to.
    var memberCount: Int { members.count }

    /// A detector that has seen no rows of a series.
    ///
    /// - Throws: `DetectionError` where the model cannot judge rows as they come, or was not fitted to
    ///   the series.
    func detector(of key: [String]) throws(DetectionError) -> LiveDetector {
      var own = forecaster
      if !keyColumns.isEmpty {
        guard let place = members[SeriesID(key)], let panel = forecaster.panel else {
          throw .dataMismatch("the model was not fitted to the series '\(Panel.name(of: key))'")
        }
        own = forecaster.forecaster(of: panel.members[place])
      }
      return try LiveDetector(own, by: predictors, threshold: threshold)
    }

    /// A reader of the lines of a request.
    func reader(known: LiveReader.Form?) throws(TimeSeriesError) -> LiveReader {
      try LiveReader(
        options: options, label: forecaster.origin.lastTime, path: "body", known: known)
    }
  }
#endif

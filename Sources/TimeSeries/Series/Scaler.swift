/// How columns are brought to about the same size before a network sees them.
public struct Scaler: Hashable, Sendable, Codable {
  /// How offset and scale are found.
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Mean and standard deviation (population), so that values are about -1 to 1.
    case standard
    /// Minimum and range, so that values are 0 to 1.
    case minmax
  }

  /// Offset and scale of one column.
  public struct Column: Hashable, Sendable, Codable {
    /// The column's name.
    public let name: String
    /// What is subtracted.
    public let offset: Double
    /// What the difference is divided by; 1 for a constant column.
    public let scale: Double

    /// A column's scaling from its parts.
    public init(name: String, offset: Double, scale: Double) {
      self.name = name
      self.offset = offset
      self.scale = scale
    }

    /// The scaled value, (value - offset) / scale.
    public func transform(_ value: Double) -> Double { (value - offset) / scale }
    /// The value in original units.
    public func inverse(_ scaled: Double) -> Double { scaled * scale + offset }
  }

  /// How offset and scale were found.
  public let kind: Kind
  /// Offset and scale of each column.
  public let columns: [Column]

  /// A scaler from its parts.
  public init(kind: Kind, columns: [Column]) {
    self.kind = kind
    self.columns = columns
  }

  /// A scaler fitted to some rows of all columns of a series.
  ///
  /// - Parameters:
  ///   - kind: How offset and scale are found.
  ///   - series: The series.
  ///   - rows: The rows to fit to: those that are trained on, and no later ones.
  public init(kind: Kind, series: Series, rows: Range<Int>) {
    self.kind = kind
    self.columns = series.columns.map { Column(kind: kind, name: $0.name, values: $0.values[rows]) }
  }

  /// Offset and scale of the column of a name.
  public subscript(name: String) -> Column? { columns.first { $0.name == name } }
}

extension Scaler.Column {
  /// Offset and scale of some values; 1 is the scale of values that are all the same.
  ///
  /// Sums run in Double and in two passes, so that large offsets do not swallow small deviations.
  package init(kind: Scaler.Kind, name: String, values: ArraySlice<Double>) {
    guard let minimum = values.min(), let maximum = values.max(), minimum < maximum else {
      self.init(name: name, offset: values.first ?? 0, scale: 1)
      return
    }
    switch kind {
    case .minmax:
      self.init(name: name, offset: minimum, scale: maximum - minimum)
    case .standard:
      let count = Double(values.count)
      let mean = values.reduce(0, +) / count
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
      self.init(name: name, offset: mean, scale: variance > 0 ? variance.squareRoot() : 1)
    }
  }
}

/// What a user says about how a table is written; what is `nil` is found out.
public struct TableOptions: Hashable, Sendable, Codable {
  /// What stands between cells: one ASCII character.
  public var delimiter: String?
  /// The sign before decimals: a point or a comma.
  public var decimal: DecimalSign?
  /// The sign between thousands.
  public var thousands: ThousandsSign?
  /// What stands for a missing value, beside an empty cell, `NA` and the like: words and numbers.
  public var missingValues: [String]
  /// The number of lines above the header that are passed over unseen.
  public var skippedRows: Int
  /// The sign before decimals of the file that a model was fitted to: it decides where a file could
  /// be read in two ways.
  public var usualDecimal: DecimalSign?

  /// The sign before decimals.
  public enum DecimalSign: String, Hashable, Sendable, Codable, CaseIterable {
    /// As in 1.5.
    case point
    /// As in 1,5.
    case comma
  }

  /// The sign between thousands.
  public enum ThousandsSign: String, Hashable, Sendable, Codable, CaseIterable {
    /// There is none.
    case none
    /// As in 1,000.
    case comma
    /// As in 1.000.
    case point
    /// As in 1 000, with any kind of blank.
    case blank
    /// As in 1'000.
    case apostrophe
  }

  /// Options with which all is found out.
  public init() {
    missingValues = []
    skippedRows = 0
  }

  var delimiterByte: Delimiter? {
    delimiter?.unicodeScalars.first.flatMap { $0.isASCII ? Delimiter($0) : nil }
  }

  /// The forms of numbers that are possible.
  var forms: NumberForms {
    NumberForms { form in
      (decimal.map { $0.byte == form.decimal } ?? true)
        && (thousands.map { form.thousands == 0 || form.thousands == $0.byte } ?? true)
    }
  }
}

extension TableOptions.DecimalSign {
  var byte: UInt8 { self == .comma ? NumberForm.comma : NumberForm.point }
}

extension TableOptions.ThousandsSign {
  var byte: UInt8 {
    switch self {
    case .none: 0
    case .comma: NumberForm.comma
    case .point: NumberForm.point
    case .blank: NumberForm.blank
    case .apostrophe: NumberForm.apostrophe
    }
  }
}

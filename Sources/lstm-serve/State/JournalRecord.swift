#if Service
  import Foundation
  import LSTMCompute
  import TimeSeries

  /// The rows of a request, as the journal has them: one record a request, so that all of them count or none.
  ///
  /// A record is its length, the CRC-32 of what follows, and that: its number, then for each series the
  /// model, the key, what was found out of the lines, and the rows.
  struct JournalRecord {
    /// The rows of one series.
    struct Part {
      /// The folder of the model's series, which has its name and its checksum.
      var model: String
      var key: [String]
      /// What was found out of the lines, as JSON; empty where nothing new was but the number of the row.
      var form: [UInt8]
      /// The number of the last row among the lines.
      var formRow: Int
      var rows: [LiveRow]
    }

    /// Records are numbered from 1, over all files.
    var sequence: UInt64
    var parts: [Part]

    /// Longer records are none, so that a damaged length asks for no memory.
    static let mostBytes = 1 << 30
    private static let headSize = 8

    /// The bytes of the record.
    ///
    /// - Parameter columns: The columns of a model's rows in their order, by its folder.
    /// - Returns: What `read` reads.
    func encoded(columns: (String) -> [String]) -> [UInt8] {
      var body = ByteWriter()
      body.add(sequence)
      body.add(UInt32(parts.count))
      for part in parts {
        let names = columns(part.model)
        body.add(part.model)
        body.add(part.key)
        body.add(part.form)
        body.add(Int64(part.formRow))
        body.add(UInt32(part.rows.count))
        for row in part.rows {
          body.add(Self.kinds.firstIndex(of: row.time.kind).map(UInt8.init) ?? 0)
          body.add(UInt8(row.time.isUTC ? 1 : 0))
          body.add(row.time.value)
          body.add(UInt32(names.count))
          for name in names { body.add(row.values[name] ?? .nan) }
        }
      }
      var record = ByteWriter()
      record.add(UInt32(body.bytes.count))
      record.add(CRC32.sum(of: body.bytes[...]))
      return record.bytes + body.bytes
    }

    private static let kinds: [TimeAxis.Kind] = [.dates, .times, .numbers, .rowNumbers]

    /// Reads the record at the start of some bytes.
    ///
    /// - Parameters:
    ///   - bytes: The rest of a file.
    ///   - columns: As for `encoded`; `nil` where the model is not served.
    /// - Returns: The record and its size; `nil` where the bytes are none, or torn.
    static func read(
      _ bytes: ArraySlice<UInt8>, columns: (String) -> [String]?
    ) -> (record: JournalRecord, size: Int)? {
      var head = ByteReader(bytes.prefix(headSize))
      guard let count = head.number(UInt32.self), let sum = head.number(UInt32.self),
        count <= mostBytes, bytes.count >= headSize + Int(count)
      else { return nil }
      let body = bytes.dropFirst(headSize).prefix(Int(count))
      guard CRC32.sum(of: body) == sum else { return nil }
      var reader = ByteReader(body)
      guard let sequence = reader.number(UInt64.self), let parts = reader.number(UInt32.self) else {
        return nil
      }
      var record = JournalRecord(sequence: sequence, parts: [])
      for _ in 0..<parts {
        guard let part = readPart(&reader, columns: columns) else { return nil }
        record.parts.append(part)
      }
      return reader.isAtEnd ? (record, headSize + Int(count)) : nil
    }

    private static func readPart(
      _ reader: inout ByteReader, columns: (String) -> [String]?
    ) -> Part? {
      guard let model = reader.text(), let key = reader.texts(), let form = reader.block(),
        let formRow = reader.number(Int64.self), let count = reader.number(UInt32.self)
      else { return nil }
      let names = columns(model) ?? []
      var part = Part(model: model, key: key, form: Array(form), formRow: Int(formRow), rows: [])
      for _ in 0..<count {
        guard let kind = reader.number(UInt8.self), kinds.indices.contains(Int(kind)),
          let isUTC = reader.number(UInt8.self), let time = reader.double(),
          let width = reader.number(UInt32.self)
        else { return nil }
        var values: [String: Double] = [:]
        for place in 0..<Int(width) {
          guard let value = reader.double() else { return nil }
          if place < names.count { values[names[place]] = value }
        }
        part.rows.append(
          LiveRow(
            values: values,
            time: RowTime(kind: kinds[Int(kind)], value: time, isUTC: isUTC == 1), key: key))
      }
      return part
    }
  }
#endif

/// Cuts the bytes of a CSV file at the ends of rows, never within a quoted cell.
struct RowSplitter {
  /// Bytes that have not been handed out, from the start of a row on.
  private(set) var pending: [UInt8] = []
  /// The number of leading bytes of `pending` that have been looked at.
  private var scanned = 0
  /// Where the last row that has ended, ends in `pending`.
  private var end = 0
  /// Whether the bytes looked at end within quotes: a doubled quote opens and closes at once.
  private(set) var isWithinQuotes = false

  /// The rows that have ended, where there are some.
  mutating func append(_ bytes: some Sequence<UInt8>) -> [UInt8]? {
    pending.append(contentsOf: bytes)
    pending.withUnsafeBufferPointer { pending in
      for position in scanned..<pending.count {
        if pending[position] == UInt8(ascii: "\"") {
          isWithinQuotes.toggle()
        } else if pending[position] == UInt8(ascii: "\n"), !isWithinQuotes {
          end = position + 1
        }
      }
    }
    scanned = pending.count
    guard end > 0 else { return nil }
    return take(end)
  }

  /// What is left, with its last row ended; `nil` where nothing is.
  mutating func finish() -> [UInt8]? {
    guard !pending.isEmpty else { return nil }
    pending.append(UInt8(ascii: "\n"))
    return take(pending.count)
  }

  private mutating func take(_ count: Int) -> [UInt8] {
    let rest = Array(pending[count...])
    pending.removeLast(pending.count - count)
    defer {
      pending = rest
      scanned = rest.count
      end = 0
    }
    return pending
  }
}

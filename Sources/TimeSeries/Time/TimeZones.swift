/// Zones as they stand behind a time.
enum TimeZones {
  /// Milliseconds that are ahead of UTC: of `Z`, of an offset such as `+02:00`, of a zone's name.
  ///
  /// The name of a place in brackets behind an offset adds nothing to it.
  static func parseOffset(_ scanner: inout ByteScanner) -> Int? {
    var ahead = scanner
    _ = ahead.skipBlanks()
    var offset: Int?
    if let word = ahead.word() {
      guard let known = named[word] else { return nil }
      offset = known
      // UTC+2
      if known == 0, word != "z", let further = digits(&ahead) { offset = further }
    } else {
      offset = digits(&ahead)
    }
    guard let offset else { return nil }
    _ = ahead.skipBlanks()
    if ahead.skip("[") || ahead.skip("(") {
      while let byte = ahead.take(), byte != UInt8(ascii: "]"), byte != UInt8(ascii: ")") {}
    }
    scanner = ahead
    return offset
  }

  private static func digits(_ scanner: inout ByteScanner) -> Int? {
    guard scanner.next == UInt8(ascii: "+") || scanner.next == UInt8(ascii: "-") else { return nil }
    let isBehind = scanner.take() == UInt8(ascii: "-")
    guard let hours = scanner.number(upTo: 2) else { return nil }
    _ = scanner.skip(":")
    let minutes = scanner.number(upTo: 2)?.value ?? 0
    guard hours.value < 24, minutes < 60 else { return nil }
    return (hours.value * 60 + minutes) * 60_000 * (isBehind ? -1 : 1)
  }

  /// Zones whose names mean one thing; of others, such as IST, there are several.
  private static let named: [String: Int] = [
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2,
    "eet": 2, "eest": 3, "msk": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "jst": 9, "kst": 9, "aest": 10,
    "aedt": 11, "nzst": 12, "nzdt": 13,
  ].mapValues { $0 * 3_600_000 }
}

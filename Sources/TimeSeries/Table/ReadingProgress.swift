/// How far the reading of a file is.
public struct ReadingProgress: Hashable, Sendable {
  /// The number of bytes that have been read.
  public let bytes: Int
  /// The number of bytes that there are.
  public let expectedBytes: Int
  /// Whether the file is read once more, for columns that turned out to hold text.
  public let isAgain: Bool

  package init(bytes: Int, expectedBytes: Int, isAgain: Bool) {
    self.bytes = bytes
    self.expectedBytes = expectedBytes
    self.isAgain = isAgain
  }
}

// What the tests of articles and comments read of them.

extension Substring {
  /// Without the blanks at its start.
  var trimmed: Substring { drop { $0 == " " } }
}

extension [Substring] {
  /// The lines between each "```swift" and the "```" after it.
  var swiftBlocks: [[Substring]] {
    var blocks: [[Substring]] = []
    var isInside = false
    for line in self {
      if line == "```swift" {
        blocks.append([])
        isInside = true
      } else if line == "```" {
        isInside = false
      } else if isInside {
        blocks[blocks.count - 1].append(line)
      }
    }
    return blocks
  }
}

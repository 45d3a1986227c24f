public import FoundationEssentials

// What the tests of articles and comments read of them.

extension Substring {
  /// Without the blanks at its start.
  public var trimmed: Substring { drop { $0 == " " } }
}

extension [Substring] {
  /// The lines between each "```swift" and the "```" after it.
  public var swiftBlocks: [[Substring]] {
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

/// The code in the comments of some sources, held against a file that compiles.
public struct CommentedCode {
  /// How many blocks of code there are.
  public private(set) var count = 0
  /// Those that are not in the file, each after the name of its source.
  public private(set) var strays: [String] = []

  /// Looks for each block of the comments below `sources` in the file `examples`.
  public init(of sources: URL, in examples: URL) throws {
    func lines(_ path: String) throws -> [Substring] {
      try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(\.trimmed)
    }
    let code = try lines(examples.path)
    for name in try FileManager.default.subpathsOfDirectory(atPath: sources.path)
    where name.hasSuffix(".swift") {
      let comments = try lines("\(sources.path)/\(name)").filter { $0.hasPrefix("///") }
        .map { $0.dropFirst(3).trimmed }
      for block in comments.swiftBlocks {
        count += 1
        if !code.indices.contains(where: { code[$0...].starts(with: block) }) {
          strays.append("\(name):\n\(block.joined(separator: "\n"))")
        }
      }
    }
  }
}

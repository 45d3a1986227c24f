// What a module's documentation lacks: swift undocumented.swift SYMBOL-GRAPH LANDING-PAGE
//
// Public symbols without a comment, symbols that throw and do not say what, and types that the
// landing page does not list. What the compiler writes itself has no place in the source and needs
// no comment.

import Foundation

struct SymbolGraph: Decodable {
  struct Symbol: Decodable {
    struct Comment: Decodable {
      struct Line: Decodable { let text: String }
      let lines: [Line]
    }
    struct Fragment: Decodable {
      let kind: String
      let spelling: String
    }
    struct Location: Decodable {
      struct Position: Decodable { let line: Int }
      let uri: String
      let position: Position
    }

    let pathComponents: [String]
    let docComment: Comment?
    let declarationFragments: [Fragment]?
    let location: Location?
  }

  let symbols: [Symbol]
}

precondition(CommandLine.arguments.count == 3, "two files are needed")
let graph = try JSONDecoder().decode(
  SymbolGraph.self, from: Data(contentsOf: URL(filePath: CommandLine.arguments[1])))
let page = try String(
  contentsOf: URL(filePath: CommandLine.arguments[2]), encoding: .utf8)
let written = graph.symbols.filter { $0.location != nil }

var faults: [String] = []
for symbol in written {
  let name = symbol.pathComponents.joined(separator: ".")
  let place = symbol.location.map { "\($0.uri):\($0.position.line + 1): " } ?? ""
  guard let comment = symbol.docComment else {
    faults.append("\(place)\(name) is not documented")
    continue
  }
  let throwing = (symbol.declarationFragments ?? []).contains {
    $0.kind == "keyword" && $0.spelling == "throws"
  }
  if throwing, !comment.lines.contains(where: { $0.text.contains("- Throws:") }) {
    faults.append("\(place)\(name) throws, but does not say what")
  }
  if symbol.pathComponents.count == 1, !page.contains("- ``\(name)``") {
    faults.append("\(place)\(name) is not listed on the landing page")
  }
}
if written.isEmpty { faults.append("no symbol has a place in the source: not a release build?") }
for fault in faults.sorted() { print(fault.replacing("file://", with: "")) }
if !faults.isEmpty { exit(1) }
print("\(written.count) public symbols of \(graph.symbols.count) are ours, and documented")

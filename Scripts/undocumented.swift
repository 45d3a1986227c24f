// What the documentation of modules lacks: swift undocumented.swift SYMBOL-GRAPH LANDING-PAGE ...
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

/// What one module lacks, a line each.
func faults(of graph: SymbolGraph, page: String) -> [String] {
  var faults: [String] = []
  for symbol in graph.symbols where symbol.location != nil {
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
  if !graph.symbols.contains(where: { $0.location != nil }) {
    faults.append("no symbol has a place in the source: not a release build?")
  }
  return faults
}

let paths = CommandLine.arguments.dropFirst()
precondition(!paths.isEmpty && paths.count.isMultiple(of: 2), "pairs of files are needed")
var hasFaults = false
for first in stride(from: paths.startIndex, to: paths.endIndex, by: 2) {
  let graph = try JSONDecoder().decode(
    SymbolGraph.self, from: Data(contentsOf: URL(filePath: paths[first])))
  let page = try String(contentsOf: URL(filePath: paths[first + 1]), encoding: .utf8)
  let found = faults(of: graph, page: page)
  for fault in found.sorted() { print(fault.replacing("file://", with: "")) }
  hasFaults = hasFaults || !found.isEmpty
  if found.isEmpty {
    let own = graph.symbols.count { $0.location != nil }
    print(
      "\(paths[first + 1]): \(own) public symbols of \(graph.symbols.count) are ours, and documented"
    )
  }
}
if hasFaults { exit(1) }

// The pages of the manual: swift manual.swift HELP-JSON VERSION SECONDS FOLDER
//
// Writes lstm-detect.1 and a page for each subcommand into FOLDER, from what
// `lstm-detect --experimental-dump-help` prints: all options, those of --help-all too, under the
// headings that the help has. SECONDS since 1970 is the date of the pages.

import Foundation

struct Help: Decodable {
  let command: Command
}

struct Command: Decodable {
  let commandName: String
  let abstract: String?
  let discussion: String?
  let arguments: [Argument]?
  let subcommands: [Command]?
}

struct Argument: Decodable {
  struct Name: Decodable {
    let kind: String
    let name: String
    var typed: String { (kind == "long" ? "--" : "-") + name }
  }

  let kind: String
  let names: [Name]?
  let valueName: String?
  let abstract: String?
  let defaultValue: String?
  let allValues: [String]?
  let isOptional: Bool
  let isRepeating: Bool
  let shouldDisplay: Bool
  let sectionTitle: String?

  /// Old spellings have no text, and no place in a manual.
  var isDocumented: Bool { abstract?.isEmpty == false }
}

// MARK: - The language of man(7)

/// Text that troff shows as it is.
func escaped(_ text: String) -> String {
  var result = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    .replacing("'", with: "\\(aq").replacing("`", with: "\\(ga")
  if result.hasPrefix(".") { result = "\\&" + result }
  return result
}

func heading(_ text: String) -> String { ".SH \(escaped(text.uppercased()))\n" }
func bold(_ text: String) -> String { "\\fB\(escaped(text))\\fR" }
func italic(_ text: String) -> String { "\\fI\(escaped(text))\\fR" }

/// Paragraphs as they are; indented lines as they stand; a line of capitals as a heading.
func body(_ text: String) -> String {
  var page = ""
  var isLiteral = false
  // A heading begins a paragraph by itself.
  var begins = false
  for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
    let isIndented = line.hasPrefix(" ")
    if line.isEmpty {
      if isLiteral { page += ".fi\n.RE\n" }
      isLiteral = false
      begins = true
    } else if !isIndented, !isLiteral, line == line.uppercased(), line.count > 1 {
      page += heading(line)
      begins = false
    } else if isIndented != isLiteral {
      page += isIndented ? "\(begins ? ".PP\n" : "").RS 2\n.nf\n" : ".fi\n.RE\n.PP\n"
      page += escaped(isIndented ? String(line.dropFirst(2)) : line) + "\n"
      isLiteral = isIndented
      begins = false
    } else {
      if begins { page += ".PP\n" }
      page += escaped(isIndented ? String(line.dropFirst(2)) : line) + "\n"
      begins = false
    }
  }
  return page + (isLiteral ? ".fi\n.RE\n" : "")
}

// MARK: - A page

/// How an argument is typed: `-o, --output <folder>`.
func form(_ argument: Argument) -> String {
  let value = italic(argument.valueName ?? "value")
  let names = (argument.names ?? []).sorted { $0.name.count < $1.name.count }
  guard !names.isEmpty else { return value }
  let typed = names.map { bold($0.typed) }.joined(separator: ", ")
  return argument.kind == "flag" ? typed : "\(typed) \(value)"
}

func description(_ argument: Argument) -> String {
  var text = argument.abstract ?? ""
  var facts: [String] = []
  if let values = argument.allValues, !values.allSatisfy({ text.contains($0) }) {
    facts.append("values: " + values.joined(separator: ", "))
  }
  if let value = argument.defaultValue, argument.kind != "flag", !text.contains("(default:") {
    facts.append("default: \(value)")
  }
  if !facts.isEmpty { text += " (\(facts.joined(separator: "; ")))" }
  return escaped(text)
}

func options(_ arguments: [Argument]) -> String {
  var titles: [String] = []
  for title in arguments.map({ $0.sectionTitle ?? "Other" }) where !titles.contains(title) {
    titles.append(title)
  }
  // What no group names comes last, as in the help.
  titles = titles.filter { $0 != "Other" } + titles.filter { $0 == "Other" }
  var text = heading("Options")
  for title in titles {
    if titles.count > 1 { text += ".SS \(escaped(title))\n" }
    for argument in arguments where (argument.sectionTitle ?? "Other") == title {
      text += ".TP\n\(form(argument))\n\(description(argument))\n"
    }
  }
  return text
}

func page(of command: Command, root: Command, version: String, date: String) -> String {
  let isRoot = command.commandName == root.commandName
  let name = isRoot ? root.commandName : "\(root.commandName)-\(command.commandName)"
  let typed = isRoot ? root.commandName : "\(root.commandName) \(command.commandName)"
  let arguments = (command.arguments ?? []).filter(\.isDocumented)
  let commands = (command.subcommands ?? []).filter { $0.commandName != "help" }
  let abstract = (command.abstract ?? "").trimmingSuffix { $0 == "." }

  var text =
    ".TH \(escaped(name.uppercased())) 1 \(date) \"\(root.commandName) \(version)\" "
    + "\"User Commands\"\n"
  text +=
    heading("Name") + "\(escaped(name)) \\- "
    + escaped(abstract.prefix(1).lowercased() + abstract.dropFirst()) + "\n"
  text += heading("Synopsis") + bold(typed)
  if !commands.isEmpty { text += " " + italic("subcommand") }
  text += " [" + italic("options") + "]"
  for argument in arguments where !argument.isOptional && argument.kind != "flag" {
    text += " " + form(argument)
  }
  text += "\n" + heading("Description") + body(command.discussion ?? abstract + ".")
  if !commands.isEmpty {
    text += heading("Subcommands")
    for subcommand in commands {
      text += ".TP\n\(bold(subcommand.commandName))\n\(escaped(subcommand.abstract ?? ""))\n"
    }
  }
  text += options(arguments) + heading("See also")
  let pages = [root] + (root.subcommands ?? []).filter { $0.commandName != "help" }
  text +=
    pages.filter { $0.commandName != command.commandName }.map {
      let other = $0.commandName == root.commandName ? "" : "-\($0.commandName)"
      return "\\%\(bold(root.commandName + other))(1)"
    }.joined(separator: ",\n") + "\n"
  return text
}

extension String {
  func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
    var text = self
    while let last = text.last, predicate(last) { text.removeLast() }
    return text
  }
}

precondition(CommandLine.arguments.count == 5, "a file, a version, a time and a folder are needed")
let root = try JSONDecoder().decode(
  Help.self, from: Data(contentsOf: URL(filePath: CommandLine.arguments[1]))
).command
let date = Date(timeIntervalSince1970: Double(CommandLine.arguments[3]) ?? 0)
  .formatted(.iso8601.year().month().day())
for command in [root] + (root.subcommands ?? []).filter({ $0.commandName != "help" }) {
  let isRoot = command.commandName == root.commandName
  let name = isRoot ? root.commandName : "\(root.commandName)-\(command.commandName)"
  try page(of: command, root: root, version: CommandLine.arguments[2], date: date).write(
    to: URL(filePath: CommandLine.arguments[4]).appending(path: "\(name).1"), atomically: true,
    encoding: .utf8)
}

import ArgumentParser

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension LSTMDetect {
  /// Throws where the first word is a subcommand spelt wrong, which would be read as a data file, or
  /// help is wanted on one that does not exist.
  ///
  /// - Parameter arguments: What the user has typed after the command's own name.
  /// - Throws: A usage error with the subcommand that was probably meant.
  static func checkSubcommand(_ arguments: ArraySlice<String>) throws {
    guard let word = arguments.first else { return }
    let known = configuration.subcommands.map { $0.subcommand } + ["help"]
    if word == "help" {
      guard let topic = arguments.dropFirst().first, !topic.hasPrefix("-"), !known.contains(topic)
      else { return }
      throw unknown(topic, meant: suggestion(for: topic, of: known))
    }
    guard !known.contains(word), !word.hasPrefix("-"), !word.contains(where: { "./".contains($0) }),
      access(word, F_OK) != 0, let meant = suggestion(for: word, of: known)
    else { return }
    throw unknown(word, meant: meant)
  }

  private static func unknown(_ word: String, meant: String?) -> ValidationError {
    ValidationError(
      "unknown subcommand '\(word)'" + (meant.map { "; did you mean '\($0)'?" } ?? "."))
  }

  /// The word that is changed into another by the fewest letters, two at most.
  private static func suggestion(for word: String, of known: [String]) -> String? {
    let distances = known.map { (name: $0, distance: distance($0, word)) }
    guard let best = distances.min(by: { $0.distance < $1.distance }), best.distance <= 2 else {
      return nil
    }
    return best.name
  }

  /// The number of letters to insert, remove or replace (Levenshtein 1966).
  static func distance(_ first: String, _ second: String) -> Int {
    let (first, second) = (Array(first), Array(second))
    // The distances of a prefix of `first` from every prefix of `second`.
    var row = Array(0...second.count)
    for (index, letter) in first.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for place in second.indices {
        let cost = min(
          diagonal + (letter == second[place] ? 0 : 1), row[place] + 1, row[place + 1] + 1)
        diagonal = row[place + 1]
        row[place + 1] = cost
      }
    }
    return row[second.count]
  }
}

extension ParsableCommand {
  /// What a user types for it.
  static var subcommand: String {
    configuration.commandName ?? "\(Self.self)".lowercased()
  }
}

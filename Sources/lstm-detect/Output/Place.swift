import LSTMCompute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that a command reads or writes, by its part in it.
struct Place {
  var part: String
  var path: String

  init(_ part: String, _ path: String) {
    self.part = part
    self.path = path
  }

  /// Throws where two of some places are the same file, so that writing one would lose the other.
  static func checkDistinct(_ places: [Place]) throws(CommandError) {
    var seen: [[UInt8]: Place] = [:]
    for place in places {
      guard let key = place.key else { continue }
      if let other = seen[key] {
        throw CommandError(
          description: "\(other.part) '\(other.path)' and \(place.part) '\(place.path)' are the "
            + "same file")
      }
      seen[key] = place
    }
  }

  /// A path at which nothing is: the one wanted, else one beside it with a word in its name.
  static func free(_ path: String, else word: String) -> String {
    let ending = ".safetensors"
    let stem = path.hasSuffix(ending) ? String(path.dropLast(ending.count)) : path
    var candidate = path
    var number = 1
    var status = stat()
    // A link that leads nowhere is somebody's too.
    while lstat(candidate, &status) == 0 {
      candidate = stem + ".\(word)" + (number == 1 ? "" : "-\(number)") + ending
      number += 1
    }
    return candidate
  }

  /// Whether both are the same file, or are where the same file would be.
  func isSame(as other: Place) -> Bool {
    path == other.path || key != nil && key == other.key
  }

  /// The same for all paths to a file; `nil` for pipes and devices, which several may share.
  private var key: [UInt8]? {
    var status = stat()
    if stat(path, &status) == 0 {
      return status.st_mode & S_IFMT == S_IFREG
        ? Array("\(status.st_dev):\(status.st_ino)".utf8) : nil
    }
    // A link may lead to a file that does not exist yet.
    let place = (try? FileDestination.following(path)) ?? path
    let (folder, name) = FileDestination.parts(of: place)
    return Self.real(folder.isEmpty ? "." : folder) + [UInt8(ascii: "/")] + Array(name.utf8)
  }

  /// The path of a folder without links and dots, as far as it exists; what does not is only spelt
  /// out.
  private static func real(_ folder: String) -> [UInt8] {
    if let real = realpath(folder, nil) {
      defer { release(real) }
      return Array(UnsafeRawBufferPointer(start: real, count: strlen(real)))
    }
    var trimmed = folder
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    let (parent, name) = FileDestination.parts(of: trimmed)
    guard parent != trimmed else { return Array(trimmed.utf8) }
    var path = real(parent.isEmpty ? "." : parent)
    switch name {
    case "", ".": break
    case "..":
      // A folder that is not there will be none that a link leads to.
      if let cut = path.lastIndex(of: UInt8(ascii: "/")) { path.removeSubrange(cut...) }
    default: path += [UInt8(ascii: "/")] + Array(name.utf8)
    }
    return path
  }
}

/// `free(3)`, under a name that the method does not hide.
private func release(_ memory: UnsafeMutablePointer<CChar>) { free(memory) }

import Glibc

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
    var seen: [String: Place] = [:]
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

  /// Where a model goes that was the last good one before its training failed: to the place it was
  /// meant for if nothing is there, else beside it under the first name that is free.
  static func ofDivergedModel(_ path: String) -> String {
    let ending = ".safetensors"
    let stem = path.hasSuffix(ending) ? String(path.dropLast(ending.count)) : path
    var candidate = path
    var number = 1
    var status = stat()
    // A link that leads nowhere is somebody's too.
    while lstat(candidate, &status) == 0 {
      candidate = stem + ".diverged" + (number == 1 ? "" : "-\(number)") + ending
      number += 1
    }
    return candidate
  }

  /// Whether the folder that it lies in does not exist.
  var hasNoFolder: Bool {
    guard let cut = path.lastIndex(of: "/"), cut > path.startIndex else { return false }
    return access(String(path[..<cut]), F_OK) != 0
  }

  /// Whether both are the same file, or are where the same file would be.
  func isSame(as other: Place) -> Bool {
    path == other.path || key != nil && key == other.key
  }

  /// The same for all paths to a file; `nil` for pipes and devices, which several may share.
  private var key: String? {
    var status = stat()
    if stat(path, &status) == 0 {
      return status.st_mode & S_IFMT == S_IFREG ? "\(status.st_dev):\(status.st_ino)" : nil
    }
    let cut = path.lastIndex(of: "/")
    let folder = cut.map { String(path[...$0]) } ?? "."
    let name = cut.map { path[path.index(after: $0)...] } ?? path[...]
    guard let real = realpath(folder, nil) else { return path }
    defer { free(real) }
    return String(cString: real) + "/" + name
  }
}

import Glibc
import LSTMCompute

/// A folder that could not be made or used, and why.
struct OutputError: Error, CustomStringConvertible {
  var description: String

  init(_ what: String, _ path: String, code: Int32 = errno) {
    description = "\(what) '\(path)': \(String(cString: strerror(code)))"
  }
}

/// The files that one run of a command leaves in a folder: all of them, or none.
///
/// The folder itself is made with the first file, so that a command that is ended before leaves
/// nothing behind.
final class OutputFolder {
  /// Where the files go.
  let path: String
  private var madeFolders: [String] = []
  private var files: [StagedFile] = []

  /// Finds out whether files can be written into a folder, and leaves everything as it is.
  ///
  /// - Parameters:
  ///   - path: The folder; it need not exist.
  ///   - other: A file that goes elsewhere, or to another name in the folder.
  /// - Throws: `OutputError` or `LSTMError` where one of them cannot be written.
  init(_ path: String, and other: String? = nil) throws {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
    try makeFolder(path)
    defer { removeEmptyFolders() }
    try probe()
    if let other { try StagedFile.check(other) }
  }

  /// Takes away what was not committed, and the folders that were made if nothing is in them.
  deinit {
    for file in files { file.discard() }
    removeEmptyFolders()
  }

  /// Makes the folder before there is a file for it, where another part of the run writes into it.
  func make() throws { try makeFolder(path) }

  /// A new file in the folder.
  func file(_ name: String) throws -> StagedFile { try file(at: path + "/" + name) }

  /// A new file anywhere that is committed with those in the folder.
  func file(at path: String) throws -> StagedFile {
    try makeFolder(self.path)
    let file = try StagedFile(path)
    files.append(file)
    return file
  }

  /// Gives all files their names.
  func commit() throws {
    for file in files { try file.commit() }
    files = []
  }

  /// Makes a file of a name that nobody has, and takes it away.
  private func probe() throws(OutputError) {
    var name = Array("\(path)/.lstm-detect-XXXXXX".utf8CString)
    let file = mkstemp(&name)
    guard file >= 0 else { throw OutputError("cannot write into the output folder", path) }
    close(file)
    unlink(name)
  }

  private func removeEmptyFolders() {
    for folder in madeFolders.reversed() { rmdir(folder) }
    madeFolders = []
  }

  private func makeFolder(_ path: String) throws(OutputError) {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw OutputError("cannot use the output folder", path, code: ENOTDIR)
      }
      return
    }
    if let cut = path.lastIndex(of: "/"), cut > path.startIndex {
      try makeFolder(String(path[..<cut]))
    }
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw OutputError("cannot make the output folder", path)
    }
    madeFolders.append(path)
  }
}

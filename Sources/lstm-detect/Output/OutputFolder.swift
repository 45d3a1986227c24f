import Glibc

/// The files that one run of a command leaves in a folder: all of them, or none.
final class OutputFolder {
  /// Where the files go.
  let path: String
  private var madeFolders: [String] = []
  private var files: [StagedFile] = []
  private var isCommitted = false

  /// Makes the folder where it does not exist, and finds out whether files can be written there.
  init(_ path: String) throws(OutputError) {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
    try makeFolder(path)
    _ = try StagedFile(path + "/probe")
  }

  /// Takes away the folders that were made, if nothing was put into them.
  deinit {
    files = []
    if !isCommitted {
      for folder in madeFolders.reversed() { rmdir(folder) }
    }
  }

  /// A new file in the folder.
  func file(_ name: String) throws(OutputError) -> StagedFile {
    let file = try StagedFile(path + "/" + name)
    files.append(file)
    return file
  }

  /// Gives all files their names.
  func commit() throws(OutputError) {
    for file in files { try file.commit() }
    isCommitted = true
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

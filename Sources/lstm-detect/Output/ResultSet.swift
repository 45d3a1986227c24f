import LSTMCompute
import ResultText

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A folder that could not be made or used, and why.
struct OutputError: Error, CustomStringConvertible {
  var description: String

  init(_ what: String, _ path: String, code: Int32 = errno) {
    description = "\(what) '\(path)': \(String(cString: strerror(code)))"
  }
}

/// The files that one run of a command leaves: all of them, or none.
///
/// As long as the set lives, its folder is locked for other runs. All files are written and synced
/// before the first one gets its name, and the last one to get it is the manifest, which lists the
/// others: where it fits them, the set is whole.
final class ResultSet {
  /// Where the files go.
  let path: String
  private let hasManifest: Bool
  private let lock: FolderLock
  private var madeFolders: [String] = []
  private var files: [StagedFile] = []

  /// Makes the folder where it does not exist, locks it, and finds out whether the files can be
  /// written.
  ///
  /// A folder that was made and stays empty is taken away in the end.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - names: The files that will be made in it.
  ///   - other: A file that goes elsewhere, or to another name in the folder.
  ///   - hasManifest: Whether the files are all that a run leaves in the folder, and a manifest says so.
  /// - Throws: `OutputError`, `CommandError` or `LSTMError` where something cannot be written or
  ///   another run has the folder.
  init(
    _ path: String, names: [String] = ResultFiles.names, and other: String? = nil,
    hasManifest: Bool = true
  ) throws {
    self.path = path
    self.hasManifest = hasManifest
    (lock, madeFolders) = try Self.lock(path)
    do {
      let all = names + (hasManifest ? [Manifest.name] : [])
      for name in all { try Self.checkReplaceable("\(path)/\(name)") }
      try Self.check("\(path)/\(all[0])")
      if let other { try StagedFile.check(other) }
    } catch {
      // `deinit` is not called for what was never made.
      for folder in madeFolders.reversed() { rmdir(folder) }
      throw error
    }
  }

  /// Takes away what was not committed, and the folders that were made if nothing is in them.
  deinit {
    discard()
    for folder in madeFolders.reversed() { rmdir(folder) }
  }

  /// Takes away what was not committed.
  func discard() {
    for file in files { file.discard() }
    files = []
  }

  /// Why the folder could not be locked, where its file system has no locks.
  var lockRefusal: String? { lock.refusal }

  /// A new file in the folder.
  func file(_ name: String) throws -> StagedFile { try file(at: path + "/" + name) }

  /// A new file anywhere that is committed with those in the folder.
  func file(at path: String) throws -> StagedFile {
    let file = try StagedFile(path, hasChecksum: true)
    files.append(file)
    return file
  }

  /// Finds out whether there is room for so many bytes in the folder, beside what is there already.
  func checkRoom(for size: Int) throws {
    do { try StagedFile.check("\(path)/\(Manifest.name)", size: size) } catch {
      let reason = "\(error)".split(separator: ": ").dropFirst(2).joined(separator: ": ")
      throw CommandError(description: "\(path): the results cannot be written: \(reason)")
    }
  }

  /// Gives all files their names, and lists them in the manifest.
  ///
  /// - Parameter command: What has made them.
  /// - Throws: `LSTMError.fileSystem` where a file cannot be had.
  func commit(command: String) throws {
    for file in files { try file.seal() }
    guard hasManifest else {
      try StagedFile.commit(files)
      files = []
      return
    }
    let entries = files.compactMap { file -> Manifest.Entry? in
      // What went into a pipe nobody finds again.
      guard let checksum = file.checksum, file.temporaryPath != nil else { return nil }
      // A folder may be moved: what lies in it has no path.
      let isInside = file.path.hasPrefix("\(path)/")
      let name = isInside ? String(file.path.dropFirst(path.count + 1)) : file.path
      return Manifest.Entry(name: name, size: file.size, checksum: checksum)
    }
    let manifest = try StagedFile("\(path)/\(Manifest.name)")
    try manifest.write(Manifest(command: command, entries: entries).document.pretty)
    try StagedFile.commit(files + [manifest])
    files = []
  }

  /// Throws where what lies in the place of a file cannot be replaced by one.
  private static func checkReplaceable(_ path: String) throws(CommandError) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
    let kind =
      switch status.st_mode & S_IFMT {
      case S_IFDIR: "a folder"
      case S_IFIFO: "a pipe"
      case S_IFSOCK: "a socket"
      default: "a device"
      }
    throw CommandError(
      description: "\(path): \(kind) is in the place of a result; remove it, or give --output "
        + "another folder")
  }

  private static func check(_ path: String) throws(OutputError) {
    do { try StagedFile.check(path) } catch {
      throw OutputError(
        "cannot write into the output folder", FileDestination.parts(of: path).folder)
    }
  }

  /// Locks a folder, and makes it and those that it lies in.
  private static func lock(_ path: String) throws -> (FolderLock, made: [String]) {
    var made: [String] = []
    do {
      // Another run may make the same folders or take its own away at the same time.
      for _ in 0..<1000 {
        try make(path, &made)
        if let lock = try FolderLock(path) { return (lock, made) }
      }
      throw OutputError("cannot make the output folder", path, code: EAGAIN)
    } catch {
      for folder in made.reversed() { rmdir(folder) }
      throw error
    }
  }

  /// Makes a folder and those that it lies in, as far as they are not there.
  private static func make(_ path: String, _ made: inout [String]) throws(OutputError) {
    for _ in 0..<1000 {
      var status = stat()
      if stat(path, &status) == 0 {
        guard status.st_mode & S_IFMT == S_IFDIR else {
          throw OutputError("cannot use the output folder", path, code: ENOTDIR)
        }
        return
      }
      if let cut = path.lastIndex(of: "/"), cut > path.startIndex {
        try make(String(path[..<cut]), &made)
      }
      if mkdir(path, 0o777) == 0 {
        if !made.contains(path) { made.append(path) }
        return
      }
      // It is there now, or the one that it lies in is gone again.
      guard errno == EEXIST || errno == ENOENT, !path.hasPrefix("/proc/") else {
        throw OutputError("cannot make the output folder", path)
      }
    }
    throw OutputError("cannot make the output folder", path, code: ENOENT)
  }
}

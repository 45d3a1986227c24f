import ArgumentParser
import LSTMCompute
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
#if MPI
  import LSTMComputeMPI
#endif

/// The processes that `mpirun` has started together with this one.
///
/// All of them run the same command. The first one writes files and speaks to the user; the others keep
/// silent, unless an error is theirs alone.
enum Processes {
  private static let shared = Mutex<ProcessGroup?>(nil)
  private static let hasEnded = Atomic<Bool>(false)

  /// The processes; `nil` where there is one alone.
  static var group: ProcessGroup? { shared.withLock { $0 } }
  /// Whether this one writes and speaks.
  static var isFirst: Bool { (group?.rank ?? 0) == 0 }
  /// The number of this one among those on the same machine, from 0.
  static var localRank: Int { group?.communicator.localRank ?? 0 }

  // MARK: - The start

  /// What starters of MPI tell their processes: how many they are, and which one this is.
  private static let variables = [
    ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"), ("PMI_SIZE", "PMI_RANK"),
  ]

  /// The number of processes that were started together, and that of this one.
  static func launch(
    _ environment: (String) -> String?
  ) -> (count: Int, rank: Int)? {
    for (size, rank) in variables {
      guard let count = environment(size).flatMap({ Int($0) }), count > 1 else { continue }
      return (count, environment(rank).flatMap { Int($0) } ?? 0)
    }
    return nil
  }

  /// Finds the others, where there are some.
  ///
  /// - Throws: `CommandError` where there are, but this command was built without MPI: each process
  ///   would do everything, and write the same files.
  static func begin() throws {
    let found = launch { name in getenv(name).map { String(cString: $0) } }
    guard let found else { return }
    #if MPI
      let communicator = try MPICommunicator()
      guard communicator.count == found.count else {
        communicator.end()
        throw CommandError(
          description: "mpirun has started \(found.count) processes, but MPI finds "
            + "\(communicator.count); start it by the mpirun of the MPI that it was built with")
      }
      let group = ProcessGroup(communicator)
      shared.withLock { $0 = group }
      Terminal.isSilent = group.rank > 0
      var text = CommandLine.arguments.dropFirst().joined(separator: "\0")
      try text.withUTF8 { try group.checkSame(UnsafeRawBufferPointer($0), "the options") }
    #else
      Terminal.isSilent = found.rank > 0
      throw CommandError(
        description: "started \(found.count) times by mpirun, but built without MPI, so that each "
          + "would do the whole work; build it by `swift build -c release --traits MPI`, or "
          + "start it once")
    #endif
  }

  /// Throws where a command is not for several processes.
  static func check(_ command: any ParsableCommand) throws(CommandError) {
    let type = type(of: command)
    guard group != nil, !(command is any SharedCommand),
      LSTMDetect.configuration.subcommands.contains(where: { $0 == type })
    else { return }
    throw CommandError(
      description: "\(type.subcommand) is not shared by several processes; start it "
        + "without mpirun")
  }

  /// Throws where input files are not the same in all processes.
  ///
  /// - Parameter paths: The files; `nil` for none.
  /// - Throws: `GroupError` where they differ or a process cannot read one, which it says.
  static func checkInputs(_ paths: [String?]) throws {
    guard let group else { return }
    for path in paths.compactMap(\.self) {
      var status = stat()
      do {
        guard stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
          throw CommandError(
            description:
              "\(path): is no file that all processes can read; save it as one, or start "
              + "the command once")
        }
        let bytes = try AtomicFile.read(path)
        try bytes.withUnsafeBytes { try group.checkSame($0, "the bytes of \(path)") }
      } catch { throw group.failure(error) }
    }
  }

  /// What all processes have decided: whether one of them was asked to end.
  ///
  /// Where one has failed it is true: the next call says how.
  static func agree(_ wish: Bool) -> Bool {
    guard let group else { return wish }
    return (try? group.agree(wish)) ?? true
  }

  // MARK: - The end

  /// Comes to the end together with the others; `leave` is what follows.
  ///
  /// - Parameter error: Why this process ends; `nil` where all went well.
  /// - Returns: What to tell the user and end with; `nil` where all went well everywhere.
  static func end(_ error: (any Error)?) -> (any Error)? {
    // An error of the end itself has been told.
    guard let group, !hasEnded.exchange(true, ordering: .relaxed) else { return error }
    var result = error
    if let error, !(error is ExitCode), LSTMDetect.exitCode(for: error) != .success {
      result = group.failure(error)
    } else {
      do { try group.end() } catch { result = error }
    }
    if let failure = result as? GroupError { Terminal.isSilent = !failure.isToBeTold }
    guard case .here(let rank, let own, let speaks)? = result as? GroupError, rank == 0 || !speaks
    else { return result }
    // As one process would say it, and with the status of it.
    return own
  }

  /// Lets the process go, once all of them have said what they have to say: mpirun ends the others as
  /// soon as one is gone with an error.
  static func leave() {
    guard let communicator = group?.communicator else { return }
    var all = [UInt8](repeating: 0, count: communicator.count)
    all.withUnsafeMutableBytes { all in
      withUnsafeBytes(of: UInt8(0)) { communicator.allGather($0, into: all) }
    }
    #if MPI
      (communicator as? MPICommunicator)?.end()
    #endif
  }
}

/// A command that several processes share.
protocol SharedCommand {}

extension Run: SharedCommand {}
extension Fit: SharedCommand {}
extension Predict: SharedCommand {}
extension Detect: SharedCommand {}

import Foundation
import TestSupport
import Testing

@testable import lstm_detect

/// A command that mpirun starts several times.
///
/// What the processes then do together is tested by
/// `Scripts/mpi-test`.
@Suite struct ProcessesTests {
  @Test func countsWhatStartersTell() {
    func launch(_ variables: [String: String]) -> [Int]? {
      Processes.launch { variables[$0] }.map { [$0.count, $0.rank] }
    }
    #expect(launch(["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3"]) == [4, 3])
    #expect(launch(["PMI_SIZE": "2", "PMI_RANK": "1"]) == [2, 1])
    #expect(launch(["OMPI_COMM_WORLD_SIZE": "1", "PMI_SIZE": "1"]) == nil)
    #expect(launch(["OMPI_COMM_WORLD_SIZE": "many"]) == nil)
    #expect(launch([:]) == nil)
  }

  /// Started twice and without the other one, or without MPI: each would do everything.
  @Test(arguments: [0, 1]) func isNotRunTwice(rank: Int) throws {
    let folder = try Folder()
    let path = try folder.file("sales.csv", Sales.csv())
    let outcome = try Command.run(
      ["run", path, "--target", "units", "--output", folder.path("out")] + Sales.quick,
      shell: "OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=\(rank) \"$@\"")
    #expect(outcome.status == 1)
    #expect(!folder.exists("out"))
    #if MPI
      let reason = "lstm-detect: mpirun has started 2 processes, but MPI finds 1"
      let speaks = true
    #else
      let reason = "lstm-detect: started 2 times by mpirun, but built without MPI"
      let speaks = rank == 0
    #endif
    #expect(outcome.errors.split(separator: "\n").count == (speaks ? 1 : 0))
    #expect(outcome.errors.hasPrefix(speaks ? reason : ""))
    #expect(outcome.output.isEmpty)
  }
}

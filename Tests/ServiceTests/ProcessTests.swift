#if Service
  import Foundation
  import TestSupport
  import Testing

  @testable import lstm_serve

  /// The service as a process: how it starts, and how it ends.
  @Suite(.serialized) struct ProcessTests {
    @Test func killingLosesNoRow() async throws {
      let state = try Folder()
      // A short journal, so that there are snapshots too.
      let options = ["--state", state.path("state"), "--journal-bytes", "2000"]
      for start in stride(from: 0, to: 160, by: 40) {
        let service = try RunningService(options)
        for row in start..<start + 40 {
          #expect(try await service.judge(row..<row + 1) == [Models.said[row]])
          #expect(try await service.judge(row..<row + 1, series: "b") == [Models.said[row]])
        }
        #expect(try service.end(SIGKILL).status == SIGKILL)
      }
    }

    @Test func terminationEndsItInOrder() async throws {
      let state = try Folder()
      let service = try RunningService(["--state", state.path("state")])
      #expect(try await service.judge(0..<80) == Array(Models.said[..<80]))
      let outcome = try service.end(SIGTERM)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let journals = Journal.files(in: state.path("state"))
      #expect(journals.count == 1)
      #expect(try Data(contentsOf: URL(filePath: journals[0].path)).isEmpty)
      let again = try RunningService(["--state", state.path("state")])
      #expect(try await again.judge(80..<160) == Array(Models.said[80...]))
      // A second one at the same folder, and one at the same port, are refused.
      for options in [
        ["--state", state.path("state")], ["--listen", String(again.url.dropFirst(7))],
      ] {
        let second = try Command.start(
          [Models.folder.path(""), "--listen", "127.0.0.1:0"] + options,
          of: Command.executable("lstm-serve")
        ).finish()
        #expect(second.status != 0 && second.errors.split(separator: "\n").count <= 2)
      }
      #expect(try again.end(SIGINT).status == 0)
    }

    @Test func aFullDiskLosesNoRowAndLiesAboutNone() async throws {
      let state = try Folder()
      // Files may have 4 KiB.
      let service = try RunningService(
        ["--state", state.path("state")], shell: "ulimit -f 8; exec \"$@\"")
      var row = 0
      var answer = RunningService.Answer(status: 200, body: "")
      while row < 160 {
        answer = try await service.ask(
          "POST", "/v1/models/sales/rows", type: "text/csv", body: Models.csv(row..<row + 1))
        guard answer.status == 200 else { break }
        #expect(answer.lines == [Models.said[row]])
        row += 1
      }
      #expect(answer.status == 500 && row > 10 && row < 160)
      #expect(try await service.ask("GET", "/healthz").status == 200)
      #expect(service.log.contains("cannot be written: File too large"), "\(service.log)")
      _ = try service.end(SIGKILL)
      let again = try RunningService(["--state", state.path("state")])
      #expect(try await again.judge(row..<160) == Array(Models.said[row...]))
      _ = try again.end(SIGKILL)
    }

    @Test func connectionsAreLimitedAndAskedForTheirToken() async throws {
      let folder = try Folder()
      let token = "0123456789abcdef0123"
      let service = try RunningService([
        "--token-file", try folder.file("token", token + "\n"), "--max-bytes", "2000",
      ])
      #expect(try await service.ask("GET", "/v1/models").status == 401)
      #expect(try await service.ask("GET", "/v1/models", token: token).status == 200)
      #expect(try await service.ask("GET", "/readyz").status == 200)
      let large = try await service.ask(
        "POST", "/v1/models/sales/rows", type: "text/csv", token: token,
        body: String(repeating: "x", count: 3000))
      #expect(large.status == 413 && large.body.contains("more than 2000 bytes"))
      let fits = try await service.ask(
        "POST", "/v1/models/sales/rows", type: "text/csv", token: token, body: Models.csv(0..<5))
      #expect(fits.lines == Array(Models.said[..<5]))
      #expect(!service.log.contains(token))
      _ = try service.end(SIGKILL)
    }

    @Test func whatCannotBeServedIsRefused() throws {
      let folder = try Folder()
      func run(_ options: [String]) throws -> Command.Outcome {
        try Command.start(options, of: Command.executable("lstm-serve")).finish()
      }
      let models = Models.folder.path("")
      let open = try run([models, "--listen", "0.0.0.0:0"])
      #expect(open.status == 64 && open.errors.contains("give --token-file, or --no-token"))
      let resident = try run([models, "--resident", "10"])
      #expect(resident.status == 64 && resident.errors.contains("--resident needs --state"))
      let none = try run([folder.path("none")])
      #expect(none.status == 1 && none.errors.contains("is no folder of model files"))
      // A hostile file beside a good one: the one is told of, the other served.
      _ = try folder.file("bad.safetensors", "\u{1B}[31m not a model")
      let empty = try run([folder.path("")])
      #expect(empty.status == 1 && empty.errors.contains("there is no model to serve"))
      #expect(empty.errors.contains("the model is not served") && !empty.errors.contains("\u{1B}"))
      let short = try run([models, "--token-file", try folder.file("token", "short")])
      #expect(short.status == 1 && short.errors.contains("a token of at least 16"))
    }
  }
#endif

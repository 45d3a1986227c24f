#if Service
  import Foundation
  import TestSupport
  import Testing

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  /// The built service, run as a user runs it, and asked over connections.
  struct RunningService {
    /// An answer.
    struct Answer {
      var status: Int
      var body: String
      var lines: [String] { body.split(separator: "\n").map(String.init) }
    }

    private let running: Command.Running
    private let session = URLSession(configuration: .ephemeral)
    let url: String

    /// Starts the service on a free port, and waits until it listens.
    ///
    /// - Parameters:
    ///   - options: Its options.
    ///   - shell: A line of the shell in which `"$@"` is the service, to run it differently.
    /// - Throws: What keeps it from listening.
    init(_ options: [String], shell: String = "exec \"$@\"") throws {
      let service = Command.executable("lstm-serve").path
      let arguments = [service, Models.folder.path(""), "--listen", "127.0.0.1:0"] + options
      running = try Command.start(["-c", shell, "sh"] + arguments, of: URL(filePath: "/bin/sh"))
      let deadline = ContinuousClock.now + .seconds(20)
      var line = ""
      while !line.hasSuffix("\n"), running.process.isRunning, ContinuousClock.now < deadline {
        Thread.sleep(forTimeInterval: 0.01)
        line = (try? String(contentsOf: running.output, encoding: .utf8)) ?? ""
      }
      let start = try #require(
        line.range(of: "http://"), "\(line) \(running.errorsSoFar)")
      url = String(line[start.lowerBound...].prefix { $0 != "," })
    }

    /// What was written to standard error.
    var log: String { running.errorsSoFar }

    /// Sends a request, and waits for the answer.
    func ask(
      _ method: String, _ path: String, type: String? = nil, token: String? = nil, body: String = ""
    ) async throws -> Answer {
      var request = URLRequest(url: try #require(URL(string: url + path)), timeoutInterval: 20)
      request.httpMethod = method
      if let type { request.setValue(type, forHTTPHeaderField: "Content-Type") }
      if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
      if method == "POST" { request.httpBody = Data(body.utf8) }
      let (data, response) = try await session.data(for: request)
      return Answer(
        status: (response as? HTTPURLResponse)?.statusCode ?? 0,
        body: String(decoding: data, as: UTF8.self))
    }

    /// What is said of rows of `sales.csv`.
    func judge(_ rows: Range<Int>, series: String? = nil) async throws -> [String] {
      let answer = try await ask(
        "POST", "/v1/models/sales/rows" + (series.map { "?series=\($0)" } ?? ""), type: "text/csv",
        body: Models.csv(rows))
      #expect(answer.status == 200, "\(answer.body)")
      return answer.lines
    }

    /// Ends it by a signal.
    func end(_ number: Int32) throws -> Command.Outcome {
      kill(running.process.processIdentifier, number)
      return try running.finish()
    }
  }
#endif

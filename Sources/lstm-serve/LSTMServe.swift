#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

#if Service
  import AnomalyDetection
  import ArgumentParser
  import LSTMCompute
  import ResultText

  /// The service.
  @main
  struct LSTMServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "lstm-serve",
      abstract: "Judges rows over HTTP by models that lstm-detect has fitted.",
      discussion: """
        Serves each NAME.safetensors of a folder. POST /v1/models/NAME/rows takes rows as JSON, JSON \
        lines or CSV, and answers of each what `lstm-detect watch` prints of it: the forecast that was \
        made of it from the rows before, its score (1 is the threshold), and the event that it belongs \
        to. ?series=KEY keeps the rows of many series apart; of a model of several series, each row \
        tells its own. All rows of a request count, or none.

        With --state, what is known of the rows outlasts the process, however it ends: each row is in \
        a journal before its answer goes out. SIGTERM ends the service once what it is doing is done.

        GET /v1/models tells the models, /metrics how it goes in Prometheus's format, /healthz and \
        /readyz whether it lives, /openapi.json all of that.

        EXAMPLES
          lstm-serve models --state state
          curl -H 'Content-Type: text/csv' --data-binary @today.csv \\
            http://127.0.0.1:8080/v1/models/load/rows
          lstm-serve models --state state --listen 0.0.0.0:8080 --token-file token
        """,
      version: LibraryVersion.current)

    @Argument(help: ArgumentHelp("The folder of the model files.", valueName: "models"))
    var models: String

    @Option(
      help: ArgumentHelp(
        "The folder that keeps what is known of the rows; made where there is none. (default: nothing "
          + "is kept beyond the process)",
        valueName: "folder"))
    var state: String?

    @Option(
      help: ArgumentHelp("Where to listen; port 0 is any free one.", valueName: "host:port"))
    var listen = ListenAddress(host: "127.0.0.1", port: 8080)

    @Option(
      help: ArgumentHelp(
        "A file whose first line is the token that requests must have in the head 'Authorization: "
          + "Bearer TOKEN'. Needed where others than this machine can connect.",
        valueName: "file"))
    var tokenFile: String?

    @Flag(help: "Let everybody who can connect in.")
    var noToken = false

    @Option(
      help: ArgumentHelp(
        "The most series in memory; idle ones are on the disk alone, and take some milliseconds of a "
          + "processor to come back. Needs --state. (default: all)",
        valueName: "series"))
    var resident: Int?

    @Option(
      help: ArgumentHelp(
        "A longer journal is made into snapshots, which takes rows that are judged again at a start "
          + "out of it.",
        valueName: "bytes"))
    var journalBytes = 16 << 20

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "How unusual a row may be, as of `lstm-detect watch`. (default: that of watch)",
        valueName: "rule"),
      transform: LSTMServe.threshold)
    var threshold: Threshold?

    @Option(
      help: ArgumentHelp(
        "What to run on: cpu, auto, reference, opencl or opencl:N.", valueName: "device"),
      transform: LSTMServe.device)
    var device = DeviceSelection.cpu

    @Option(
      help: ArgumentHelp(
        "The threads that judge rows. (default: as many as there are processors)",
        valueName: "number"))
    var threads: Int?

    @OptionGroup(title: "Limits") var limits: LimitOptions

    func validate() throws {
      guard tokenFile == nil || !noToken else {
        throw ValidationError("--token-file and --no-token cannot be given together.")
      }
      guard listen.isLoopback || tokenFile != nil || noToken else {
        throw ValidationError(
          "--listen \(listen.defaultValueDescription) lets other machines connect: give --token-file, or "
            + "--no-token to let everybody in.")
      }
      guard resident == nil || state != nil else {
        throw ValidationError("--resident needs --state, where the other series are.")
      }
      for (option, value, most) in [
        ("--resident", resident, 100_000_000), ("--threads", threads, 255),
        ("--journal-bytes", journalBytes, 1 << 40),
      ] {
        if let value, !(1...most).contains(value) {
          throw ValidationError("\(option) must be 1 to \(most).")
        }
      }
    }

    func run() async throws {
      do { try await ServiceRun(self).run() } catch {
        let line = "\(error)".split(whereSeparator: \.isNewline).joined(separator: "; ")
        writeLine("lstm-serve: \(VisibleText.escaped(line))", to: STDERR_FILENO)
        throw ExitCode.failure
      }
    }

    private static func threshold(_ text: String) throws -> Threshold {
      guard let threshold = Threshold(Double(text) == nil ? text : "sigma:\(text)") else {
        throw ValidationError("'\(text)' is no rule such as adaptive:4 or sigma:3.")
      }
      return threshold
    }

    private static func device(_ text: String) throws -> DeviceSelection {
      guard let device = DeviceSelection(text) else {
        throw ValidationError("'\(text)' is no device such as cpu, auto or opencl:0.")
      }
      return device
    }
  }
#else
  /// What there is where the package was built without its trait Service.
  @main
  enum LSTMServe {
    static func main() {
      writeLine(
        "lstm-serve: was built without the service; build it with "
          + "`swift build -c release --traits Service --product lstm-serve`", to: STDERR_FILENO)
      exit(1)
    }
  }
#endif

/// Writes a line at once, to whoever reads standard output or error.
func writeLine(_ text: String, to descriptor: Int32) {
  let bytes = Array((text + "\n").utf8)
  var done = 0
  while done < bytes.count {
    let count = bytes.withUnsafeBytes {
      write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
    }
    guard count > 0 || errno == EINTR else { return }
    done += max(count, 0)
  }
}

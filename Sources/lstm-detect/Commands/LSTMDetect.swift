import AnomalyDetection
import ArgumentParser
import ResultText

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The command.
@main
struct LSTMDetect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lstm-detect",
    abstract: "Learns how a time series goes on, and finds where it went otherwise.",
    discussion: """
      Give it a CSV of sales, load, temperatures or any other numbers over time, and name the \
      columns to forecast. It fits an LSTM to the earlier rows, forecasts each later row from the \
      rows before it, and marks those whose value is too far off as anomalies.

      EXAMPLES
        lstm-detect sales.csv --target units --output out
            Fit, forecast, judge; write out/report.html and files for programs.

        lstm-detect fit sales.csv --target units,stock --model sales.safetensors
        lstm-detect detect today.csv --model sales.safetensors --threshold sigma:4
            Fit once, judge new rows later.

        lstm-detect predict sales.csv --model sales.safetensors
            Print what was and what is expected.

        lstm-detect watch --model sales.safetensors < rows.csv
            Judge rows as they come.

      FILES
        report.html        charts and tables to look at, online or not
        predictions.csv    time,target,actual,expected,residual,score,anomaly,alarm
        anomalies.csv      target,start,end,peak,actual,expected,residual,score,
                           severity,kind,rows,usual
        forecast.csv       time,target,lead,expected for the rows to come
        metrics.json       errors beside those of simple forecasts, options, times
        model.safetensors  the model, which PyTorch can read too

      EXIT STATUS
        0    all went well
        1    the data or the device was not as needed; one line says why
        3    run and detect with --fail-on N: there are N anomalies or more; drift
             with --fail-on-drift: there is one; everything was written
        64   the command was not understood
        130  Ctrl-C ended the training early; the best model so far was kept, and
             everything was written (1 where no epoch had finished); 143 after
             SIGTERM, 129 where the terminal went away
      """,
    version: LibraryVersion.current,
    subcommands: [
      Run.self, Fit.self, Predict.self, Detect.self, Watch.self, DriftCommand.self,
      Update.self, Inspect.self, Apply.self, Export.self, Devices.self,
    ],
    defaultSubcommand: Run.self
  )

  /// Runs the command, and turns an error of the data or the device into one line.
  static func main() {
    // A reader that has closed its end, and a file that grows too large, are errors of their calls.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    do {
      try checkArguments()
      try Processes.begin()
      try checkSubcommand(CommandLine.arguments.dropFirst())
      // What the parser calls hidden is all that most people never need.
      var command = try parseAsRoot(
        CommandLine.arguments.dropFirst().map { $0 == "--help-all" ? "--help-hidden" : $0 })
      try Processes.check(command)
      try command.run()
      try Terminal.checkOutput()
      Console.showNotes()
      if let error = Processes.end(nil) { throw error }
      Processes.leave()
      leaveFailedDevice(status: 0)
    } catch {
      let error = Processes.end(error) ?? error
      // The parser's own errors, requests for help among them, have other codes than a failure.
      if exitCode(for: error) == .failure, !(error is ExitCode) {
        Console.fail(ErrorText.line(error))
        Processes.leave()
        leaveFailedDevice(status: ExitCode.failure.rawValue)
        exit(withError: ExitCode.failure)
      }
      if error is ExitCode { Console.showNotes() }
      // The parser's message repeats what was typed, which a script may have from anywhere.
      let message = VisibleText.escaped(fullMessage(for: error), keepingLineEnds: true)
      let code = exitCode(for: error)
      if !message.isEmpty {
        Terminal.write(message + "\n", to: code == .success ? .output : .error)
      }
      Processes.leave()
      leaveFailedDevice(status: code.rawValue)
      exit(withError: code)
    }
  }

  /// Ends the process without what its libraries do at the end, where a device has failed.
  ///
  /// A driver's threads may still be at work for a device that does not answer: to take their memory
  /// away would crash them, to wait for them might never end. All files have been written.
  private static func leaveFailedDevice(status: Int32) {
    if FailedDevice.wasSeen { _exit(status) }
  }
}

extension LSTMDetect {
  /// Throws where an argument is not UTF-8: as a `String` it would name another file.
  private static func checkArguments() throws {
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let argument = CommandLine.unsafeArgv[index] else { continue }
      let bytes = UnsafeRawBufferPointer(start: argument, count: strlen(argument))
      guard String(validating: bytes, as: UTF8.self) == nil else { continue }
      let text = bytes.map { byte -> String in
        let digits = String(byte, radix: 16, uppercase: true)
        return byte < 0x80 ? String(UnicodeScalar(byte)) : "\\x" + digits
      }.joined()
      throw ValidationError(
        "argument \(index), '\(text)', is not UTF-8; give the file a name that is, or a link to it."
      )
    }
  }
}

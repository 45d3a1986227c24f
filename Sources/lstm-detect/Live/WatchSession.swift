import AnomalyDetection
import ArgumentParser
import LSTMCompute
import ResultText
import TimeSeries

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One run of `watch`: reads lines, has them judged, writes what is said, keeps the state.
final class WatchSession {
  /// After so many rows, or so long after a row, the state is written.
  static let mostRows = 1000
  static let longest = Duration.seconds(10)
  /// A signal that comes just before a wait is seen after so long.
  private static let patience: Int32 = 500

  private let command: Watch
  private let console: Console
  private let checksum: String
  private let detector: LiveDetector
  private var reader: LiveReader
  private let input = InputLines()
  /// The rows before the first one that comes, until it has come.
  private var context: Series?
  /// The last time that the state knew when the run began, as long as no later row has come.
  private var known: Double?

  private var taken = 0
  private var unread = 0
  private var passedOver = 0
  /// Rows since the state was written, and when the first of them came.
  private var unsaved = 0
  private var unsavedSince = ContinuousClock.now

  /// Reads the model, and what is known of the rows before.
  ///
  /// - Throws: What is wrong with one of the files, or the options.
  init(_ command: Watch) throws {
    self.command = command
    console = Console(isQuiet: command.quiet)
    let stored = try readTensors(command.model, Forecaster.load)
    var notes = Notes(console: console)
    notes.add(stored, path: command.model)
    checksum = stored.checksum
    let forecaster = stored.forecaster
    guard forecaster.columns.series == nil else {
      throw CommandError(
        description:
          "\(command.model): a model of several series (--series), and watch judges one; fit one by "
          + "--where \(forecaster.columns.series?.first ?? "column")=VALUE for it")
    }
    if let state = command.state { try StagedFile.check(state) }
    var options = forecaster.columns
    command.form.apply(to: &options)
    options.categories = options.categories ?? []
    if command.form.rowOrder { options.time = [] }
    if let time = command.time.given { options.time = time }
    let file = try command.state.flatMap { path in
      access(path, F_OK) == 0 ? try LiveFile(path: path, model: stored.checksum) : nil
    }
    guard !command.noHeader || file != nil else {
      throw CommandError(
        description:
          "\(command.state ?? ""): there is no state yet that knows the columns, which --no-header "
          + "needs; give their names by --columns")
    }
    let reader = try LiveReader(
      options: options, label: forecaster.origin.lastTime, path: "standard input",
      known: file?.form, columns: command.columns.given, hasHeader: !command.noHeader)
    let choice = try command.device.choice
    let detector = try naming(data: command.model) {
      try LiveDetector(
        forecaster, on: choice.backend, threshold: command.judgment.threshold(for: forecaster),
        kinds: command.judgment.kinds, events: command.judgment.rules(for: reader.axis))
    }
    if let file, let path = command.state {
      try naming(data: path) { try detector.restore(file.detector) }
      known = detector.lastTime
    } else if let path = command.context {
      let table = try ReadingDisplay.read(
        path, options.table ?? TableOptions(), isQuiet: command.quiet)
      let series = try Series(table: table, options: options)
      let (own, its) = (reader.axis, series.time)
      guard
        (own.moment(of: 0) == nil) == (its.moment(of: 0) == nil),
        (own.kind == .rowNumbers) == (its.kind == .rowNumbers)
      else {
        throw CommandError(
          description: "\(path): its times are of another kind than those of the model")
      }
      context = series
    }
    (self.reader, self.detector) = (reader, detector)
    Console.showNotes()
  }

  /// Reads and judges until the input or the process is to end.
  func run() throws {
    while !Interrupt.isRequested, !Terminal.hasLostOutput {
      switch try input.next(within: Self.patience) {
      case .line(let bytes): try handle(bytes)
      case .tooLong:
        _ = try? reader.read([])
        refuse("standard input, row \(reader.line): a line of more than a megabyte is no row")
      case .nothing: break
      case .end:
        do { try reader.finish() } catch { throw CommandError(description: "\(error)") }
        return
      }
      try saveIfDue()
    }
  }

  /// Keeps the state, and tells what was left out.
  ///
  /// - Throws: `ExitCode` after a signal; `CommandError` where no line was a row.
  func finish() throws {
    // What nobody has read is judged again the next time.
    if !Terminal.hasLostOutput { try save() }
    var notes: [String] = []
    if passedOver > 0 {
      notes.append(
        "\(Findings.count(passedOver, "row")) that the state knew already "
          + "\(passedOver == 1 ? "was" : "were") passed over")
    }
    if reader.unknownWords > 0 {
      notes.append(
        "\(Findings.count(reader.unknownWords, "cell")) "
          + "\(reader.unknownWords == 1 ? "has a word" : "have words") that the model does not know"
      )
    }
    if unread > 0, taken + passedOver > 0 {
      notes.append("\(Findings.count(unread, "line")) could not be read")
    }
    for note in notes { console.note(note) }
    if Interrupt.isRequested {
      Console.fail(
        "stopped by \(Interrupt.name)"
          + (command.state.map { "; what is known of the rows was kept in \($0)" } ?? ""))
      throw ExitCode(Interrupt.status)
    }
    guard unread == 0 || taken + passedOver > 0 else {
      throw CommandError(
        description: "standard input: none of \(Findings.count(unread, "line")) is a row")
    }
  }

  // MARK: - Lines

  private func handle(_ bytes: [UInt8]) throws {
    let row: LiveRow
    do throws(TimeSeriesError) {
      guard let read = try reader.read(bytes) else { return }
      row = read
    } catch {
      guard reader.isReady else { throw error }
      return refuse("\(error)")
    }
    if let known, row.time.kind != .rowNumbers {
      guard row.time.value > known else {
        passedOver += 1
        return
      }
      self.known = nil
    }
    try takeContext(before: row.time)
    let answer: LiveDetector.Answer
    do {
      answer = try detector.append(row)
    } catch let error as DetectionError {
      return refuse("standard input, row \(reader.line): \(error)")
    }
    Terminal.write(RowLine(time: row.time, answer: answer).text, to: .output)
    taken += 1
    if unsaved == 0 { unsavedSince = .now }
    unsaved += 1
  }

  private func refuse(_ reason: String) {
    unread += 1
    Console.fail(reason)
  }

  /// Has the rows of the context looked back at that come before the first one.
  private func takeContext(before first: RowTime) throws {
    guard let context else { return }
    self.context = nil
    let time = context.time
    guard time.kind == .rowNumbers || time.isUTC == first.isUTC else {
      throw CommandError(
        description:
          "\(context.path): its times, such as '\(time.label(at: 0))', are of another kind "
          + "than '\(first.label)', the first that came")
    }
    let count =
      time.kind == .rowNumbers
      ? context.rowCount
      : time.values.firstIndex { $0 >= first.value } ?? context.rowCount
    guard count > 0 else {
      throw CommandError(
        description: "\(context.path): no row of it comes before the first one that came, "
          + "'\(first.label)'; its first is '\(time.label(at: 0))'")
    }
    if count < context.rowCount {
      console.note(
        "\(Findings.count(context.rowCount - count, "row")) of \(context.path) not before "
          + "'\(first.label)' left out")
      Console.showNotes()
    }
    try naming(data: context.path) { try detector.take(context, rows: 0..<count, before: first) }
  }

  // MARK: - The state

  private func saveIfDue() throws {
    guard unsaved > 0, command.state != nil,
      unsaved >= Self.mostRows || ContinuousClock.now - unsavedSince >= Self.longest
    else { return }
    try save()
  }

  private func save() throws {
    guard let path = command.state, let form = reader.form else { return }
    try LiveFile(model: checksum, form: form, detector: detector.state).write(to: path)
    unsaved = 0
  }
}

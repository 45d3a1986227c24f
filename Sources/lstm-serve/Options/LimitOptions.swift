#if Service
  import ArgumentParser

  /// How much is done at once, and for whom.
  struct LimitOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The most bytes of a request's body.", valueName: "bytes"))
    var maxBytes = 1 << 20

    @Option(help: ArgumentHelp("The most rows of a request.", valueName: "rows"))
    var maxRows = 1000

    @Option(
      help: ArgumentHelp(
        "The most series that are known, of all models together; rows of others are refused.",
        valueName: "series"))
    var maxSeries = 100_000

    @Option(
      help: ArgumentHelp(
        "The most requests a second of one client, by its address; 0 is any number.",
        valueName: "requests"))
    var rate = 2000

    @Option(
      help: ArgumentHelp(
        "The most requests that wait for a thread; others are turned away with status 503.",
        valueName: "requests"))
    var queue = 1024

    @Option(help: ArgumentHelp("The most connections at a time.", valueName: "connections"))
    var connections = 1024

    @Option(
      help: ArgumentHelp(
        "Of so many series of each model, the first that come, /metrics tells the last row.",
        valueName: "series"))
    var metricSeries = 0

    func validate() throws {
      for (option, value, least, most) in [
        ("--max-bytes", maxBytes, 1, 1 << 28), ("--max-rows", maxRows, 1, 100_000),
        ("--max-series", maxSeries, 1, 100_000_000), ("--rate", rate, 0, 1_000_000_000),
        ("--queue", queue, 1, 1_000_000), ("--connections", connections, 1, 1_000_000),
        ("--metric-series", metricSeries, 0, 100_000),
      ] {
        guard (least...most).contains(value) else {
          throw ValidationError("\(option) must be \(least) to \(most).")
        }
      }
    }
  }
#endif

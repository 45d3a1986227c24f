import ArgumentParser
import FoundationEssentials
import LSTMCompute

/// `lstm-bench`: times inference and training, one JSON line for each case.
@main
struct Benchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lstm-bench",
    abstract: "Time LSTM inference and training on a device.",
    discussion: """
      Prints one line of JSON for each case: the shape, the median, smallest and largest time of
      one batch in milliseconds, and the rate of the matrix products. Training is forward,
      backward and a step of Adam. A case with options is timed in turn with the plain network of
      its shape, and the line has the ratio of both. Benchmarks/compare.py runs this and the peers in turn, with data
      of its own (--data), and holds the results (--results) against each other.
      """)

  @Option(help: "The suite of shapes; curve is 1 to 300 hidden units.") var suite = "floor"
  @Option(help: "The file with the suites.") var shapes = "Benchmarks/shapes.json"
  @Option(help: "auto, cpu, reference, opencl or opencl:N.") var device = "auto"
  @Option(help: "The threads of the processor; as many as it has where none are given.")
  var threads: Int?
  @Option(help: "How an OpenCL device runs a network: auto, resident, cooperative or stepwise.")
  var plan = "auto"
  @Option(help: "In what an OpenCL device stores and multiplies: float32, tf32, bf16 or float16.")
  var precision = "float32"
  @Option(help: "inference or training; both where none is given.") var mode: String?
  @Option(help: "A case that compare.py made, instead of a suite.") var data: String?
  @Option(help: "Where the outputs or the first losses of --data are written.")
  var results: String?
  @Option(help: "Only the case with this number in the suite, from 0.") var only: Int?
  @Option(help: "How often the suite is run, a line each time.") var rounds = 1
  @Option(help: "The milliseconds that a case is timed for.") var budget = 700.0
  @Flag(
    help: ArgumentHelp(
      "Print only what OpenCL kernels are built of, a line for each program: its files, its options "
        + "and its kernels, with tabs between these."))
  var kernels = false
  @Flag(
    help: ArgumentHelp(
      "Print only what processes that share a training exchange in each step, for each shape of the "
        + "suite."))
  var messages = false
  @Flag(help: "Print only how fast this processor multiplies, in registers and in products.")
  var peak = false

  func validate() throws {
    guard DeviceSelection(device) != nil else {
      throw ValidationError("--device is auto, cpu, reference, opencl or opencl:N, not \(device)")
    }
    guard OpenCLPlanSelection(rawValue: plan) != nil else {
      throw ValidationError("--plan is auto, resident, cooperative or stepwise, not \(plan)")
    }
    guard Precision(rawValue: precision) != nil else {
      throw ValidationError("--precision is float32, tf32, bf16 or float16, not \(precision)")
    }
    guard mode == nil || mode == "inference" || mode == "training" else {
      throw ValidationError("--mode is inference or training")
    }
    guard threads ?? 1 >= 1 else { throw ValidationError("--threads must be 1 or more") }
    guard data != nil || results == nil else {
      throw ValidationError("--results is for the outputs of --data")
    }
    guard data == nil || only == nil else {
      throw ValidationError("--only is for a suite, not for --data")
    }
    guard rounds >= 1, budget > 0 else {
      throw ValidationError("--rounds must be 1 or more, and --budget above 0")
    }
  }

  func run() throws {
    if kernels {
      for line in KernelCatalog.lines { Swift.print(line) }
      return
    }
    if messages { return try printMessages() }
    let chosen = try Backends.make(
      DeviceSelection(device) ?? .auto, plan: OpenCLPlanSelection(rawValue: plan) ?? .auto,
      precision: Precision(rawValue: precision) ?? .float32
    ).backend
    guard threads == nil || peak || chosen is CPUBackend else {
      throw ValidationError("--threads is for --device cpu; this is \(chosen.name)")
    }
    let backend: any Backend = chosen is CPUBackend ? CPUBackend(threads: threads) : chosen
    let modes = mode.map { [$0] } ?? ["inference", "training"]
    let processor = backend as? CPUBackend
    if peak {
      let processor = processor ?? CPUBackend(threads: threads)
      return try print(
        PeakRow(
          hardware: processor.deviceDescription, peak_gflops: processor.multiplyAddRate(),
          product_gflops: processor.productRate()))
    }
    let peak = processor?.multiplyAddRate()
    if let data {
      for mode in modes { try printTiming(of: BenchmarkData(path: data), mode, on: backend, peak) }
      return
    }
    let cases = try BenchmarkCase.suite(suite, path: shapes)
    if let only, !cases.indices.contains(only) {
      throw ValidationError("--only is 0 to \(cases.count - 1) in the suite '\(suite)'")
    }
    for _ in 0..<rounds {
      for (index, shape) in cases.enumerated() where only == nil || only == index {
        for mode in modes { try printTiming(of: shape.randomData, mode, on: backend, peak) }
      }
    }
  }

  private func printTiming(
    of data: BenchmarkData, _ mode: String, on backend: any Backend, _ peak: Double?
  ) throws {
    let shape = data.shape
    let trains = mode == "training"
    let run = try BenchmarkRun(of: data, trains: trains, on: backend)
    if let results {
      let values = run.firstResults
      let tensor = SafetensorsFile.Tensor(values, shape: trains ? [3] : [shape.batch, 1])
      try SafetensorsFile(tensors: [trains ? "losses" : "output": tensor]).write(to: results)
    }
    let timing: Stopwatch.Timing
    var comparison: (plain: Double, ratio: Double)?
    if shape.options == nil {
      timing = try Stopwatch.time(budget: budget) { try run.work($0) }
    } else {
      let plain = try BenchmarkRun(of: shape.plain.randomData, trains: trains, on: backend)
      let both = try Stopwatch.compare(budget: budget) {
        try run.work($0)
      } with: {
        try plain.work($0)
      }
      timing = both.first
      comparison = (both.second.median, both.ratio)
    }
    let operations = shape.operations(trains: trains)
    let row = BenchmarkRow(
      suite: suite, mode: mode, B: shape.batch, T: shape.steps, I: shape.inputs, H: shape.hidden,
      L: shape.layers, option: shape.options?.name, precision: precision, device: backend.name,
      hardware: backend.deviceDescription, plan: run.plan, ours_ms: timing.median,
      ours_min_ms: timing.minimum, ours_max_ms: timing.maximum,
      ours_gflops: shape.options == nil ? operations / timing.median / 1e6 : nil,
      plain_ms: comparison?.plain, ratio_to_plain: comparison?.ratio, peak_gflops: peak)
    try print(row)
  }

  func print(_ row: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    Swift.print(String(decoding: try encoder.encode(row), as: UTF8.self))
  }
}

/// One line of the output; the names are those of the results' columns.
private struct BenchmarkRow: Encodable {
  let suite, mode: String
  let B, T, I, H, L: Int
  /// What the network has beside a plain one.
  let option: String?
  let precision, device, hardware, plan: String
  let ours_ms, ours_min_ms, ours_max_ms: Double
  /// Of plain networks, whose products are counted.
  let ours_gflops: Double?
  /// The plain network's time, in turn with this one, and the median of the ratios of neighbors.
  let plain_ms, ratio_to_plain: Double?
  /// What the processor could do with nothing to load; none for other devices.
  let peak_gflops: Double?
}

/// What `--peak` prints.
private struct PeakRow: Encodable {
  let hardware: String
  let peak_gflops, product_gflops: Double
}

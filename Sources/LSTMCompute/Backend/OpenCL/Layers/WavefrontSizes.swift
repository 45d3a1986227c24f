internal import OpenCL

/// How layers are run side by side in time: `Wavefront`.
struct WavefrontSizes: Hashable, Sendable {
  /// Steps of a chunk; the last one may have fewer.
  var chunkSteps: Int

  init(chunkSteps: Int) {
    self.chunkSteps = chunkSteps
  }

  /// What pays, for layers that are all resident; `nil` where nothing does.
  ///
  /// - Parameters:
  ///   - loops: How the layers' steps are run.
  ///   - batchSize: `B`.
  ///   - steps: The steps that are in memory at a time.
  ///   - computeUnits: The device's.
  ///   - isProcessor: Whether the device is the processor itself, on which one layer finds work for
  ///     all compute units.
  init?(
    for loops: [LayerLoop], batchSize: Int, steps: Int, computeUnits: Int, isProcessor: Bool
  ) {
    guard !isProcessor, let estimate = WavefrontEstimate(loops, batchSize, computeUnits) else {
      return nil
    }
    func seconds(_ chunkSteps: Int) -> Double {
      estimate.seconds(steps: steps, chunkSteps: chunkSteps)
    }
    let candidates = (2...WavefrontEstimate.mostChunks).map { tiles(steps, of: $0) }
    guard let best = candidates.min(by: { seconds($0) < seconds($1) }),
      estimate.seconds(steps: steps) >= WavefrontEstimate.leastGain * seconds(best)
    else { return nil }
    chunkSteps = best
  }

  /// What is selected; `nil` where layers run one after the other.
  ///
  /// - Throws: `LSTMError.invalidConfiguration`, with the reason, where chunks are asked for and the
  ///   layers cannot be run so.
  init?(
    _ selection: WavefrontSelection, for places: [[LayerPlace]], _ loops: [LayerLoop],
    device: Device
  ) throws(LSTMError) {
    let first = places[0][0]
    switch selection {
    case .off: return nil
    case .auto:
      guard Self.isChain(places) else { return nil }
      self.init(
        for: loops, batchSize: first.batchSize, steps: first.steps,
        computeUnits: device.computeUnits, isProcessor: device.isProcessor)
    case .chunks(of: let chunkSteps):
      guard chunkSteps >= 1 else {
        throw .invalidConfiguration("chunks of \(chunkSteps) steps; they need 1 or more")
      }
      guard places.count > 1 else {
        throw .invalidConfiguration(
          "chunks of steps are for two layers or more; run a single one without them")
      }
      guard loops.allSatisfy({ $0.kind == .resident }) else {
        throw .invalidConfiguration(
          "only resident layers run side by side in chunks of steps; use the plan 'resident'")
      }
      guard Self.isChain(places) else {
        throw .invalidConfiguration(
          "layers that read in reverse, or have dropout between them, do not run side by side in "
            + "chunks of steps; run them one after the other")
      }
      self.init(chunkSteps: chunkSteps)
    }
  }

  /// Whether each layer reads the outputs of one forward direction as they are.
  private static func isChain(_ places: [[LayerPlace]]) -> Bool {
    places.allSatisfy { $0.count == 1 && !$0[0].isReverse && $0[0].layer.dropout == 0 }
  }

  /// Steps in chunks, the earliest first.
  func chunks(of steps: Int) -> [Range<Int>] {
    stride(from: 0, to: steps, by: chunkSteps).map { $0..<min($0 + chunkSteps, steps) }
  }

  /// Such as `, layers side by side in 11 chunks of 156 steps`.
  func description(steps: Int) -> String {
    let count = tiles(steps, of: chunkSteps)
    return ", layers side by side in \(count) chunk\(count == 1 ? "" : "s") of "
      + "\(min(chunkSteps, steps)) step\(min(chunkSteps, steps) == 1 ? "" : "s")"
  }
}

/// Whether and how layers run side by side, as tests and benchmarks may want it.
enum WavefrontSelection: Hashable, Sendable {
  /// Where it pays.
  case auto
  case off
  /// In any case, in chunks of so many steps.
  case chunks(of: Int)
}

/// How long a pass through resident layers takes, counted from the floors of the kernels.
///
/// It is there to compare ways to run the same layers. The numbers are of large GPUs; the backward
/// pass is much like the forward one.
struct WavefrontEstimate {
  /// What a command costs, on the host as on the device: about 4 us with NVIDIA's OpenCL.
  ///
  /// Commands are launches, and events that a queue notes or waits for.
  static let commandSeconds = 4e-6
  /// Wait, product, steps and event.
  private static let commandsOfChunk = 4
  /// A larger gain is foreseen, or layers stay one after the other.
  static let leastGain = 1.2
  /// More would not be faster, only more to put into queues.
  static let mostChunks = 64
  /// What a step takes besides its products: activations, barriers and the waits for them.
  private static let cyclesOfStep = 190
  private static let secondsOfCycle = 1 / 1.7e9
  /// Multiply-adds of a compute unit in a cycle, and floats that it exchanges.
  private static let lanes = 128

  private let layers: Int
  /// How many of them have places for all of their work-groups at the same time.
  private let abreast: Int
  /// Of the slowest layer.
  private let stepSeconds: Double

  /// `nil` where not all layers are resident or there are no places for two of them.
  init?(_ loops: [LayerLoop], _ batchSize: Int, _ computeUnits: Int) {
    let sizes: [ResidentSizes] = loops.compactMap { loop in
      if case .resident(let sizes) = loop { sizes } else { nil }
    }
    guard sizes.count == loops.count else { return nil }
    layers = sizes.count
    // Work-groups for each place that a compute unit has.
    let share =
      sizes.map { sizes in
        Double(tiles(batchSize, of: sizes.rows)) / Double(sizes.places * computeUnits)
      }.max() ?? 1
    abreast = min(layers, Int(1 / share))
    guard abreast > 1 else { return nil }
    let cycles =
      sizes.map { sizes in
        Self.cyclesOfStep
          + sizes.rows * (4 * sizes.units * (sizes.units + sizes.inputs) / Self.lanes + sizes.units)
      }.max() ?? 0
    stepSeconds = Double(cycles) * Self.secondsOfCycle
  }

  /// One layer after the other.
  func seconds(steps: Int) -> Double {
    Double(layers) * (Double(steps) * stepSeconds + 2 * Self.commandSeconds)
  }

  /// Layers side by side.
  func seconds(steps: Int, chunkSteps: Int) -> Double {
    let chunks = tiles(steps, of: chunkSteps)
    // The first chunk goes through all layers before the last layer has the second; and no more run
    // at once than there are places for.
    let rounds = max(chunks + layers - 1, tiles(layers * chunks, of: abreast))
    let commands = Double(Self.commandsOfChunk) * Self.commandSeconds
    let device = Double(rounds) * (Double(chunkSteps) * stepSeconds + commands)
    let host = Double(layers * chunks) * commands
    return max(device, host)
  }
}

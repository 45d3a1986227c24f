package import OpenCL

/// Layers side by side in time: each in a queue of its own, in chunks of steps.
///
/// A layer's chunk runs once the same chunk of the layer before and its own chunk before are done
/// (forward, before is below and earlier; backward it is above and later). So at any time as many
/// layers are at work as there are, but for the first and last few chunks.
///
/// Why no buffer is used by two queues at once. The lowest layer's queue is the plan's own, in which
/// is everything else: uploads, the gathering of inputs, head, loss, optimizer, and what the host
/// reads.
/// - Start: the first chunk that runs anywhere is behind the last command of the plan's queue, by
///   order or by an event. Any other chunk is behind that one, through the layers and chunks before
///   it. So all chunks find what came before the pass: parameters, inputs, the head's gradient, and
///   memory that no earlier pass uses any more.
/// - Between layers, forward: layer l reads the outputs of l - 1 (slots of the chunk), after the event
///   of that chunk; nobody writes these slots again in the pass. Backward: layer l reads the gradient
///   by its outputs, which l + 1 wrote for the chunk, after the event of that chunk; each layer has
///   such a buffer of its own.
/// - Within a layer: states, gates and the gradient by the cell that go from chunk to chunk, and W x + b,
///   are used by the layer's own queue only, in its order.
/// - Afterwards, backward: the gradients by a layer's weights are made in its queue, of its gates and
///   of the outputs below it, which the backward pass only reads; each goes to places of its own.
/// - End: the plan's queue goes on once every other queue is through. So what follows the pass, the
///   next batch and reads by the host among it, is behind all of it.
///
/// Two queues may be at different elements of a buffer at the same time (slots of an output, slices of
/// the gradient); there is one device and one memory.
///
/// Where putting a command in fails half-way, the host waits until the other queues are empty before
/// it says so: there is no end then that later commands would wait for.
package final class Wavefront {
  /// Puts some steps of a layer into a queue.
  typealias Chunk = (_ layer: Int, _ steps: Range<Int>, CommandQueue) throws(OpenCLError) -> Void

  /// A queue for each layer, the lowest first, which is the plan's own.
  ///
  /// Only that one times its kernels, where it is asked to: of a backward pass whose weight gradients
  /// are in one slice, it may miss the end of those of higher layers.
  package let queues: [CommandQueue]
  /// Called before each chunk; for tests of what an error half-way leaves.
  package var interruption: ((_ layer: Int, _ steps: Range<Int>) throws(OpenCLError) -> Void)?
  private let sizes: WavefrontSizes

  init(
    _ sizes: WavefrontSizes, layers: Int, below queue: CommandQueue
  ) throws(OpenCLError) {
    self.sizes = sizes
    queues =
      [queue]
      + (try (1..<layers).map { _ throws(OpenCLError) in try CommandQueue(queue.context) })
  }

  /// Runs steps through all layers, the lowest and the earliest first.
  func forward(steps: Int, _ chunk: Chunk) throws(OpenCLError) {
    try settlingErrors { () throws(OpenCLError) in
      try run(Array(queues.indices), sizes.chunks(of: steps), chunk)
      try end()
    }
  }

  /// Runs steps through all layers, the highest and the latest first.
  ///
  /// The gradients of a layer's tensors can then follow in its queue, until `close`.
  func backward(steps: Int, _ chunk: Chunk) throws(OpenCLError) {
    try settlingErrors { () throws(OpenCLError) in
      try run(Array(queues.indices.reversed()), sizes.chunks(of: steps).reversed(), chunk)
      isOpen = true
    }
  }

  /// Whether the first queue does not wait for the others yet.
  private(set) var isOpen = false

  /// Has it wait for them.
  func close() throws(OpenCLError) {
    guard isOpen else { return }
    isOpen = false
    try settlingErrors { () throws(OpenCLError) in try end() }
  }

  /// Such as `, layers side by side in 11 chunks of 156 steps`.
  func description(steps: Int) -> String { sizes.description(steps: steps) }

  /// Runs chunks in their order through layers in theirs.
  private func run(
    _ layers: [Int], _ chunks: [Range<Int>], _ work: Chunk
  ) throws(OpenCLError) {
    if layers[0] > 0 {
      let start = try queues[0].marker()
      try queues[0].flush()
      try queues[layers[0]].hold(until: start)
    }
    // For each place among the layers, when each of its chunks is done.
    var ends: [[Event]] = Array(repeating: [], count: layers.count)
    // By diagonals, so that each queue is given its work in time for it.
    for diagonal in 0..<layers.count + chunks.count - 1 {
      for (place, layer) in layers.enumerated() where chunks.indices.contains(diagonal - place) {
        let number = diagonal - place
        let queue = queues[layer]
        try interruption?(layer, chunks[number])
        if place > 0 { try queue.hold(until: ends[place - 1][number]) }
        try work(layer, chunks[number], queue)
        if place + 1 < layers.count { ends[place].append(try queue.marker()) }
        // Otherwise the device may never come to what another queue waits for.
        try queue.flush()
      }
    }
  }

  /// Has the plan's queue wait for the others.
  private func end() throws(OpenCLError) {
    for queue in queues.dropFirst() {
      let end = try queue.marker()
      try queue.flush()
      try queues[0].hold(until: end)
    }
  }

  /// Leaves the other queues empty where an error comes in between.
  private func settlingErrors(_ body: () throws(OpenCLError) -> Void) throws(OpenCLError) {
    do {
      try body()
    } catch {
      // Each command waits only for such as were put in before it, so that none waits for ever once
      // all queues are on their way. The error that came first is the one to tell.
      for queue in queues { try? queue.flush() }
      for queue in queues.dropFirst() { try? queue.finish() }
      throw error
    }
  }
}

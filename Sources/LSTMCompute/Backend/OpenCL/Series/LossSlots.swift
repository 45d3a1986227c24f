internal import OpenCL

/// The losses of batches, noted on the device and read many at a time.
final class LossSlots {
  /// One read for so many batches.
  private static let capacity = 4096

  /// A slot for each batch since the last read.
  let buffer: Buffer<Float>
  private var used = 0
  private var earlier: [Float] = []

  init(_ context: Context) throws(OpenCLError) {
    buffer = try Buffer(count: Self.capacity, in: context)
  }

  /// The slot for the next loss, of a buffer that is emptied first where it is full.
  func next(on queue: CommandQueue) throws(OpenCLError) -> Int {
    if used == Self.capacity { try read(on: queue) }
    defer { used += 1 }
    return used
  }

  /// All losses since the last call.
  func take(on queue: CommandQueue) throws(OpenCLError) -> [Float] {
    try read(on: queue)
    defer { earlier = [] }
    return earlier
  }

  private func read(on queue: CommandQueue) throws(OpenCLError) {
    earlier += try queue.read(buffer, 0..<used)
    used = 0
  }
}

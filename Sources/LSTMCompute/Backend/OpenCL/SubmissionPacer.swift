internal import OpenCL

/// Keeps the device busy, and the work that was given to it but is not done yet within bounds, so
/// that an epoch does not pile up in the queue and a caller who stops waits for a few batches only.
struct SubmissionPacer {
  /// How many batches may be under way: enough for the device never to wait for the host.
  private static let batchesInFlight = 4

  private var ends: [Event] = []

  /// Notes that a batch is in the queue, and waits for an earlier one.
  mutating func batchEnded(on queue: CommandQueue) throws(OpenCLError) {
    ends.append(try queue.marker())
    try queue.flush()
    if ends.count > Self.batchesInFlight {
      try ends.removeFirst().wait()
    }
  }
}

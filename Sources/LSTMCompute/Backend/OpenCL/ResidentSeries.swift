internal import OpenCL

/// A series and its windows in a device's memory.
final class ResidentSeries {
  /// The series that it was made from.
  let host: WindowedSeries
  /// The current windows.
  private(set) var hostWindows: [Window]
  /// The number of current windows.
  var windowCount: Int { hostWindows.count }

  private let inputs: Buffer<Float>
  private let targets: Buffer<Float>
  private let weights: Buffer<Float>?
  private var windows: Buffer<Window>

  /// Copies the series to the device, with the windows that it has.
  init(_ series: WindowedSeries, on queue: CommandQueue) throws(OpenCLError) {
    host = series
    inputs = try Self.resident(series.inputs, on: queue)
    targets = try Self.resident(series.targets, on: queue)
    weights = try series.targetWeights.map { values throws(OpenCLError) in
      try Self.resident(values, on: queue)
    }
    windows = try Self.resident(series.windows, on: queue)
    hostWindows = series.windows
  }

  /// Replaces the windows; reserves memory only where there are more than ever before.
  func setWindows(_ windows: [Window], on queue: CommandQueue) throws(OpenCLError) {
    if windows.count > self.windows.count {
      self.windows = try Self.resident(windows, on: queue)
    } else {
      try queue.write(windows, to: self.windows)
    }
    hostWindows = windows
  }

  /// Some of the current windows.
  func batch(_ range: Range<Int>) -> DeviceBatch {
    DeviceBatch(
      inputs: inputs, targets: targets, weights: weights, targetSize: host.targetSize,
      windows: windows, firstWindow: range.lowerBound, rows: range.count)
  }

  private static func resident<Element>(
    _ elements: [Element], on queue: CommandQueue
  ) throws(OpenCLError) -> Buffer<Element> {
    // OpenCL has no empty buffers.
    let buffer = try Buffer<Element>(count: max(1, elements.count), in: queue.context)
    try queue.write(elements, to: buffer)
    return buffer
  }
}

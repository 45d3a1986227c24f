internal import Synchronization

/// Whether a device has failed in this process.
enum FailedDevice {
  private static let seen = Atomic<Bool>(false)

  static var wasSeen: Bool { seen.load(ordering: .relaxed) }

  static func see() { seen.store(true, ordering: .relaxed) }
}

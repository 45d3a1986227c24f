#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Whole files, read at once and replaced as a whole.
package enum AtomicFile {
  /// Reads a file into memory.
  ///
  /// It is not mapped: a file that another process cuts off while it is mapped ends the process.
  ///
  /// - Throws: `LSTMError.fileSystem` where it cannot be read or the memory does not suffice.
  package static func read(_ path: String) throws(LSTMError) -> Data {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw .cannotRead(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .cannotRead(path) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw .cannotRead(path, code: EISDIR) }
    // A pipe has no size, and a file may grow while it is read.
    var data = Data()
    let size = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
    guard MemoryLimit.allows(size) else { throw .cannotRead(path, code: ENOMEM) }
    data.reserveCapacity(size)
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = systemRead(descriptor, &buffer)
      if count < 0 {
        if errno == EINTR { continue }
        throw .cannotRead(path)
      }
      if count == 0 { return data }
      guard MemoryLimit.allows(data.count + count - size) else {
        throw .cannotRead(path, code: ENOMEM)
      }
      buffer.withUnsafeBytes { data.append(contentsOf: $0.prefix(count)) }
    }
  }

  /// Replaces a file, or makes it.
  ///
  /// At any moment the path names the old file or the new one, whole: the bytes go to a temporary
  /// name in the same folder, are synced, and renamed. Pipes and character devices are written into.
  ///
  /// - Throws: `LSTMError.fileSystem` where it cannot be written; the old file is then untouched.
  package static func write(_ bytes: Data, to path: String) throws(LSTMError) {
    let file = try StagedFile(path)
    try file.write(bytes: bytes)
    try file.commit()
  }
}

extension LSTMError {
  /// A path that cannot be read, and what the operating system says of it.
  fileprivate static func cannotRead(_ path: String, code: Int32 = errno) -> LSTMError {
    .fileSystem("\(path): cannot be read: \(String(cString: strerror(code)))")
  }
}

/// How much memory a process may still ask for.
enum MemoryLimit {
  /// Whether so many bytes may be had: fewer than the machine's memory and than the address space
  /// that a shell's `ulimit -v` leaves.
  static func allows(_ bytes: Int) -> Bool {
    let physical = sysconf(Int32(_SC_PHYS_PAGES)).multipliedReportingOverflow(
      by: sysconf(Int32(_SC_PAGESIZE)))
    guard physical.overflow || bytes <= physical.partialValue else { return false }
    var limit = rlimit()
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
    #else
      let resource = RLIMIT_AS
    #endif
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur != rlim_t.max else { return true }
    // Half of it: what is read is held a second time as numbers.
    return UInt64(max(0, bytes)) < UInt64(limit.rlim_cur) / 2
  }
}

/// `read(2)`, under a name that the methods do not hide.
private func systemRead(_ file: Int32, _ buffer: inout [UInt8]) -> Int {
  buffer.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
}

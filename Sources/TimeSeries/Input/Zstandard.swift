#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Unpacks zstd files (RFC 8878) by libzstd, which is loaded when the first one is read.
///
/// The library is on nearly every Linux, since the package manager of Debian and Fedora needs it;
/// where it is not, the error says what unpacks the file.
struct Zstandard {
  struct Failure: Error {
    let reason: String
  }

  /// Where the library may be, the most likely place first.
  private static let names = [
    "libzstd.so.1", "libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib",
    "/usr/local/lib/libzstd.1.dylib",
  ]

  /// `ZSTD_inBuffer` and `ZSTD_outBuffer`, which are alike but for what may be written.
  private struct Span {
    var start: UnsafeMutableRawPointer?
    var size: Int
    var position = 0
  }

  private typealias Create = @convention(c) () -> OpaquePointer?
  private typealias Free = @convention(c) (OpaquePointer?) -> Int
  private typealias Decompress =
    @convention(c) (OpaquePointer?, UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Int
  private typealias IsError = @convention(c) (Int) -> UInt32
  private typealias ErrorName = @convention(c) (Int) -> UnsafePointer<CChar>?

  private let create: Create
  private let free: Free
  private let decompress: Decompress
  private let isError: IsError
  private let errorName: ErrorName

  /// `nil` where there is no such library, or one without these functions.
  private static let library: Zstandard? = {
    for name in names {
      if let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL), let found = Zstandard(handle) {
        return found
      }
    }
    return nil
  }()

  /// Whether the library is on this machine.
  static var isThere: Bool { library != nil }

  private init?(_ library: UnsafeMutableRawPointer) {
    guard let create = dlsym(library, "ZSTD_createDStream"),
      let free = dlsym(library, "ZSTD_freeDStream"),
      let decompress = dlsym(library, "ZSTD_decompressStream"),
      let isError = dlsym(library, "ZSTD_isError"),
      let errorName = dlsym(library, "ZSTD_getErrorName")
    else { return nil }
    self.create = unsafeBitCast(create, to: Create.self)
    self.free = unsafeBitCast(free, to: Free.self)
    self.decompress = unsafeBitCast(decompress, to: Decompress.self)
    self.isError = unsafeBitCast(isError, to: IsError.self)
    self.errorName = unsafeBitCast(errorName, to: ErrorName.self)
  }

  /// The content of all frames of a zstd file; `nil` where there is no library.
  ///
  /// - Throws: Where the bytes end early, are no valid frames, or their checksum is another.
  static func unpacked(_ bytes: [UInt8]) throws(Failure) -> [UInt8]? {
    guard let library else { return nil }
    return try library.unpacked(bytes)
  }

  private func unpacked(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
    guard let stream = create() else { throw Failure(reason: "there is no memory for it") }
    defer { _ = free(stream) }
    var output: [UInt8] = []
    output.reserveCapacity(4 * bytes.count)
    // Zero where a frame has ended and all of it has been written.
    var left = 0
    var input = Span(start: nil, size: bytes.count)
    repeat {
      let before = input.position
      let piece = [UInt8](unsafeUninitializedCapacity: 1 << 17) { buffer, count in
        bytes.withUnsafeBytes { source in
          input.start = UnsafeMutableRawPointer(mutating: source.baseAddress)
          var target = Span(start: UnsafeMutableRawPointer(buffer.baseAddress), size: buffer.count)
          left = decompress(stream, &target, &input)
          count = target.position
        }
      }
      guard isError(left) == 0 else {
        throw Failure(reason: errorName(left).map { String(cString: $0) } ?? "error \(left)")
      }
      output += piece
      guard input.position > before || !piece.isEmpty || left == 0 else { break }
    } while input.position < bytes.count || left != 0
    guard left == 0 else { throw Failure(reason: "it ends too early") }
    return output
  }
}

import OpenCL
import Testing

@Suite struct CacheFolderTests {
  @Test(
    arguments: [
      (["SWIFT_LSTM_CACHE": "/a/b", "HOME": "/h"], "/a/b"),
      (["SWIFT_LSTM_CACHE": "off", "HOME": "/h"], nil),
      (["SWIFT_LSTM_CACHE": "", "XDG_CACHE_HOME": "/x", "HOME": "/h"], "/x/swift-lstm"),
      (["XDG_CACHE_HOME": "relative", "HOME": "/h"], "/h/.cache/swift-lstm"),
      (["HOME": "/h"], "/h/.cache/swift-lstm"),
      ([:], nil),
    ] as [([String: String], String?)])
  func isWhereTheEnvironmentSays(environment: [String: String], path: String?) {
    #expect(CacheFolder { environment[$0] }.path == path)
  }

  @Test func isNotMadeWhereThatIsNotPossible() throws {
    #expect(!CacheFolder(nil).make())
    #expect(!CacheFolder("/dev/null/cache").make())
  }

  /// Values of the specification of FNV-1a.
  @Test func hashesAsSpecified() {
    #expect(Fingerprint.name(of: "") == "6c62272e07bb014262b821756295c58d")
    #expect(Fingerprint.name(of: "a") == "d228cb696f1a8caf78912b704e4a8964")
    #expect(Fingerprint.name(of: "foobar") == "343e1662793c64bf6f0d3597ba446f18")
    #expect(Fingerprint.name(of: "programs").utf8.count == 32)
  }
}

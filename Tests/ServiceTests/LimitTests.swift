#if Service
  import Foundation
  import LSTMCompute
  import TestSupport
  import Testing

  @testable import lstm_serve

  /// Who may ask what, and how much.
  @Suite struct LimitTests {
    @Test func tokensAreComparedAsAWhole() throws {
      let token = try BearerToken(Array("0123456789abcdef".utf8), of: "token")
      #expect(token.isIn("Bearer 0123456789abcdef") && token.isIn("bearer 0123456789abcdef"))
      for wrong in [
        "Bearer 0123456789abcdeg", "Bearer 1123456789abcdef", "Bearer 0123456789abcde", "Bearer ",
        "Bearer 0123456789abcdef0123456789abcdef", "Basic 0123456789abcdef", "0123456789abcdef",
        "",
      ] {
        #expect(!token.isIn(wrong), "\(wrong)")
      }
      #expect(!token.isIn(nil))
      #expect(throws: LSTMError.self) { try BearerToken(Array("short".utf8), of: "token") }
      #expect(throws: LSTMError.self) {
        try BearerToken(Array("0123456789abc def".utf8), of: "token")
      }
    }

    @Test func clientsHaveARateEach() {
      let rate = RequestRate(rate: 10, mostClients: 3)
      let start = ContinuousClock.now
      let first = (0..<20).count { _ in rate.allows("a", at: start) }
      #expect(first == 10)
      #expect(rate.allows("b", at: start))
      let later = (0..<20).count { _ in rate.allows("a", at: start + .milliseconds(500)) }
      #expect(later == 5)
      let muchLater = (0..<20).count { _ in rate.allows("a", at: start + .seconds(60)) }
      #expect(muchLater == 10)
      // More addresses than are told apart: those that have sent the most are still known.
      for name in ["c", "d", "e", "f"] { _ = rate.allows(name, at: start + .seconds(60)) }
      #expect(!rate.allows("a", at: start + .seconds(60)))
    }

    @Test func queriesAreReadOrRefused() throws {
      let names = ["series", "known"]
      #expect(try Query("series=a%2Fb+c&known=skip", names: names)["series"] == "a/b c")
      #expect(try Query(nil, names: names)["series"] == nil)
      for wrong in [
        "serie=a", "series", "series=", "series=%", "series=%zz", "series=%ff", "series=%0a",
        "series=a&series=b", "&", "=",
        "series=" + String(repeating: "x", count: 257),
      ] {
        #expect(throws: ServiceError.self, "\(wrong)") { try Query(wrong, names: names) }
      }
      #expect(throws: ServiceError.self) { try Query("series=a", names: []) }
    }

    @Test func arraysAreCutIntoObjects() throws {
      func objects(_ text: String) throws -> [String] {
        try JSONRows.objects(of: Array(text.utf8), most: 3).map {
          String(decoding: $0, as: UTF8.self)
        }
      }
      #expect(try objects("[]") == [] && objects("{\"rows\":[]}\n") == [])
      #expect(
        try objects("[{\"a\":\"]}\\\"\"},\n{\"b\":{\"c\":[1]}}]")
          == ["{\"a\":\"]}\\\"\"}", "{\"b\":{\"c\":[1]}}"])
      #expect(try objects("[{\"a\":\n1}]") == ["{\"a\": 1}"])
      for wrong in [
        "", "{}", "[", "[{}", "[{},]", "[1]", "[{}]x", "{\"rows\":[]", "{\"rows\":[],\"a\":1}",
        "[{\"a\":\"\n\"}]", "[{\"a\":\"\\", "[{\"a\":\"\\\"", "nul",
      ] {
        let error = #expect(throws: ServiceError.self, "\(wrong)") { try objects(wrong) }
        #expect(error?.status == 400)
      }
      let error = #expect(throws: ServiceError.self) { try objects("[{},{},{},{}]") }
      #expect(error?.status == 413)
    }

    @Test func onlyThisMachineIsLoopback() {
      for (text, isLoopback) in [
        ("127.0.0.1:80", true), ("127.9.9.9:80", true), ("localhost:0", true), ("[::1]:8080", true),
        ("0.0.0.0:80", false), ("[::]:80", false), ("127.0.0.1.example.org:80", false),
        ("10.0.0.1:80", false),
      ] {
        #expect(ListenAddress(argument: text)?.isLoopback == isLoopback, "\(text)")
      }
      for wrong in ["127.0.0.1", ":80", "a:b", "a:70000", "[::1:80"] {
        #expect(ListenAddress(argument: wrong) == nil, "\(wrong)")
      }
    }
  }
#endif

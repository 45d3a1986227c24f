#if Service
  import ArgumentParser

  /// A host and a port, such as `127.0.0.1:8080` or `[::1]:8080`.
  struct ListenAddress: ExpressibleByArgument, Sendable {
    var host: String
    var port: Int

    init(host: String, port: Int) {
      self.host = host
      self.port = port
    }

    init?(argument: String) {
      guard let colon = argument.lastIndex(of: ":"),
        let port = UInt16(argument[argument.index(after: colon)...])
      else { return nil }
      var host = argument[..<colon]
      if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
      guard !host.isEmpty, !host.contains("["), !host.contains("]") else { return nil }
      self.init(host: String(host), port: Int(port))
    }

    var defaultValueDescription: String { "\(host):\(port)" }

    /// Whether only this machine can reach it.
    var isLoopback: Bool {
      if host == "localhost" || host == "::1" { return true }
      let parts = host.split(separator: ".", omittingEmptySubsequences: false)
      return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// The address as a browser takes it.
    func url(port: Int) -> String {
      "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
  }
#endif

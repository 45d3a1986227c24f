#if Service
  import HTTPTypes
  import HummingbirdCore
  import NIOCore

  /// Takes requests off connections, has them answered, and writes the answers.
  struct Responder: Sendable {
    let service: DetectionService

    /// Answers one request.
    func respond(
      to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel
    ) async throws {
      let head = RequestHead(
        method: request.method.rawValue, path: request.uri.path, query: request.uri.query,
        contentType: request.headers[.contentType], authorization: request.headers[.authorization],
        client: channel.remoteAddress?.ipAddress ?? "local")
      let reply = try await service.reply(to: head) {
        try await Self.body(of: request, most: service.limits.mostBytes)
      }
      var fields = HTTPFields()
      fields[.contentType] = reply.type
      fields[.contentLength] = "\(reply.body.utf8.count)"
      for (name, value) in reply.fields {
        if let name = HTTPField.Name(name) { fields[name] = value }
      }
      try await writer.write(
        response: HTTPResponse(status: .init(code: reply.status), headerFields: fields),
        body: ResponseBody(byteBuffer: ByteBuffer(string: reply.body)))
    }

    private static func body(of request: Request, most: Int) async throws -> [UInt8] {
      let tooLong = ServiceError(413, "body: more than \(most) bytes; send fewer rows at once")
      if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > most {
        throw tooLong
      }
      do {
        let body = try await request.body.collect(upTo: most)
        return Array(body.readableBytesView)
      } catch is NIOTooManyBytesError {
        throw tooLong
      } catch {
        throw ConnectionError(reason: error)
      }
    }
  }
#endif

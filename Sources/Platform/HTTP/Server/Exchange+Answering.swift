internal import CMicrohttpd
internal import Foundation
internal import Observability
internal import Synchronization

extension Exchange {
    /// Hands an answer to the library.
    ///
    /// - Important: to be called in the library's callback, with the whole request read.
    func send(_ response: HTTPResponse, on handle: OpaquePointer) -> MHD_Result {
        guard let answer = makeAnswer(response) else { return MHD_Result.NO }
        defer { MHD_destroy_response(answer) }
        forEachField(of: response) { name, value in
            // The library refuses values with line breaks, so no header can be smuggled in.
            if MHD_add_response_header(answer, name, value) != MHD_Result.YES {
                core.logger.debug("header left out", ["id": .string(id.text), "header": .string(name)])
            }
        }
        connection.enter(.answering, until: MonotonicTime(nanoseconds: .max))
        return MHD_queue_response(handle, UInt32(clamping: response.status), answer)
    }

    /// Sends an answer past the library while the request is still coming, and leaves closing to the watcher.
    ///
    /// The library can only answer requests it has read to their end, or else resets the connection. Its own part of
    /// the connection ends when the callback returns `MHD_NO`; the duplicated socket lives on.
    func sendAndStop(_ response: HTTPResponse) {
        var body: [UInt8] = []
        if case .bytes(let bytes) = response.body, method != .head { body = bytes }
        status = response.status
        sentBytes = body.count
        var text = "HTTP/1.1 \(response.status) \(Self.reason(response.status))\r\n"
        forEachField(of: response) { name, value in
            guard !value.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return }
            text += "\(name): \(value)\r\n"
        }
        text += "Date: \(Timestamp.now.httpDate)\r\nConnection: close\r\nContent-Length: \(body.count)\r\n\r\n"
        let bytes = Array(text.utf8) + body
        let socket = fcntl(connection.descriptor, F_DUPFD_CLOEXEC, 0)
        guard socket >= 0 else { return }
        // The answer is small and the send buffer empty, so that what does not fit is not worth waiting for.
        _ = bytes.withUnsafeBytes {
            Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        }
        shutdown(socket, Int32(SHUT_WR))
        core.watcher.linger(socket)
    }

    /// The library's answer object, and what the log says about it.
    private func makeAnswer(_ response: HTTPResponse) -> OpaquePointer? {
        status = response.status
        switch response.body {
        case .empty:
            sentBytes = 0
            return MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
        case .bytes(let bytes):
            sentBytes = method == .head ? 0 : bytes.count
            return bytes.withUnsafeBytes { buffer in
                // The library copies the bytes; it takes a mutable pointer for its other modes.
                MHD_create_response_from_buffer(
                    buffer.count, UnsafeMutableRawPointer(mutating: buffer.baseAddress), .RESPMEM_MUST_COPY)
            }
        case .file(let url, let range):
            let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
            var information = stat()
            guard descriptor >= 0, fstat(descriptor, &information) == 0 else {
                if descriptor >= 0 { close(descriptor) }
                core.logger.error("a file to send is gone", ["id": .string(id.text)])
                let failure = core.response(for: APIError(.internalError), to: request(), group: group)
                guard case .bytes = failure.body else { return nil }
                return makeAnswer(failure)
            }
            let size = Int(information.st_size)
            let part = (range ?? 0..<size).clamped(to: 0..<size)
            sentBytes = method == .head ? 0 : part.count
            return MHD_create_response_from_fd_at_offset64(UInt64(part.count), descriptor, UInt64(part.lowerBound))
        }
    }

    /// The answer's own header fields and those every answer has.
    private func forEachField(of response: HTTPResponse, _ body: (String, String) -> Void) {
        for (name, value) in response.headers { body(name, value) }
        body("X-Request-ID", id.text)
        body("X-Content-Type-Options", "nosniff")
        if let origin = liveHeader("Origin") {
            if let allowed = core.crossOrigin.allowed(origin) {
                body("Access-Control-Allow-Origin", allowed)
                body("Access-Control-Expose-Headers", "X-Request-ID")
            }
        }
        if core.crossOrigin.varies { body("Vary", "Origin") }
        if core.isDraining.load(ordering: .relaxed) { body("Connection", "close") }
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        default: "Status"
        }
    }
}

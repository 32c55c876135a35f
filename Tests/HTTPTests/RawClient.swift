import Foundation

/// An HTTP client that sends and reads exactly what a test says; all waits end after ten seconds.
final class RawClient {
    struct Failure: Error {
        let reason: String
    }

    struct Response {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]
        /// Status line and headers as received.
        var head: String

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private var descriptor: Int32
    private var pending: [UInt8] = []

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(reason: "no socket: \(errno)") }
        var time = timeval(tv_sec: 300, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(reason: "no connection: \(errno)") }
    }

    deinit {
        close()
    }

    func close() {
        if descriptor >= 0 { Foundation.close(descriptor) }
        descriptor = -1
    }

    /// Tells the server that nothing more will be sent; answers can still be read.
    func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) throws {
        guard sendAsMuchAsPossible(bytes) == bytes.count else { throw Failure(reason: "sending failed: \(errno)") }
    }

    /// Sends until all is sent or the server refuses; returns how many bytes were taken.
    func sendAsMuchAsPossible(_ bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let count = Foundation.send(
                    descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
                if count <= 0 { break }
                sent += count
            }
            return sent
        }
    }

    /// Reads one response; `hasBody` is false for answers to `HEAD`.
    func read(hasBody: Bool = true) throws -> Response {
        while true {
            let end = try position(of: Array("\r\n\r\n".utf8))
            let head = String(decoding: pending[..<end], as: UTF8.self)
            pending.removeFirst(end + 4)
            let lines = head.split(separator: "\r\n")
            guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
                throw Failure(reason: "no status line in \(head)")
            }
            if status == 100 { continue }
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            }
            let length = hasBody && status != 304 && status != 204 ? Int(headers["content-length"] ?? "") ?? 0 : 0
            while pending.count < length { try receive() }
            let body = Array(pending.prefix(length))
            pending.removeFirst(length)
            return Response(status: status, headers: headers, body: body, head: head)
        }
    }

    /// Reads until the server closes; throws when it does not, or resets the connection.
    func readToEnd() throws -> [UInt8] {
        while try receive(allowingEnd: true) {}
        defer { pending = [] }
        return pending
    }

    /// Sends one request and reads its answer.
    func exchange(_ request: String, body: [UInt8] = []) throws -> Response {
        try send(Array(request.utf8) + body)
        return try read(hasBody: !request.hasPrefix("HEAD"))
    }

    private func position(of pattern: [UInt8]) throws -> Int {
        while true {
            if pending.count >= pattern.count {
                for start in 0...(pending.count - pattern.count)
                where pending[start] == pattern[0] && Array(pending[start..<start + pattern.count]) == pattern {
                    return start
                }
            }
            try receive()
        }
    }

    @discardableResult
    private func receive(allowingEnd: Bool = false) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 {
            pending += buffer[..<count]
            return true
        }
        if count == 0, allowingEnd { return false }
        throw Failure(reason: count == 0 ? "the server closed the connection" : "receiving failed: errno \(errno)")
    }
}

/// Runs blocking client code on a thread of its own, so that it does not take a thread from the server's tasks.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result(catching: body)) }.start()
    }
}

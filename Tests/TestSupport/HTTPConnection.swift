import Foundation
import Glibc
public import JSON

/// A connection to a server on this machine, written to and read from byte by byte.
///
/// Its calls wait; use it in `blocking`.
public final class HTTPConnection {
    /// What went wrong on the way.
    public enum Failure: Error, Equatable {
        case cannotConnect(errno: Int32)
        case timeout
        case closed
        case malformed(String)
    }

    private let descriptor: Int32
    private var received: [UInt8] = []

    /// Connects.
    ///
    /// - Parameter timeout: how long a read or write may wait, in seconds.
    public init(port: Int, timeout: Int = 300) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw Failure.cannotConnect(errno: code)
        }
    }

    deinit { close(descriptor) }

    /// Writes bytes; false when the server no longer takes any.
    @discardableResult
    public func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Writes a request and reads its answer.
    public func send(_ request: HTTPCall) throws -> HTTPAnswer {
        write(request.head)
        if let body = request.body { write(body) }
        return try answer(hasBody: request.method != "HEAD")
    }

    /// Reads a status line and headers, interim ones such as `100 Continue` too.
    public func head() throws -> HTTPAnswer {
        let end = try find([0x0D, 0x0A, 0x0D, 0x0A])
        defer { received.removeFirst(end + 4) }
        return try HTTPAnswer(head: Array(received[..<end]))
    }

    /// Reads one answer; interim ones are passed over.
    public func answer(hasBody: Bool = true) throws -> HTTPAnswer {
        while true {
            var answer = try head()
            if (100..<200).contains(answer.status) { continue }
            guard hasBody, answer.status != 204, answer.status != 304 else { return answer }
            guard let length = answer["Content-Length"].flatMap({ Int($0) }) else {
                throw Failure.malformed("no Content-Length")
            }
            while received.count < length { try readMore() }
            answer.body = Array(received[..<length])
            received.removeFirst(length)
            return answer
        }
    }

    /// Whether the server closes the connection, possibly after more bytes.
    public func isClosedByServer() throws -> Bool {
        do {
            while true { try readMore() }
        } catch Failure.closed {
            return true
        } catch Failure.timeout {
            return false
        }
    }

    private func find(_ pattern: [UInt8]) throws -> Int {
        var start = 0
        while true {
            if received.count >= pattern.count {
                for index in start...(received.count - pattern.count)
                where received[index] == pattern[0] && Array(received[index..<index + pattern.count]) == pattern {
                    return index
                }
                start = received.count - pattern.count + 1
            }
            try readMore()
        }
    }

    private func readMore() throws {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 && errno == EINTR { return }
        if count < 0 && errno == EAGAIN { throw Failure.timeout }
        guard count > 0 else { throw Failure.closed }
        received += buffer[..<count]
    }
}

/// A request as it is sent.
public struct HTTPCall: Sendable {
    /// Such as `GET`.
    public var method: String
    /// Path and query.
    public var target: String
    /// Fields beside `Host` and `Content-Length`.
    public var headers: [(name: String, value: String)]
    /// The body; nil sends none and says nothing of it.
    public var body: [UInt8]?

    /// Makes a request.
    public init(
        _ method: String, _ target: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// A request that carries JSON.
    public static func json(_ method: String, _ target: String, _ text: String) -> HTTPCall {
        HTTPCall(method, target, headers: [("Content-Type", "application/json")], body: Array(text.utf8))
    }

    /// Request line and headers.
    public var head: [UInt8] {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.count)\r\n" }
        return Array((text + "\r\n").utf8)
    }
}

/// An answer as it was received.
public struct HTTPAnswer: Sendable {
    /// The status code.
    public let status: Int
    /// The fields in order.
    public let headers: [(name: String, value: String)]
    /// What followed them.
    public var body: [UInt8] = []

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON.
    public var json: JSONValue {
        get throws { try JSONValue(parsing: body) }
    }

    /// The first value of a field.
    public subscript(name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    init(head: [UInt8]) throws {
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            throw HTTPConnection.Failure.malformed(lines[0])
        }
        self.status = status
        headers = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            let value = line[colon...].dropFirst().trimmingCharacters(in: .whitespaces)
            return (String(line[..<colon]), value)
        }
    }
}

/// Calls a server on this machine, with a connection for each request.
public struct HTTPClient: Sendable {
    /// The server's port.
    public let port: Int

    /// Makes a client.
    public init(port: Int) {
        self.port = port
    }

    /// Sends a request and waits for its answer.
    public func send(_ call: HTTPCall) async throws -> HTTPAnswer {
        var call = call
        call.headers.append(("Connection", "close"))
        let (port, request) = (port, call)
        return try await blocking { try HTTPConnection(port: port).send(request) }
    }

    /// Asks for a path.
    public func get(_ target: String) async throws -> HTTPAnswer {
        try await send(HTTPCall("GET", target))
    }
}

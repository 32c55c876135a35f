import Foundation
import Observability
import Storage
import Synchronization
import TestSupport

/// A store on loopback that answers as a test says, whatever that is.
final class ScriptedStore: Sendable {
    /// A request as it came.
    struct Request: Sendable {
        let method: String
        let target: String
        let headers: [String: String]
        let body: [UInt8]
        /// How many requests came before it.
        let number: Int
    }

    /// What is sent back.
    enum Reply: Sendable {
        case answer(Int, headers: [String: String] = [:], body: String = "")
        /// Bytes that may be no answer at all; then the connection ends.
        case bytes(String)
        case hangUp

        static func error(_ status: Int, _ code: String) -> Reply {
            .answer(status, body: "<Error><Code>\(code)</Code><Message>words</Message></Error>")
        }
    }

    let port: Int
    private let listener: Int32
    private let reply: @Sendable (Request) -> Reply
    private let seen = Mutex<[Request]>([])
    private let open = Mutex<[Int32]>([])

    init(_ reply: @escaping @Sendable (Request) -> Reply) throws {
        self.reply = reply
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 16) == 0
                    ? getsockname(listener, address, &length) : -1
            }
        }
        guard status == 0 else { throw TestTimeout() }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread { [self] in accept() }.start()
    }

    /// All requests so far.
    var requests: [Request] { seen.withLock { $0 } }

    /// Ends it; its thread holds it until then.
    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        Foundation.close(listener)
        for descriptor in open.withLock({ $0 }) { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    /// A store that uses it, with short pauses between attempts.
    func makeClient(
        prefix: String = "", _ adjust: (inout S3Configuration) -> Void = { _ in }
    ) throws -> S3ObjectStore {
        var configuration = S3Configuration(
            address: try S3Address(url: "s3://key:hidden@127.0.0.1:\(port)/bucket/\(prefix)"))
        configuration.pause = .milliseconds(2)
        configuration.timeout = .seconds(300)
        configuration.stallTimeout = .seconds(120)
        adjust(&configuration)
        return S3ObjectStore(configuration)
    }

    private func accept() {
        while true {
            let client = Foundation.accept(listener, nil, nil)
            guard client >= 0 else { return }
            open.withLock { $0.append(client) }
            Thread { [self] in
                while let request = read(client), send(reply(request), to: client) {}
                shutdown(client, Int32(SHUT_RDWR))
            }.start()
        }
    }

    private func read(_ client: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var end: Int?
        var length = 0
        var lines: [String] = []
        while end.map({ bytes.count < $0 + length }) ?? true {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
            if end == nil, let found = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                end = found.upperBound
                lines = String(decoding: bytes[..<found.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
                let field = lines.first { $0.lowercased().hasPrefix("content-length:") }
                length = field.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
            }
        }
        let words = lines[0].split(separator: " ").map(String.init)
        let headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            return (parts[0].lowercased(), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
        }
        return seen.withLock { seen in
            let request = Request(
                method: words[0], target: words[1], headers: Dictionary(headers) { $1 },
                body: Array(bytes[(end ?? 0)...]), number: seen.count)
            seen.append(request)
            return request
        }
    }

    /// Sends a reply; whether the connection goes on.
    private func send(_ reply: Reply, to client: Int32) -> Bool {
        var text: String
        switch reply {
        case .hangUp: return false
        case .bytes(let raw): text = raw
        case .answer(let status, let headers, let body):
            text = "HTTP/1.1 \(status) Words\r\n"
            for (name, value) in headers { text += "\(name): \(value)\r\n" }
            if headers["Content-Length"] == nil { text += "Content-Length: \(body.utf8.count)\r\n" }
            text += "\r\n" + body
        }
        var bytes = Array(text.utf8)
        while !bytes.isEmpty {
            let count = Foundation.send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return false }
            bytes.removeFirst(count)
        }
        if case .answer = reply { return true }
        return false
    }
}

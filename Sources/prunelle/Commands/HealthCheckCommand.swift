import Foundation
import Glibc
import HTTP

extension Command {
    static let healthCheck = Command(
        name: "healthcheck", summary: "Ask the server on this machine whether it can serve; status 0 if it can.",
        discussion:
            "For the health checks of containers and supervisors: it asks /readyz at PRUNELLE_HOST and PRUNELLE_PORT.",
        options: [
            .init(name: "host", value: "ADDRESS", summary: "Address the server listens on (127.0.0.1)."),
            .init(name: "port", value: "PORT", summary: "Port the server listens on (8000)."),
        ],
        run: { arguments in
            let settings = try ServerSettings.read(flags: arguments.settingFlags)
            let host = ["0.0.0.0": "127.0.0.1", "::": "::1"][settings.server.host] ?? settings.server.host
            let answer = Port(host: host, port: settings.server.port).ask("/readyz", within: 4)
            guard let answer else {
                throw Exit.unavailable("no server answers at \(host) port \(settings.server.port)")
            }
            guard answer.contains(" 200 ") else { throw Exit.unavailable("the server answers: \(answer)") }
            print("ready")
        })
}

extension Port {
    /// The first line of the answer to a GET request; nil where none comes in time.
    func ask(_ path: String, within seconds: Int) -> String? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let address = list?.pointee else { return nil }
        defer { freeaddrinfo(list) }
        let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard connect(descriptor, address.ai_addr, address.ai_addrlen) == 0,
            send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
        else { return nil }
        var answer = [UInt8](repeating: 0, count: 256)
        let count = recv(descriptor, &answer, answer.count, 0)
        guard count > 0 else { return nil }
        return String(decoding: answer[..<count].prefix { $0 != 13 && $0 != 10 }, as: UTF8.self)
    }
}

public import Foundation

/// How the server listens and what it puts up with.
public struct ServerConfiguration: Sendable {
    /// Address or name to listen on: IPv4, IPv6, or `localhost`. `0.0.0.0` and `::` mean every interface.
    public var host = "127.0.0.1"

    /// Port to listen on, 0…65535; 0 takes a free one, see `HTTPServer.port`.
    public var port = 8000

    /// Threads that serve connections, 1…256; the processors by default. More help only when immediate handlers wait.
    public var threads = ProcessInfo.processInfo.activeProcessorCount

    /// Most connections at a time, 16…1,000,000; further ones wait in the system's queue. Each costs about 40 KiB.
    public var maximumConnections = 10_000

    /// Longest time without any traffic on a connection, and longest time between two requests on it; 1 second or more.
    public var idleTimeout: Duration = .seconds(75)

    /// Longest time from the start of a request, or of a connection, to the end of its headers. Slow clients that
    /// hold connections open are cut off by it.
    public var headerDeadline: Duration = .seconds(15)

    /// Longest time from the end of the headers to the end of the body, beside the time that `minimumUploadRate` grants.
    public var bodyDeadline: Duration = .seconds(30)

    /// Bytes a second that a body must arrive at in the long run; each received byte extends `bodyDeadline` accordingly.
    public var minimumUploadRate = 32 * 1024

    /// Longest time an asynchronous handler may take, where its route says nothing else.
    public var requestDeadline: Duration = .seconds(30)

    /// Largest body in bytes, where the route says nothing else.
    public var bodyLimit = 1 << 20

    /// Most parts of a multipart body.
    public var maximumParts = 1000

    /// Most bytes of a form's plain fields together, since they stay in memory, 1 KiB or more.
    public var formFieldLimit = 36 << 20

    /// Parts of a multipart body up to this many bytes stay in memory, larger ones go to `temporaryFolder`.
    public var memoryPartLimit = 64 * 1024

    /// Folder for uploads in progress; created when absent.
    public var temporaryFolder = FileManager.default.temporaryDirectory.appending(path: "prunelle-uploads")

    /// Origins whose pages may call the server from a browser, such as `https://example.org`; `*` is any.
    public var corsAllowedOrigins = ["*"]

    /// Whether each request is logged.
    public var writesAccessLog = true

    /// The defaults.
    public init() {}

    /// What is wrong with the values, in words; empty when nothing is.
    public func problems() -> [String] {
        var problems: [String] = []
        func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) {
            if !range.contains(value) {
                problems.append("\(name) must be \(range.lowerBound)…\(range.upperBound), is \(value)")
            }
        }
        func check(_ name: String, _ value: Duration, atLeast least: Duration) {
            if value < least { problems.append("\(name) must be at least \(least), is \(value)") }
        }
        if host.isEmpty { problems.append("host must not be empty") }
        check("port", port, 0...65_535)
        check("threads", threads, 1...256)
        check("maximumConnections", maximumConnections, 16...1_000_000)
        check("idleTimeout", idleTimeout, atLeast: .seconds(1))
        check("headerDeadline", headerDeadline, atLeast: .milliseconds(10))
        check("bodyDeadline", bodyDeadline, atLeast: .milliseconds(10))
        check("requestDeadline", requestDeadline, atLeast: .milliseconds(10))
        check("minimumUploadRate", minimumUploadRate, 1...1 << 40)
        check("bodyLimit", bodyLimit, 0...1 << 40)
        check("maximumParts", maximumParts, 1...1_000_000)
        check("formFieldLimit", formFieldLimit, 1024...1 << 32)
        check("memoryPartLimit", memoryPartLimit, 0...1 << 30)
        return problems
    }
}

public import Foundation
public import JSON

/// An answer.
public struct HTTPResponse: Sendable {
    /// What follows the headers.
    public enum Body: Sendable {
        case empty
        case bytes([UInt8])
        /// A file, or a range of its bytes, sent by the kernel without being read into memory.
        case file(URL, range: Range<Int>?)
    }

    /// The status code.
    public var status: Int
    /// Fields beside those the server adds (`Date`, `Content-Length`, `X-Request-ID`, …).
    public var headers: HTTPHeaders
    /// What follows the headers.
    public var body: Body

    /// Makes an answer.
    public init(status: Int = 200, headers: HTTPHeaders = [:], body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer in JSON.
    public static func json(_ value: some JSONRepresentable, status: Int = 200) -> HTTPResponse {
        bytes(value.json.bytes(), contentType: "application/json", status: status)
    }

    /// An answer in plain text.
    public static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        bytes(Array(text.utf8), contentType: "text/plain; charset=utf-8", status: status)
    }

    /// A page, with the policy that lets it load from this server only.
    public static func html(
        _ text: String, status: Int = 200, policy: ContentSecurityPolicy = .standard
    ) -> HTTPResponse {
        var response = bytes(Array(text.utf8), contentType: "text/html; charset=utf-8", status: status)
        response.headers.append("Content-Security-Policy", policy.text)
        return response
    }

    /// An answer of bytes of a type.
    public static func bytes(_ bytes: [UInt8], contentType: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["Content-Type": contentType], body: .bytes(bytes))
    }

    /// A file as it lies on the disk.
    public static func file(_ url: URL, contentType: String) -> HTTPResponse {
        HTTPResponse(headers: ["Content-Type": contentType], body: .file(url, range: nil))
    }

    /// An answer without a body.
    public static func empty(status: Int = 204) -> HTTPResponse {
        HTTPResponse(status: status)
    }

    /// Sends the client elsewhere.
    public static func redirect(to location: String, status: Int = 302) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["Location": location])
    }
}

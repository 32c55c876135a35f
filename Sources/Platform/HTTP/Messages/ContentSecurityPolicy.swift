/// What a page may load.
public struct ContentSecurityPolicy: Sendable {
    /// The value of the header.
    public let text: String

    /// A policy in the header's own words.
    public init(text: String) {
        self.text = text
    }

    /// Everything from this server; pictures also from data and blob URLs; never framed by others.
    public static let standard = ContentSecurityPolicy(
        text: "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; "
            + "form-action 'self'; frame-ancestors 'self'")

    /// What Swagger UI and ReDoc need beyond `standard`: styles set by script, and a worker from a blob.
    ///
    /// Pictures stay limited to this server and data URLs, so the logo that ReDoc asks its makers' server for is blocked.
    static let apiPages = ContentSecurityPolicy(
        text: "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
            + "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; frame-ancestors 'self'")
}

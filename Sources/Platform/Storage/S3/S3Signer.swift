import CSodium
import Foundation
import Observability
import Synchronization

/// Makes signatures of version 4 with one pair of keys for one region.
///
/// - Source: "Authenticating Requests (AWS Signature Version 4)" of the Amazon S3 API Reference, whose examples are in
///   `S3SignerTests`.
public final class S3Signer: Sendable {
    /// Stands for the hash of a body that is not signed.
    public static let unsignedPayload = "UNSIGNED-PAYLOAD"
    /// The one algorithm.
    public static let algorithm = "AWS4-HMAC-SHA256"

    /// The pair of keys.
    public let credentials: S3Credentials
    /// The region, such as `eu-west-3`.
    public let region: String
    /// The key of a day, which takes four rounds to compute and is the same for all its requests.
    private let cachedKey = Mutex<(day: String, key: [UInt8])>(("", []))

    /// Takes keys and region.
    public init(_ credentials: S3Credentials, region: String) {
        self.credentials = credentials
        self.region = region
    }

    /// What a signature covers beside its time.
    public struct Request: Sendable {
        /// Such as `GET`.
        public var method: String
        /// The decoded path from the root, with the bucket where it is part of it.
        public var path: String
        /// Decoded names and values.
        public var query: [(name: String, value: String)]
        /// The header fields that are signed; `host` must be among them.
        public var headers: [(name: String, value: String)]
        /// The hash of the body in hexadecimal digits, or `unsignedPayload`.
        public var payload: String

        /// Takes all parts.
        public init(
            _ method: String, path: String, query: [(name: String, value: String)] = [],
            headers: [(name: String, value: String)], payload: String
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.headers = headers
            self.payload = payload
        }

        /// Names of the signed fields, as they are stated beside the signature.
        public var signedHeaders: String { Self.names(of: sortedHeaders) }

        /// The query in the form that is signed, which is also fit to be sent.
        var canonicalQuery: String {
            let items = query.map { (name: S3Encoding.query($0.name), value: S3Encoding.query($0.value)) }
            let sorted = items.sorted { $0.name == $1.name ? $0.value < $1.value : $0.name < $1.name }
            return sorted.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        }

        /// The text that is hashed, and the names of the signed fields, which are a part of it.
        fileprivate var canonical: (text: String, signedHeaders: String) {
            let fields = sortedHeaders
            let names = Self.names(of: fields)
            var text = "\(method)\n\(S3Encoding.path(path))\n\(canonicalQuery)\n"
            for field in fields { text += "\(field.name):\(field.value)\n" }
            text += "\n\(names)\n\(payload)"
            return (text, names)
        }

        private static func names(of fields: [(name: String, value: String)]) -> String {
            fields.map(\.name).joined(separator: ";")
        }

        private var sortedHeaders: [(name: String, value: String)] {
            headers.map { ($0.name.lowercased(), Self.folded($0.value)) }.sorted { $0.0 < $1.0 }
        }

        /// A value without blanks around it and with single ones within; most have none.
        private static func folded(_ value: String) -> String {
            if value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) { return value }
            return value.split(separator: " ").joined(separator: " ").trimmingCharacters(in: .whitespaces)
        }
    }

    /// What a signature is valid for: a day, the region and the service.
    public func scope(_ time: S3Time) -> String { "\(time.day)/\(region)/s3/aws4_request" }

    /// The keys and scope as they are stated beside a signature.
    public func credential(_ time: S3Time) -> String { "\(credentials.accessKeyID)/\(scope(time))" }

    /// The signature of a request.
    public func signature(of request: Request, at time: S3Time) -> String {
        signature(ofCanonical: request.canonical.text, at: time)
    }

    private func signature(ofCanonical text: String, at time: S3Time) -> String {
        let hash = ContentHash(of: text.utf8).description
        return signature(ofText: "\(Self.algorithm)\n\(time.stamp)\n\(scope(time))\n\(hash)", at: time)
    }

    /// The signature of a text; of an upload form's policy in Base64, for one.
    public func signature(ofText text: String, at time: S3Time) -> String {
        Hexadecimal.text(Self.code(Array(text.utf8), key: key(of: time.day)))
    }

    /// The `Authorization` field of a request.
    func authorization(of request: Request, at time: S3Time) -> String {
        let (text, names) = request.canonical
        return "\(Self.algorithm) Credential=\(credential(time)),SignedHeaders=\(names),"
            + "Signature=\(signature(ofCanonical: text, at: time))"
    }

    /// Whether two signatures are the same, in a time that does not tell where they differ.
    public static func areEqual(_ one: String, _ other: String) -> Bool {
        let (one, other) = (Array(one.utf8), Array(other.utf8))
        return one.count == other.count && sodium_memcmp(one, other, one.count) == 0
    }

    private func key(of day: String) -> [UInt8] {
        if let key = cachedKey.withLock({ $0.day == day ? $0.key : nil }) { return key }
        var key = Array("AWS4\(credentials.secretAccessKey.reveal())".utf8)
        for part in [day, region, "s3", "aws4_request"] { key = Self.code(Array(part.utf8), key: key) }
        cachedKey.withLock { $0 = (day, key) }
        return key
    }

    /// HMAC-SHA256.
    private static func code(_ text: [UInt8], key: [UInt8]) -> [UInt8] {
        var state = crypto_auth_hmacsha256_state()
        crypto_auth_hmacsha256_init(&state, key, key.count)
        crypto_auth_hmacsha256_update(&state, text, UInt64(text.count))
        var code = [UInt8](repeating: 0, count: Int(crypto_auth_hmacsha256_BYTES))
        crypto_auth_hmacsha256_final(&state, &code)
        return code
    }
}

import Foundation
import JSON
import Observability

/// Makes presigned URLs and forms for one bucket at one place.
public struct S3Presigner: PresignedUploads {
    /// Longest validity that the signature's version allows.
    public static let longestValidity = 7 * 86_400

    public let bucket: String
    private let prefix: String
    private let style: S3Address.Style
    private let endpoint: S3Endpoint
    private let isMovable: Bool
    private let signer: S3Signer
    private let now: @Sendable () -> S3Time

    /// Signs for objects that this server keeps.
    ///
    /// - Parameters:
    ///   - endpoint: how clients reach this server, without the bucket.
    ///   - now: the present.
    public init(
        bucket: String, endpoint: S3Endpoint, signer: S3Signer, now: @escaping @Sendable () -> S3Time = { .now }
    ) {
        self.init(
            bucket: bucket, prefix: "", style: .path, endpoint: endpoint, isMovable: true, signer: signer, now: now)
    }

    /// Signs for a store elsewhere, whose host is the one that Amazon's own libraries sign for.
    init(_ configuration: S3Configuration, now: @escaping @Sendable () -> S3Time = { .now }) {
        let address = configuration.address
        let amazon = S3Endpoint(isSecure: true, host: "s3.amazonaws.com")
        let endpoint = configuration.publicEndpoint ?? address.endpoint ?? amazon
        self.init(
            bucket: address.bucket, prefix: address.prefix, style: address.style,
            endpoint: address.style == .virtual ? endpoint.withSubdomain(address.bucket) : endpoint, isMovable: false,
            signer: S3Signer(address.credentials, region: address.region), now: now)
    }

    private init(
        bucket: String, prefix: String, style: S3Address.Style, endpoint: S3Endpoint, isMovable: Bool,
        signer: S3Signer, now: @escaping @Sendable () -> S3Time
    ) {
        self.bucket = bucket
        self.prefix = prefix
        self.style = style
        self.endpoint = endpoint
        self.isMovable = isMovable
        self.signer = signer
        self.now = now
    }

    public func presignedPut(
        _ key: ObjectKey, contentType: String?, expires: Duration
    ) throws(StorageError) -> String {
        try url("PUT", key, headers: contentType.map { [("content-type", $0)] } ?? [], expires: expires)
    }

    public func presignedGet(_ key: ObjectKey, expires: Duration) throws(StorageError) -> String {
        try url("GET", key, headers: [], expires: expires)
    }

    public func presignedPost(
        _ key: ObjectKey, contentType: String?, size: ClosedRange<Int>?, expires: Duration
    ) throws(StorageError) -> PresignedPost {
        let time = now()
        let end = time.advanced(by: .seconds(try Self.seconds(expires)))
        var common = [
            ("key", prefix + key.text), ("x-amz-algorithm", S3Signer.algorithm),
            ("x-amz-credential", signer.credential(time)), ("x-amz-date", time.stamp),
        ]
        if let token = signer.credentials.sessionToken { common.append(("x-amz-security-token", token.reveal())) }
        var conditions: [JSONValue] = []
        if let contentType {
            let major = String(contentType.prefix { $0 != "/" })
            conditions.append(["starts-with", "$Content-Type", .string(major)])
        }
        if let size {
            conditions.append(["content-length-range", .integer(size.lowerBound), .integer(size.upperBound)])
        }
        conditions += ([("bucket", bucket)] + common).map { name, value in
            .object(JSONObject([(name, JSONValue.string(value))]))
        }
        let policy: JSONValue = ["expiration": .string(end.iso8601), "conditions": .array(conditions)]
        let text = Data(policy.bytes()).base64EncodedString()
        let signed = [("policy", text), ("x-amz-signature", signer.signature(ofText: text, at: time))]
        let type = contentType.map { [("Content-Type", $0)] } ?? []
        return PresignedPost(url: place(""), fields: (type + common + signed).map { .init($0.0, $0.1) })
    }

    public func reached(at place: S3Endpoint) -> any PresignedUploads {
        guard isMovable else { return self }
        return S3Presigner(bucket: bucket, endpoint: place, signer: signer, now: now)
    }

    private func url(
        _ method: String, _ key: ObjectKey, headers: [(name: String, value: String)], expires: Duration
    ) throws(StorageError) -> String {
        let time = now()
        let seconds = try Self.seconds(expires)
        let path = S3Address.path(prefix + key.text, bucket: bucket, style: style, below: endpoint)
        var request = S3Signer.Request(
            method, path: path, headers: headers + [("host", endpoint.authority)], payload: S3Signer.unsignedPayload)
        request.query = [
            ("X-Amz-Algorithm", S3Signer.algorithm), ("X-Amz-Credential", signer.credential(time)),
            ("X-Amz-Date", time.stamp), ("X-Amz-Expires", "\(seconds)"), ("X-Amz-SignedHeaders", request.signedHeaders),
        ]
        if let token = signer.credentials.sessionToken {
            request.query.append(("X-Amz-Security-Token", token.reveal()))
        }
        return place(prefix + key.text) + "?\(request.canonicalQuery)"
            + "&X-Amz-Signature=\(signer.signature(of: request, at: time))"
    }

    private func place(_ name: String) -> String {
        let path = S3Address.path(name, bucket: bucket, style: style, below: endpoint)
        return "\(endpoint.isSecure ? "https" : "http")://\(endpoint.authority)\(S3Encoding.path(path))"
    }

    private static func seconds(_ expires: Duration) throws(StorageError) -> Int {
        let seconds = Int(clamping: expires.components.seconds)
        guard (1...longestValidity).contains(seconds) else {
            throw .invalidValue(
                message: "A presigned upload is valid for 1 to \(longestValidity) seconds, not for \(seconds).")
        }
        return seconds
    }
}

extension S3ObjectStore {
    /// Uploads that go to the bucket directly.
    public var presignedUploads: any PresignedUploads { S3Presigner(configuration) }
}

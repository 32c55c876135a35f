import Foundation
import Observability

/// A bucket, or a part of one, and how to get there.
public struct S3Address: Sendable, Equatable {
    /// Where the bucket's name stands in a URL.
    public enum Style: String, Sendable, CaseIterable {
        /// `https://host/bucket/key`.
        case path
        /// `https://bucket.host/key`.
        case virtual
    }

    /// What is wrong with an address; the text never repeats a key.
    public struct Problem: Error, Equatable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ description: String) { self.description = description }
    }

    /// The bucket.
    public let bucket: String
    /// What all keys begin with: empty, or with a slash at the end.
    public let prefix: String
    /// The region that signatures are made for.
    public let region: String
    /// Where the store is; nil for Amazon's.
    public let endpoint: S3Endpoint?
    /// Where the bucket's name stands in URLs.
    public let style: Style
    /// The keys.
    public let credentials: S3Credentials

    /// Checks the parts of an address.
    ///
    /// - Parameters:
    ///   - prefix: a folder within the bucket.
    ///   - style: nil for the usual one: `path` with an endpoint of one's own, else `virtual`.
    /// - Throws: `Problem`.
    public init(
        bucket: String, prefix: String = "", region: String, endpoint: S3Endpoint? = nil, style: Style? = nil,
        credentials: S3Credentials
    ) throws(Problem) {
        let isName = bucket.utf8.allSatisfy(ObjectKey.mayHold) && bucket.first.map { $0 != "." && $0 != "-" } ?? false
        guard isName, (3...63).contains(bucket.utf8.count) else {
            throw Problem("names the bucket '\(bucket)'; it must have 3 to 63 letters, digits, '.', '_' and '-'")
        }
        guard !region.isEmpty, region.utf8.allSatisfy(ObjectKey.mayHold) else {
            throw Problem("names the region '\(region)', which is not one such as eu-west-3")
        }
        guard !credentials.accessKeyID.isEmpty, !credentials.secretAccessKey.reveal().isEmpty else {
            throw Problem("needs both an access key and its secret; roles of cloud machines are not asked")
        }
        let folder = prefix.split(separator: "/").joined(separator: "/")
        guard folder.isEmpty || (try? ObjectKey(folder)) != nil else {
            throw Problem("has the prefix '\(prefix)', which is not made of A-Z, a-z, 0-9, '.', '_', '-' and '/'")
        }
        self.bucket = bucket
        self.prefix = folder.isEmpty ? "" : folder + "/"
        self.region = region
        self.endpoint = endpoint
        // No certificate covers a bucket with a dot in front of Amazon's host.
        self.style = style ?? (endpoint != nil || bucket.contains(".") ? .path : .virtual)
        self.credentials = credentials
    }

    /// Where requests are sent: without the bucket, which `path` adds.
    var service: S3Endpoint {
        let service = endpoint ?? S3Endpoint(isSecure: true, host: "s3.\(region).amazonaws.com")
        return style == .virtual ? service.withSubdomain(bucket) : service
    }

    /// The decoded path of a key at `service`; of the bucket itself for an empty key.
    func path(_ key: String) -> String { Self.path(key, bucket: bucket, style: style, below: service) }

    static func path(_ key: String, bucket: String, style: Style, below endpoint: S3Endpoint) -> String {
        switch style {
        case .path: endpoint.path + "/" + bucket + (key.isEmpty ? "" : "/" + key)
        case .virtual: endpoint.path + "/" + key
        }
    }

    /// The full name of an object in the bucket.
    func name(of key: ObjectKey) -> String { prefix + key.text }
}

extension S3Address: CustomStringConvertible {
    /// The bucket and where it is, without keys.
    public var description: String { "the bucket '\(bucket)' at \(service)" }
}

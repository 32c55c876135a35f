public import Observability

/// A pair of keys that signs requests to an object store.
public struct S3Credentials: Sendable, Equatable {
    /// Names the pair; not secret, and part of every signed URL.
    public let accessKeyID: String
    /// What signatures are made with.
    public let secretAccessKey: Secret<String>
    /// Sent along with temporary keys; nil for lasting ones.
    public let sessionToken: Secret<String>?

    /// Takes a pair of keys.
    public init(accessKeyID: String, secretAccessKey: Secret<String>, sessionToken: Secret<String>? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }
}

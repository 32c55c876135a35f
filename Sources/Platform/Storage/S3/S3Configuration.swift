/// How an object store is used.
public struct S3Configuration: Sendable {
    /// Where the objects are.
    public var address: S3Address
    /// The store as browsers reach it, where that differs, as it does behind a proxy; presigned URLs name it.
    public var publicEndpoint: S3Endpoint?
    /// Requests at a time, each on a connection of its own, 1…256.
    public var connections = 16
    /// Requests that may wait for a connection before more are refused with `.busy`.
    public var capacity = 1_024
    /// How long the making of one connection may take.
    public var connectTimeout = Duration.seconds(5)
    /// How long a request may stand still before its connection is given up; whole seconds.
    public var stallTimeout = Duration.seconds(15)
    /// How long a call may take with all its attempts; one whose bytes are on their way has what `minimumRate` grants for
    /// them besides, as long as it does not stand still.
    public var timeout = Duration.seconds(30)
    /// Bytes a second for which a call has time.
    public var minimumRate = 64 << 10
    /// How often a request is tried that may be repeated; about three seconds pass with the default.
    public var attempts = 6
    /// The pause before the second attempt; it doubles with each, up to two seconds, and is spread.
    public var pause = Duration.milliseconds(100)
    /// Files above this size in bytes are uploaded in parts.
    public var multipartThreshold = 64 << 20
    /// Size of a part in bytes, at least 5 MiB; larger for files of more than 10,000 parts.
    public var partSize = 16 << 20
    /// Parts of one file that are sent at a time.
    public var parallelParts = 4
    /// File of certificates to trust instead of the system's; empty for those.
    public var certificates = ""

    /// The defaults for an address.
    public init(address: S3Address) { self.address = address }
}

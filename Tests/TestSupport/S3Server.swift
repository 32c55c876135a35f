import Foundation
import Observability
public import Storage

/// An object store of the tests' own that speaks S3 and verifies signatures: SeaweedFS, all its parts in one process.
///
/// It listens on loopback only and ends with the process of the tests, however that ends.
public final class S3Server: Sendable {
    private static let program =
        ([repository.appending(path: ".deps/seaweedfs/weed").path]
        + (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/weed" })
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Whether a server can be started here.
    public static let isPossible = program != nil
    /// Why tests are skipped where it cannot.
    public static let reason = "SeaweedFS is not installed (make services installs it)"
    /// The secret of the pair of keys, to look for where it must not be.
    public static let secret = "testsecret-0123456789"
    /// The pair of keys that the server knows.
    public static let credentials = S3Credentials(
        accessKeyID: "testaccess", secretAccessKey: Secret(secret))

    /// The server that tests share; each takes a prefix of its own in the bucket `shared`.
    private static let shared = Result { try S3Server() }

    private let folder: TemporaryFolder
    private let ports: [Int]
    private let process: GuardedProcess

    /// Makes and starts a server; takes three or four seconds.
    public init() throws {
        folder = try TemporaryFolder()
        process = GuardedProcess(in: folder)
        ports = try LoopbackPorts.free(8)
        let identity = """
            {"identities":[{"name":"test","credentials":[{"accessKey":"testaccess",
            "secretKey":"testsecret-0123456789"}],"actions":["Admin","Read","Write","List","Tagging"]}]}
            """
        try folder.write(Array(identity.utf8), to: "identities.json")
        try start()
    }

    /// The port of its S3 interface.
    public var port: Int { ports[0] }

    /// How a bucket is reached, which is made if it is missing.
    public func configuration(bucket: String = "shared", prefix: String = "", port: Int? = nil) async throws
        -> S3Configuration
    {
        try await Self.configuration(port: self.port, through: port, bucket: bucket, prefix: prefix)
    }

    /// How a prefix of the shared server is reached.
    public static func sharedConfiguration(prefix: String) async throws -> S3Configuration {
        let server = try await blocking { try shared.get() }
        return try await server.configuration(prefix: prefix)
    }

    /// The URL of a bucket with its keys, as other programs are given it.
    public static func url(of address: S3Address) throws -> String {
        guard let endpoint = address.endpoint else { throw TestTimeout() }
        return "s3://\(credentials.accessKeyID):\(secret)@\(endpoint.host):\(endpoint.port ?? 80)"
            + "/\(address.bucket)/\(address.prefix)?region=\(address.region)"
    }

    static func configuration(port: Int, through other: Int?, bucket: String, prefix: String) async throws
        -> S3Configuration
    {
        func address(_ port: Int) throws -> S3Address {
            try S3Address(
                bucket: bucket, prefix: prefix, region: "us-east-1",
                endpoint: S3Endpoint(isSecure: false, host: "127.0.0.1", port: port), credentials: credentials)
        }
        let store = S3ObjectStore(S3Configuration(address: try address(port)))
        let key = try ObjectKey("ready")
        // It listens a second or two before it can store anything.
        try await eventually {
            do {
                try await store.makeBucket()
                try await store.put([1], key: key)
                try await store.delete(key)
                return true
            } catch is StorageError {
                return false
            }
        }
        await store.close()
        return S3Configuration(address: try address(other ?? port))
    }

    /// Starts it on the data it has and waits until it listens.
    public func start() throws {
        try process.start(
            Self.program ?? "weed", options, environment: ["PATH": "/usr/bin:/bin", "HOME": folder.url.path],
            cleanup: "rm -f /tmp/seaweedfs-*-\(port).sock", port: port, within: .seconds(60))
    }

    /// Ends it at once, as a crash does.
    public func stop() { process.stop() }

    /// Stops it without ending it, as on a machine that is stuck.
    public func pause() { process.pause() }

    /// Lets it go on.
    public func resume() { process.resume() }

    private var options: [String] {
        // Each bucket takes several volumes, so their number must not be bounded; an election would take long.
        [
            "-logtostderr=true", "server", "-dir=\(folder.url.path)", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
            "-master.port=\(ports[1])", "-master.port.grpc=\(ports[2])", "-master.volumeSizeLimitMB=64",
            "-master.electionTimeout=1s", "-master.telemetry=false", "-volume.port=\(ports[3])",
            "-volume.port.grpc=\(ports[4])", "-volume.max=0", "-volume.preStopSeconds=0", "-filer",
            "-filer.port=\(ports[5])", "-filer.port.grpc=\(ports[6])", "-s3", "-s3.port=\(port)",
            "-s3.port.grpc=\(ports[7])", "-s3.port.iceberg=0", "-s3.port.lance=0",
            "-s3.config=\(folder.file("identities.json").path)", "-s3.autoCreateBucket=false",
        ]
    }
}

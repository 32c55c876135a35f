import Foundation
public import Storage
import Synchronization

/// A second store that speaks S3, the strictest one known: Ceph's gateway, which also refuses a body that is not the one
/// that was signed. It is started by a script beside the repository and absent elsewhere.
public enum CephServer {
    private static let script = repository.deletingLastPathComponent().appending(path: "shared/services/s3-ceph.sh")

    /// Whether a server can be started here.
    public static let isPossible =
        FileManager.default.isExecutableFile(atPath: script.path)
        && FileManager.default.isExecutableFile(atPath: "/usr/bin/radosgw")

    private static let shared = Result { try start() }

    /// How a prefix of the shared server is reached.
    public static func sharedConfiguration(prefix: String) async throws -> S3Configuration {
        let port = try await blocking { try shared.get() }
        return try await S3Server.configuration(port: port, through: nil, bucket: "shared", prefix: prefix)
    }

    /// Starts it, and a shell that stops it when this process ends.
    private static func start() throws -> Int {
        let folder = "/tmp/prunelle-ceph-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let (shell, lifeline) = (Process(), Pipe())
        shell.executableURL = URL(filePath: "/bin/bash")
        shell.arguments = [
            "-c",
            #"exec 3<&0; "$0" start "$1" >"$1/out" 2>"$1/err" </dev/null 3<&-; touch "$1/done"; read -r _ <&3; "$0" stop "$1"; rm -rf "$1""#,
            script.path, folder,
        ]
        shell.standardInput = lifeline
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        try shell.runWithSignals()
        keptOpen.withLock { $0 = lifeline }
        let end = ContinuousClock.now + .seconds(120)
        while !FileManager.default.fileExists(atPath: folder + "/done") {
            guard .now < end else { throw TestTimeout() }
            usleep(50_000)
        }
        let output = try String(contentsOfFile: folder + "/out", encoding: .utf8)
        guard
            let port = output.split(separator: ":").last.flatMap({
                Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
            })
        else { throw TestTimeout() }
        return port
    }

    private static let keptOpen = Mutex<Pipe?>(nil)
}

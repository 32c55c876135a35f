import Foundation
import Synchronization

/// A server program in a folder of its own that ends with the process of the tests, however that ends.
final class GuardedProcess: Sendable {
    private let folder: TemporaryFolder
    private let process = Mutex<(shell: Process, lifeline: Pipe)?>(nil)

    /// Prepares a program.
    ///
    /// - Parameter folder: where it works; it is removed with what is in it when the tests end without stopping the program.
    init(in folder: TemporaryFolder) {
        self.folder = folder
    }

    deinit { stop() }

    /// Starts the program and waits until it listens on loopback.
    ///
    /// - Parameters:
    ///   - environment: all its variables; nil for those of the tests.
    ///   - cleanup: what a shell does after its end.
    /// - Throws: `TestTimeout` where it ends or does not listen in time.
    func start(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil, cleanup: String = ":",
        port: Int,
        within limit: Duration
    ) throws {
        let script = """
            exec 3<&0
            "$@" >log 2>&1 & child=$!
            (read -r _; touch ended; kill -KILL $child) <&3 & guard=$!
            echo $child > pid; wait $child; kill $guard 2>/dev/null; \(cleanup)
            if [ -e ended ]; then rm -rf "$0"; fi
            """
        let (shell, lifeline) = (Process(), Pipe())
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", script, folder.url.path, program] + arguments
        if let environment { shell.environment = environment }
        shell.currentDirectoryURL = folder.url
        shell.standardInput = lifeline
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        try shell.runWithSignals()
        process.withLock { $0 = (shell, lifeline) }
        let end = ContinuousClock.now + limit
        while !LoopbackPorts.listens(port) {
            guard shell.isRunning, .now < end else { throw TestTimeout() }
            usleep(10_000)
        }
    }

    /// Ends it at once, as a crash does.
    func stop() {
        guard let (shell, lifeline) = process.withLock({ $0 }) else { return }
        // Waiting in Foundation's way would run the loop of a thread that belongs to the tasks.
        while shell.isRunning {
            if let processID { kill(processID, SIGKILL) }
            usleep(5_000)
        }
        try? lifeline.fileHandleForWriting.close()
        process.withLock { $0 = nil }
    }

    /// Stops it without ending it.
    func pause() { ProcessPause.begin(processID.map { [$0] } ?? []) }

    /// Lets it go on.
    func resume() { ProcessPause.end(processID.map { [$0] } ?? []) }

    private var processID: pid_t? {
        let text = try? String(contentsOf: folder.file("pid"), encoding: .utf8)
        return text.flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
}

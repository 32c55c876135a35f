import Dispatch
import Foundation
import Synchronization
import Testing

/// A `storage-crash-child`, which works on a store until it is done or killed.
final class ChildProcess: Sendable {
    private let process = Process()
    private let output = Pipe()
    private let unread = Mutex(Data())
    /// Reads, since that blocks and the other tests need the threads of the tasks.
    private let reader = DispatchQueue(label: "storage-crash-child")

    /// Starts it with its arguments.
    init(_ arguments: String...) throws {
        // SwiftPM puts all programs of the package beside the one that runs the tests.
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(filePath: tests).deletingLastPathComponent().appending(path: "storage-crash-child")
        try #require(FileManager.default.isExecutableFile(atPath: program.path), "swift build --build-tests makes it")
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
    }

    deinit { endAtOnce() }

    /// Waits for the next lines; fewer if the process has ended.
    func lines(_ count: Int = .max) async -> [String] {
        await withCheckedContinuation { continuation in
            reader.async { continuation.resume(returning: self.readLines(count)) }
        }
    }

    /// Ends the process at once, as a crash would.
    func kill() async {
        await withCheckedContinuation { continuation in
            reader.async {
                self.endAtOnce()
                continuation.resume()
            }
        }
    }

    private func endAtOnce() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private func readLines(_ count: Int) -> [String] {
        unread.withLock { unread in
            var lines: [String] = []
            while lines.count < count {
                if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                    lines.append(String(decoding: unread[..<end], as: UTF8.self))
                    unread = Data(unread[(end + 1)...])
                } else {
                    let more = output.fileHandleForReading.availableData
                    // A last line without its end was not finished, so it promises nothing.
                    if more.isEmpty { return lines }
                    unread.append(more)
                }
            }
            return lines
        }
    }
}

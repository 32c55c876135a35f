public import Foundation

/// The programs that the package builds.
public enum Programs {
    /// The folder they are built to: SwiftPM puts the program that runs the tests there too.
    public static let folder: URL = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: tests).deletingLastPathComponent()
    }()

    /// The server and command.
    public static let prunelle = folder.appending(path: "prunelle")

    /// How a program ended.
    public struct Outcome: Sendable {
        /// Its exit status; the negative number of the signal that ended it.
        public let status: Int
        /// What it wrote to standard output.
        public let output: String
        /// What it wrote to standard error.
        public let errors: String
    }

    /// Runs `prunelle` to its end.
    ///
    /// - Parameters:
    ///   - environment: the whole environment, so that settings of whoever runs the tests do not count.
    ///   - folder: the working folder; an empty one matters, since `.env` is read there.
    public static func prunelle(
        _ arguments: [String], environment: [String: String] = [:], in folder: URL
    ) async throws -> Outcome {
        try await blocking {
            let process = Process()
            process.executableURL = prunelle
            process.arguments = arguments
            process.environment = environment
            process.currentDirectoryURL = folder
            process.standardInput = FileHandle.nullDevice
            // Files, since a pipe that nobody empties would stop the program.
            let written = try TemporaryFolder()
            let (output, errors) = (try written.write([], to: "output"), try written.write([], to: "errors"))
            process.standardOutput = try FileHandle(forWritingTo: output)
            process.standardError = try FileHandle(forWritingTo: errors)
            try process.run()
            process.waitUntilExit()
            let status = Int(process.terminationStatus)
            return Outcome(
                status: process.terminationReason == .exit ? status : -status,
                output: try String(contentsOf: output, encoding: .utf8),
                errors: try String(contentsOf: errors, encoding: .utf8))
        }
    }
}

import Foundation

/// A Python that has boto3, Amazon's own client of S3.
public enum BotoPython {
    private static let program: URL? = [".deps/boto3/bin/python"]
        .map { repository.appending(path: $0) }
        .first { python in
            FileManager.default.isExecutableFile(atPath: python.path)
                && (try? run(python, ["-c", "import boto3"], "")) != nil
        }

    /// Whether there is one.
    public static let isPresent = program != nil
    /// Why tests are skipped where there is none.
    public static let reason = "boto3 is not installed (make services installs it)"

    /// Runs a script of the repository with a text as its input, and returns what it printed.
    public static func run(script: String, input: String) async throws -> String {
        guard let program else { throw TestTimeout() }
        let script = repository.appending(path: script).path
        return try await blocking { try run(program, [script], input) }
    }

    private static func run(_ program: URL, _ arguments: [String], _ input: String) throws -> String {
        let folder = try TemporaryFolder()
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.url.path, "AWS_EC2_METADATA_DISABLED": "true"]
        process.standardInput = try FileHandle(forReadingFrom: folder.write(Array(input.utf8), to: "input"))
        let output = try folder.write([], to: "output")
        let errors = try folder.write([], to: "errors")
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.runWithSignals()
        while process.isRunning { usleep(5_000) }
        guard process.terminationStatus == 0 else {
            throw ScriptFailure(errors: (try? String(contentsOf: errors, encoding: .utf8)) ?? "")
        }
        return try String(contentsOf: output, encoding: .utf8)
    }

    /// A script ended with an error.
    public struct ScriptFailure: Error {
        /// What it wrote to standard error.
        public let errors: String
    }
}

import Foundation
import TestSupport

/// The system's Python, or the one that `PRUNELLE_PYTHON` names, for comparing with its libraries.
enum Python {
    private static let program = ProcessInfo.processInfo.environment["PRUNELLE_PYTHON"] ?? "/usr/bin/python3"

    /// Whether a module can be imported.
    static func has(_ module: String) -> Bool {
        (try? run("import \(module)", input: [])) != nil
    }

    /// Runs a program and returns what it printed.
    static func output(_ script: String, input: [UInt8] = []) async throws -> String {
        try await blocking { try run(script, input: input) }
    }

    /// Runs a program that finds a list in `numbers` and prints numbers.
    static func numbers(_ script: String, _ numbers: [Double]) async throws -> [Double] {
        let list = numbers.map(\.description).joined(separator: " ")
        return try await output(
            "import sys; numbers = [float(x) for x in sys.stdin.read().split()]\n\(script)", input: Array(list.utf8)
        ).split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    }

    private static func run(_ script: String, input: [UInt8]) throws -> String {
        let folder = try TemporaryFolder()
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = ["-c", script]
        process.standardInput = try FileHandle(forReadingFrom: folder.write(input, to: "input"))
        let output = try folder.write([], to: "output")
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw TestTimeout() }
        return try String(decoding: Data(contentsOf: output), as: UTF8.self)
    }
}

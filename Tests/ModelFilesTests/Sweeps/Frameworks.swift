import Foundation
import JSON
import ModelFiles
import TestSupport
import Testing

/// The Python frameworks that models come from, installed by `scripts/bootstrap --frameworks`.
///
/// The sweeps let them make models, and compare what they answered with what the imported models answer.
enum Frameworks {
    /// The interpreter that has them; nil where they are not installed.
    static let python: URL? = {
        let project = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
        let python = project.appending(path: ".deps/frameworks/bin/python")
        return FileManager.default.isExecutableFile(atPath: python.path) ? python : nil
    }()

    static let areInstalled = python != nil
    static let comment: Comment = "the frameworks are not installed: scripts/bootstrap --frameworks"

    /// Runs one of `Scripts`, which writes models and `expected.json` into a folder, and reads the latter.
    static func run(_ script: String, into folder: URL, _ arguments: [String] = []) throws -> JSONValue {
        let process = Process()
        let interpreter: URL = try #require(python)
        process.executableURL = interpreter
        let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts")
        process.arguments = [scripts.appending(path: script).path, folder.path] + arguments
        let environment = ProcessInfo.processInfo.environment
        process.environment = environment.merging(
            ["KERAS_BACKEND": "torch", "OMP_NUM_THREADS": "2", "PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
        let log = folder.appending(path: "log.txt")
        try Data().write(to: log)
        process.standardOutput = try FileHandle(forWritingTo: log)
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        process.waitUntilExit()
        let words = try String(contentsOf: log, encoding: .utf8).suffix(2000)
        try #require(process.terminationStatus == 0, "\(script) failed: \(words)")
        return try JSONValue(parsing: [UInt8](Data(contentsOf: folder.appending(path: "expected.json"))))
    }
}

import Foundation
import JSON
import TestSupport
import Testing

/// A working folder of its own for the real program, with pages but without starter models.
struct Workplace: Sendable {
    let folder: TemporaryFolder
    /// Settings that every command is given.
    let environment: [String: String]

    static let models = repository.appending(path: "Tests/ModelFilesTests/Golden")
    static let digits = repository.appending(path: "Tests/DigitsTests/Golden")
    /// A network that tells upright strokes (1) from level ones (0), as a Keras file.
    static let strokes = digits.appending(path: "strokes.h5").path
    /// A picture of an upright stroke.
    static let upright = digits.appending(path: "upright.png").path

    init() throws {
        folder = try TemporaryFolder()
        let home = folder.file("home")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: home.appending(path: "Web"), withDestinationURL: repository.appending(path: "Web"))
        // libmongoc remarks on files of its own that programs killed by other tests have left in /dev/shm.
        environment = ["PRUNELLE_HOME": home.path, "MONGOC_DISABLE_SHM": "1"]
    }

    /// Runs the program to its end.
    func run(_ arguments: String..., settings: [String: String] = [:]) async throws -> Programs.Outcome {
        try await run(arguments, settings: settings)
    }

    /// Runs the program to its end.
    func run(_ arguments: [String], settings: [String: String] = [:]) async throws -> Programs.Outcome {
        try await Programs.prunelle(
            arguments, environment: environment.merging(settings) { $1 }, in: folder.url)
    }

    /// Runs the program and kills it after some milliseconds, unless it ends before; the status, -9 for the kill.
    func run(
        _ arguments: String..., killedAfter milliseconds: Int?, settings: [String: String] = [:]
    ) async throws -> Int {
        let (environment, url) = (environment.merging(settings) { $1 }, folder.url)
        return try await blocking {
            let process = Process()
            process.executableURL = Programs.prunelle
            process.arguments = arguments
            process.environment = environment
            process.currentDirectoryURL = url
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            let end = milliseconds.map { ContinuousClock.now + .milliseconds($0) }
            while process.isRunning {
                if let end, .now >= end { kill(process.processIdentifier, SIGKILL) }
                usleep(1_000)
            }
            process.waitUntilExit()
            let status = Int(process.terminationStatus)
            return process.terminationReason == .exit ? status : -status
        }
    }

    /// Starts a server that serves digits at the root, from the folder `data`.
    func serve(_ arguments: String..., settings: [String: String] = [:]) async throws -> RunningServer {
        try await RunningServer.start(
            arguments.isEmpty ? ["digits"] : arguments, environment: environment.merging(settings) { $1 },
            in: folder.url)
    }

    /// Adds a model to the folder `data` and lets it answer; returns its id.
    @discardableResult
    func importDefault(_ file: String = strokes) async throws -> String {
        let outcome = try await run("models", "import", file, "--default")
        try #require(outcome.status == 0, "\(outcome.errors)")
        return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

extension Programs.Outcome {
    /// Expects a failure with one line that says why, and that contains a text.
    func expectRefusal(
        _ status: Int, _ text: String? = nil, at location: SourceLocation = #_sourceLocation
    ) {
        #expect(self.status == status, "\(errors)", sourceLocation: location)
        #expect(output == "", sourceLocation: location)
        #expect(errors.hasPrefix("prunelle: "), "\(errors)", sourceLocation: location)
        #expect(errors.hasSuffix("\n"), sourceLocation: location)
        #expect(errors.split(separator: "\n").count == 1, "\(errors)", sourceLocation: location)
        if let text { #expect(errors.contains(text), "\(errors)", sourceLocation: location) }
    }
}

extension Programs.Outcome {
    /// Expects a failure whose last line says why; lines before it may tell what was done.
    func expectLastLine(_ status: Int, _ text: String, at location: SourceLocation = #_sourceLocation) {
        #expect(self.status == status, "\(errors)", sourceLocation: location)
        let line = errors.split(separator: "\n").last ?? ""
        #expect(line.hasPrefix("prunelle: ") && line.contains(text), "\(errors)", sourceLocation: location)
    }
}

extension HTTPCall {
    /// A prediction of a picture file.
    static func predict(_ file: [UInt8]) -> HTTPCall {
        let url = "data:image/png;base64," + Data(file).base64EncodedString()
        return .json("POST", "/api/v1/predict", (["image": .string(url)] as JSONValue).text())
    }

    /// A prediction of the upright stroke.
    static var predictUpright: HTTPCall {
        get throws { .predict([UInt8](try Data(contentsOf: URL(filePath: Workplace.upright)))) }
    }
}

import Foundation
import JSON
import Registry
import TestSupport
import Testing

@Suite("The converter that runs in a child process", .timeLimit(.minutes(10)))
struct ChildProcessConverterTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Converts with a program of a few shell lines; its arguments are `models convert --json FILE OUTPUT`.
    private func convert(_ program: String, timeLimit: Duration = .seconds(60)) async throws -> JSONValue {
        let converter = ChildProcessConverter(
            executable: try folder.script("reader", program), timeLimit: timeLimit)
        let model = try folder.write(Array("weights".utf8), to: "model")
        return try await converter.convert(model, statement: nil, to: folder.file("graph"))
    }

    private static let died = RegistryError.readerFailed(
        reason: "the model file could not be read: its reader stopped or ran into its limits")

    @Test("what the reader says of the file is handed on, and the graph is where it was asked for")
    func success() async throws {
        let found = try await convert(#"cp "$4" "$5"; echo '{"format": "test"}'"#)
        #expect(found == ["format": "test"])
        #expect(try String(contentsOf: folder.file("graph"), encoding: .utf8) == "weights")
    }

    @Test("the reader is called with exactly the agreed arguments and none of the server's environment")
    func call() async throws {
        setenv("PRUNELLE_TEST_SECRET", "hidden", 1)
        let found = try await convert(#"printf '["%s"]' "$*$PRUNELLE_TEST_SECRET""#)
        let (model, graph) = (folder.file("model").path, folder.file("graph").path)
        #expect(found == [.string("models convert --json \(model) \(graph)")])
    }

    @Test("what the owner says about the file is handed on in a file of its own")
    func statement() async throws {
        let converter = ChildProcessConverter(
            executable: try folder.script("reader", #"test "$4" = --description && cat "$5""#))
        let model = try folder.write(Array("weights".utf8), to: "model")
        let found = try await converter.convert(model, statement: ["labels": ["a"]], to: folder.file("graph"))
        #expect(found == ["labels": ["a"]])
    }

    @Test("a refusal is told in the reader's last line, without the program's name")
    func refusal() async throws {
        await #expect(throws: RegistryError.unusable(reason: "layer \"Lambda\" is refused")) {
            try await convert(#"echo noise >&2; echo 'prunelle: layer "Lambda" is refused' >&2; exit 65"#)
        }
    }

    @Test("a refusal without a word still has a reason")
    func silentRefusal() async throws {
        await #expect(throws: RegistryError.unusable(reason: "the model file cannot be used")) {
            try await convert("exit 65")
        }
    }

    @Test(
        "a reader that fails in any other way is told apart from a refusal, and its words stay inside",
        arguments: ["echo /secret/path >&2; exit 1", "exit 64", "exit 70", "kill -SEGV $$", "kill -KILL $$"])
    func failure(program: String) async throws {
        await #expect(throws: Self.died) { try await convert(program) }
    }

    @Test("a reader that hangs is killed when its time is up")
    func hanging() async throws {
        let start = ContinuousClock.now
        await #expect(throws: Self.died) { try await convert("exec sleep 600", timeLimit: .milliseconds(300)) }
        #expect(start.duration(to: .now) < .seconds(60))
    }

    @Test("a reader that ignores polite signals is killed too")
    func stubborn() async throws {
        await #expect(throws: Self.died) {
            try await convert("trap '' TERM INT HUP; while :; do :; done", timeLimit: .milliseconds(300))
        }
    }

    @Test("a reader that floods its output is read no further than its last words")
    func flood() async throws {
        await #expect(throws: RegistryError.unusable(reason: "too much")) {
            try await convert(
                "head -c 30000000 /dev/zero >&2; head -c 30000000 /dev/zero; echo >&2; echo 'prunelle: too much' >&2; exit 65"
            )
        }
        let endless = "head -c 300000 /dev/zero | tr '\\0' x >&2; exit 65"
        let error = await #expect(throws: RegistryError.self) { try await convert(endless) }
        #expect(("\(error ?? .noFile)").count <= 5000)
    }

    @Test("a program that is not there is the server's fault and not the file's")
    func missingProgram() async throws {
        let converter = ChildProcessConverter(executable: folder.file("nothing"))
        let error = await #expect(throws: (any Error).self) {
            try await converter.convert(folder.file("model"), statement: nil, to: folder.file("graph"))
        }
        #expect(!(error is RegistryError))
    }

    @Test("cancelling whoever waits kills the reader")
    func cancellation() async throws {
        let pid = folder.file("pid")
        let task = Task {
            try await convert("echo $$ > '\(pid.path).new'; mv '\(pid.path).new' '\(pid.path)'; exec sleep 600")
        }
        try await eventually { FileManager.default.fileExists(atPath: pid.path) }
        let number = try #require(
            Int32(try String(contentsOf: pid, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)))
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        try await eventually { kill(number, 0) != 0 }
    }

    @Test("no more than a few readers run at once, however many files come")
    func bounded() async throws {
        let folder = folder
        let converter = ChildProcessConverter(
            executable: try folder.script(
                "reader",
                """
                touch '\(folder.url.path)'/running-$$
                ls '\(folder.url.path)' | grep -c running- > '\(folder.url.path)'/seen-$$
                sleep 0.05
                rm '\(folder.url.path)'/running-$$
                """))
        try folder.write([1], to: "model")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    _ = try await converter.convert(folder.file("model"), statement: nil, to: folder.file("graph"))
                }
            }
            try await group.waitForAll()
        }
        let seen = try folder.files().filter { $0.hasPrefix("seen-") }.map { name in
            try String(contentsOf: folder.file(name), encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        #expect(seen.count == 12)
        #expect(seen.compactMap { Int($0) }.allSatisfy { $0 <= 2 }, "\(seen)")
    }

    @Test("nothing is left on the disk, whether the reader succeeds, refuses or dies")
    func leavesNothing() async throws {
        let scratch = FileManager.default.temporaryDirectory
        func leftovers() throws -> Set<String> {
            Set(
                try FileManager.default.contentsOfDirectory(atPath: scratch.path).filter { name in
                    name.hasPrefix("prunelle-") && !name.hasPrefix("prunelle-tests-")
                        && FileManager.default.fileExists(atPath: scratch.appending(path: "\(name)/errors").path)
                })
        }
        // Other tests convert at the same time; theirs come and go, so only what stays counts.
        let before = try leftovers()
        for program in ["exit 0", "exit 65", "kill -KILL $$"] { _ = try? await convert(program) }
        try await eventually { try leftovers().subtracting(before).isEmpty }
    }
}

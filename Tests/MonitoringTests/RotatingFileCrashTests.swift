import Foundation
import TestSupport
import Testing

/// What is in the files when the processes that write them are killed.
@Suite(.timeLimit(.minutes(10)), .serialized)
struct RotatingFileCrashTests {
    @Test("two processes, killed again and again, leave whole lines in order and all they promised")
    func killed() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("lines.csv")
        var random = RepeatableRandom(seed: 9)
        var promised: [String: Int] = [:]
        for round in 0..<12 {
            let children = try (0..<2).map { number in
                try Child(name: "c\(round)-\(number)", path: path, promises: folder.file("out\(round)-\(number)"))
            }
            let wanted = Int.random(in: 1...40, using: &random)
            try await eventually { try children.allSatisfy { try $0.promises().count >= wanted } }
            for child in children {
                child.kill()
                promised[child.name] = try child.promises().last
            }
        }
        let names = try folder.files().filter { $0.hasPrefix("lines.csv") }
        #expect(names.count > 3, "it was rotated")
        var seen: [String: [Int]] = [:]
        for name in names.sorted(by: { (Int($0.dropFirst(10)) ?? 0) > (Int($1.dropFirst(10)) ?? 0) }) {
            let text = try String(contentsOf: folder.file(name), encoding: .utf8)
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            // Only the file that grows may end in half a line, and the next writer would cut it off.
            let rest = lines.removeLast()
            #expect(rest.isEmpty || name == "lines.csv", "\(name) ends in half a line")
            #expect(lines.first == "name,number,filler,check")
            for line in lines.dropFirst() {
                let cells = line.split(separator: ",", omittingEmptySubsequences: false)
                try #require(cells.count == 4 && cells[2].utf8.count == Int(cells[3]), "\(line)")
                seen[String(cells[0]), default: []].append(try #require(Int(cells[1])))
            }
        }
        for (name, last) in promised {
            let numbers = try #require(seen[name])
            #expect(numbers == Array(0..<numbers.count), "\(name) has its lines in order, each once")
            #expect(numbers.count > last, "\(name) has all that was promised")
        }
    }

    /// A process that writes lines until it is killed.
    private final class Child {
        let name: String
        private let process = Process()
        private let output: URL

        init(name: String, path: URL, promises: URL) throws {
            self.name = name
            output = promises
            try Data().write(to: promises)
            process.executableURL = Programs.folder.appending(path: "lines-crash-child")
            process.arguments = [path.path, name, "20000"]
            process.standardOutput = try FileHandle(forWritingTo: promises)
            try process.run()
        }

        deinit { kill() }

        /// The numbers of lines that were promised, whole lines only.
        func promises() throws -> [Int] {
            try String(contentsOf: output, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
                .dropLast().compactMap { Int($0) }
        }

        func kill() {
            guard process.isRunning else { return }
            Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }
}

import Foundation
import Monitoring
import Observability
import Synchronization
import TestSupport
import Testing

/// A file that grows line by line, and is put aside when it is large or old.
@Suite(.timeLimit(.minutes(10)))
struct RotatingFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func lines(_ name: String) throws -> [String] {
        try String(contentsOf: folder.file(name), encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private func bytes(_ line: String) -> [UInt8] { Array((line + "\n").utf8) }

    @Test("lines stand in order below the header, also after the file was opened again")
    func order() throws {
        let path = folder.file("a/b/lines.csv")
        for round in 0..<3 {
            let file = RotatingFile(path, header: bytes("number"))
            for number in 0..<100 { file.append(bytes("\(round * 100 + number)")) }
            file.close()
            file.append(bytes("too late"))
            #expect(file.droppedLines == 1)
        }
        #expect(try lines("a/b/lines.csv") == ["number"] + (0..<300).map(String.init))
        #expect(LineFile.lastLine(of: path) == "299")
    }

    @Test("many threads lose nothing, keep each thread's order and stay within the size, with a header in each file")
    func threads() async throws {
        let path = folder.file("lines.csv")
        let file = RotatingFile(
            path, rotation: FileRotation(maximumBytes: 2000, kept: 1000), header: bytes("thread,number"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for thread in 0..<8 {
                group.addTask {
                    try await blocking {
                        for number in 0..<500 {
                            file.append(Array("\(thread),\(number)\n".utf8))
                            if number % 50 == 0 { file.flush() }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        file.close()
        #expect(file.droppedLines == 0)
        let names = try folder.files().sorted { left, right in
            (Int(left.split(separator: ".").last ?? "") ?? 0) > (Int(right.split(separator: ".").last ?? "") ?? 0)
        }
        #expect(names.count > 10 && names.last == "lines.csv")
        var seen = [Int](repeating: 0, count: 8)
        for name in names {
            let content = try lines(name)
            #expect(content.first == "thread,number")
            #expect(content.reduce(0) { $0 + $1.utf8.count + 1 } <= 2000)
            for line in content.dropFirst() {
                let parts = line.split(separator: ",").compactMap { Int($0) }
                try #require(parts.count == 2)
                #expect(seen[parts[0]] == parts[1])
                seen[parts[0]] += 1
            }
        }
        #expect(seen == Array(repeating: 500, count: 8))
    }

    @Test("so many old files are kept and no more", arguments: [0, 1, 3])
    func kept(count: Int) throws {
        let file = RotatingFile(folder.file("lines"), rotation: FileRotation(maximumBytes: 10, kept: count))
        for number in 1...6 {
            file.append(bytes("line \(number) x"))
            file.flush()
        }
        file.close()
        #expect(try folder.files() == ["lines"] + (1...4).prefix(count).map { "lines.\($0)" })
        #expect(try lines("lines") == ["line 6 x"])
        if count == 3 { #expect(try lines("lines.3") == ["line 3 x"]) }
    }

    @Test("a line larger than a whole file gets a file of its own")
    func largeLine() throws {
        let file = RotatingFile(folder.file("lines"), rotation: FileRotation(maximumBytes: 20), header: bytes("h"))
        let large = String(repeating: "x", count: 100)
        for line in ["a", large, large, "b"] { file.append(bytes(line)) }
        file.close()
        #expect(
            try ["lines.3", "lines.2", "lines.1", "lines"].map(lines) == [
                ["h", "a"], ["h", large], ["h", large], ["h", "b"],
            ])
    }

    @Test("a file of an earlier day is put aside, one of today is not")
    func period() throws {
        let path = folder.file("lines")
        let rotation = FileRotation(period: .seconds(86_400))
        for (age, line) in [(0.0, "old"), (86_400, "young"), (0, "younger")] {
            if age > 0 {
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: path.path)
            }
            let file = RotatingFile(path, rotation: rotation)
            file.append(bytes(line))
            file.close()
        }
        #expect(try lines("lines.1") == ["old"])
        // Should midnight pass during this test, the last line has a file of its own.
        #expect(try ["young", "younger"].contains(lines("lines")[0]))
    }

    @Test("a file that was moved, deleted or emptied under our hands is made anew, with its header")
    func logrotate() throws {
        let path = folder.file("lines")
        let file = RotatingFile(path, header: bytes("h"))
        func add(_ line: String) {
            file.append(bytes(line))
            file.flush()
        }
        add("1")
        try FileManager.default.moveItem(at: path, to: folder.file("moved"))
        add("2")
        #expect(try lines("moved") == ["h", "1"])
        #expect(try lines("lines") == ["h", "2"])
        // As logrotate does with `create`: another file is in its place at once.
        try FileManager.default.moveItem(at: path, to: folder.file("moved again"))
        try folder.write([], to: "lines")
        add("new place")
        #expect(try lines("moved again") == ["h", "2"])
        #expect(try lines("lines") == ["h", "new place"])
        try FileManager.default.removeItem(at: path)
        add("3")
        #expect(try lines("lines") == ["h", "3"])
        truncate(path.path, 0)
        add("4")
        #expect(try lines("lines") == ["h", "4"])
        file.close()
    }

    @Test(
        "a last line without its end is cut off before the next is written",
        arguments: [
            ("h\n1\n2", "1"), ("h\n1\n", "1"), ("h", nil), ("", nil),
            ("h\n1\n" + String(repeating: "x", count: 9000), "1"),
        ] as [(String, String?)])
    func torn(content: String, last: String?) throws {
        let path = try folder.write(Array(content.utf8), to: "lines")
        #expect(LineFile.lastLine(of: path) == last)
        let file = RotatingFile(path, header: bytes("h"))
        file.append(bytes("new"))
        file.close()
        #expect(try lines("lines") == ["h"] + (last.map { [$0] } ?? []) + ["new"])
    }

    @Test("the last line is found whatever its length")
    func lastLine() throws {
        for length in [0, 1, 4094, 4095, 4096, 4097, 65_536] {
            let line = String(repeating: "x", count: length)
            #expect(LineFile.lastLine(of: try folder.write(Array("a\n\(line)\r\n".utf8), to: "f")) == line)
        }
        #expect(LineFile.lastLine(of: try folder.write([UInt8](repeating: 120, count: 70_000) + [10], to: "f")) == nil)
        #expect(LineFile.lastLine(of: folder.file("absent")) == nil)
        #expect(LineFile.lastLine(of: folder.url) == nil)
    }

    @Test("old files are purged by their last line, and nothing that only looks like them")
    func purge() throws {
        let path = folder.file("lines")
        for name in ["lines", "lines.1", "lines.2", "lines.csv", "lines.1.gz", "lines.0", "otherlines"] {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: name == "lines" ? 2000 : 1000)],
                ofItemAtPath: try folder.write(bytes(name), to: name).path)
        }
        let file = RotatingFile(path)
        let limit = Timestamp(microseconds: 1_500_000_000)
        #expect(file.purge(before: limit, isDryRun: true) == 2)
        #expect(file.purge(before: limit) == 2)
        #expect(try folder.files() == ["lines", "lines.0", "lines.1.gz", "lines.csv", "otherlines"])
        file.append(bytes("a"))
        file.flush()
        #expect(file.purge(before: Timestamp(microseconds: .max)) == 1)
        file.append(bytes("b"))
        file.close()
        #expect(try lines("lines") == ["b"])
    }

    @Test("where nothing can be written one error is logged, lines wait up to a bound, and all goes on when it can")
    func failure() async throws {
        let path = folder.file("lines")
        // A folder in its place: nobody, not even root, can open that for writing.
        try FileManager.default.createDirectory(at: path, withIntermediateDirectories: false)
        let logged = Mutex<[UInt8]>([])
        let log = try LogWriter(.function { bytes in logged.withLock { $0 += bytes } })
        let file = RotatingFile(path, maximumWaitingBytes: 50, logger: Logger(label: "lines", writer: log))
        for number in 0..<100 { file.append(bytes("line \(number)")) }
        #expect(!file.flush(timeout: .milliseconds(50)))
        #expect(file.droppedLines >= 90)
        try FileManager.default.removeItem(at: path)
        try await eventually { FileManager.default.fileExists(atPath: path.path) }
        file.append(bytes("after"))
        file.close()
        log.close()
        let written = try lines("lines")
        #expect(written.prefix(2) == ["line 0", "line 1"] && written.last == "after" && written.count < 10)
        #expect(Set(written).count == written.count)
        let text = String(decoding: logged.withLock { $0 }, as: UTF8.self)
        #expect(text.split(separator: "\n").count == 2, "\(text)")
        #expect(text.contains("cannot be written") && text.contains("written again") && !text.contains(path.path))
    }

    @Test(
        "on a full disk whole lines stay whole, and writing goes on when there is room",
        .enabled(if: SmallDisk.isPossible, "mounting a small file system needs root"))
    func fullDisk() async throws {
        let disk = SmallDisk(mebibytes: 1)
        let root = try #require(disk.root)
        let (path, ballast) = (root.appending(path: "lines"), root.appending(path: "ballast"))
        try Data(repeating: 0, count: 600_000).write(to: ballast)
        let file = RotatingFile(path, header: bytes("h"))
        let filler = String(repeating: "x", count: 3_000)
        // Whatever ended within the room that is left would be half a line.
        for number in 0..<200 { file.append(bytes("\(number) \(filler)")) }
        #expect(!file.flush(timeout: .milliseconds(200)))
        // The writer may be within a line at any moment, but does not stay there.
        try await eventually {
            let before = try String(contentsOf: path, encoding: .utf8)
            return before.hasSuffix(filler + "\n") || before.isEmpty
        }
        try FileManager.default.removeItem(at: ballast)
        try await eventually { try String(contentsOf: path, encoding: .utf8).count > 600_000 }
        file.close()
        let lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n")
        #expect(lines == ["h"] + (0..<200).map { "\($0) \(filler)" })
        #expect(file.droppedLines == 0)
    }

    @Test("the file may be a device without room")
    func device() async throws {
        let path = folder.file("lines")
        try FileManager.default.createSymbolicLink(atPath: path.path, withDestinationPath: "/dev/full")
        let file = RotatingFile(path)
        file.append(bytes("a"))
        #expect(!file.flush(timeout: .milliseconds(50)))
        try FileManager.default.removeItem(at: path)
        try await eventually { FileManager.default.fileExists(atPath: path.path) }
        file.close()
        #expect(try lines("lines") == ["a"])
    }
}

import Foundation
import JSON
import Observability
import Synchronization
import Testing

/// Keeps what a log writer writes.
private final class Sink: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    func writer(maximumBytes: Int = 1 << 20) throws -> LogWriter {
        try LogWriter(.function { [self] batch in bytes.withLock { $0 += batch } }, maximumBytes: maximumBytes)
    }

    var lines: [String] {
        String(decoding: bytes.withLock { $0 }, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

@Suite struct LoggerTests {
    @Test("a JSON line is one object with the fields in order")
    func jsonLine() throws {
        let sink = Sink()
        let writer = try sink.writer()
        let logger = Logger(label: "http", writer: writer, format: .json).with(["app": "digits"])
        logger.info("say \"hi\"\n", ["status": 200, "ms": 1.25, "ok": true, "text": "tab\there\u{1}"])
        writer.close()
        let line = try #require(sink.lines.first)
        let value = try JSONValue(parsing: line)
        #expect(value["level"] == "info")
        #expect(value["logger"] == "http")
        #expect(value["message"] == "say \"hi\"\n")
        #expect(value["app"] == "digits")
        #expect(value["status"] == 200)
        #expect(value["ms"] == 1.25)
        #expect(value["ok"] == true)
        #expect(value["text"] == "tab\there\u{1}")
        #expect(value.objectValue?.keys == ["time", "level", "logger", "message", "app", "status", "ms", "ok", "text"])
    }

    @Test("a text line stays one line whatever it carries")
    func textLine() throws {
        let sink = Sink()
        let writer = try sink.writer()
        Logger(label: "http", writer: writer).warning(
            "two\nlines", ["plain": "word", "spaced": "two words", "broken": "a\nlevel=error", "empty": ""])
        writer.close()
        #expect(sink.lines.count == 1)
        let line = try #require(sink.lines.first)
        #expect(line.contains("Z warning http: two lines plain=word spaced=\"two words\""))
        #expect(line.contains("broken=\"a\\nlevel=error\" empty=\"\""))
    }

    @Test("lines below the level are not written, nor are their values made")
    func levels() throws {
        let sink = Sink()
        let writer = try sink.writer()
        let logger = Logger(label: "x", writer: writer, minimumLevel: .warning)
        let made = Mutex(0)
        func text() -> String {
            made.withLock {
                $0 += 1; return "text"
            }
        }
        logger.debug(text())
        logger.info(text())
        logger.warning(text())
        logger.error(text())
        writer.close()
        #expect(sink.lines.count == 2)
        #expect(made.withLock { $0 } == 2)
    }

    @Test("a stalled destination drops lines and says how many")
    func bounded() throws {
        let sink = Sink()
        let writer = try sink.writer(maximumBytes: 200)
        let logger = Logger(label: "x", writer: writer)
        for _ in 0..<100 { logger.info("a message of some length") }
        writer.close()
        #expect(sink.lines.count < 100)
        #expect(sink.lines.contains { $0.contains("log lines dropped") })
    }

    @Test("a file is appended to, and a missing folder is told")
    func file() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "x.log").path
        for _ in 0..<2 {
            let writer = try LogWriter(.file(path: path))
            Logger(label: "x", writer: writer).info("here")
            writer.close()
        }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.split(separator: "\n").count == 2)
        #expect(throws: LogError.self) { try LogWriter(.file(path: folder.path + "/absent/x.log")) }
    }

    @Test("lines of many threads are whole and none is lost")
    func threads() async throws {
        let sink = Sink()
        let writer = try sink.writer()
        let logger = Logger(label: "x", writer: writer, format: .json)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for line in 0..<200 { logger.info("m", ["task": .integer(task), "line": .integer(line)]) }
                }
            }
        }
        writer.close()
        #expect(sink.lines.count == 1600)
        #expect(sink.lines.allSatisfy { (try? JSONValue(parsing: $0)) != nil })
    }
}

@Suite struct SecretTests {
    @Test("a secret prints as dots in every textual form")
    func hidden() {
        let secret = Secret("hunter2")
        var dump = ""
        Swift.dump(secret, to: &dump)
        for text in ["\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])", dump] {
            #expect(!text.contains("hunter2"), "\(text)")
        }
        #expect("\(secret)" == "•••")
        #expect(secret.reveal() == "hunter2")
    }
}

import Foundation
import JSON
import Retraining
import TestSupport
import Testing

@Suite("Files of retraining")
struct RetrainingFolderTests {
    private static func open(_ folder: TemporaryFolder) throws -> RetrainingFolder {
        try RetrainingFolder(folder.file("models"), modelPrefix: "cats_dogs_model_retrained_")
    }

    private static func names(_ folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.file("models").path).sorted()
    }

    @Test("files have the names that scripts of the original look for")
    func names() throws {
        let folder = try TemporaryFolder()
        let models = try Self.open(folder)
        #expect(models.model("20260131_020000").lastPathComponent == "cats_dogs_model_retrained_20260131_020000.onnx")
        #expect(models.metrics("20260131_020000").lastPathComponent == "retrain_metrics_20260131_020000.json")
        let backup = models.backup("20260131_020000", of: "cats_dogs_model.keras")
        #expect(backup.path.hasSuffix("/models/backups/model_backup_20260131_020000.keras"))
    }

    @Test(
        "a backup keeps the extension of the model's file, if it is one",
        arguments: [
            ("a.KERAS", "keras"), ("a.tar.h5", "h5"), ("model", "model"), ("a.", "model"), ("..", "model"),
            ("a.k/../../etc", "model"), ("a.é", "model"), ("a.\u{0}", "model"),
            (String(repeating: "x.", count: 9) + "y", "y"),
            ("a." + String(repeating: "x", count: 17), "model"),
        ])
    func backupExtension(name: String, expected: String) throws {
        let folder = try TemporaryFolder()
        let backup = try Self.open(folder).backup("20260131_020000", of: name)
        #expect(backup.lastPathComponent == "model_backup_20260131_020000.\(expected)")
    }

    @Test("no two runs have the same stamp, not even in one second")
    func stamps() throws {
        let folder = try TemporaryFolder()
        let models = try Self.open(folder)
        let moment = Date(timeIntervalSince1970: 1_700_000_000)
        let first = models.stamp(moment)
        #expect(first.wholeMatch(of: /\d{8}_\d{6}/) != nil)
        #expect(models.stamp(moment) == first)
        try Data().write(to: models.metrics(first))
        let second = models.stamp(moment)
        #expect(second > first)
        try Data().write(to: models.backup(second, of: "a.h5"))
        #expect(models.stamp(moment) > second)
    }

    @Test("cleaning up keeps the newest five models and figures, all backups, and files of others")
    func cleanUp() throws {
        let folder = try TemporaryFolder()
        let models = try Self.open(folder)
        let stamps = (1...7).map { "2026013\($0)_020000" }
        for stamp in stamps {
            try Data("{}".utf8).write(to: models.metrics(stamp))
            try Data().write(to: models.model(stamp))
            try Data().write(to: models.backup(stamp, of: "a.onnx"))
        }
        let others = ["cats_dogs_model.keras", "cats_dogs_model_retrained_mine.onnx", "retrain_metrics_.json"]
        for name in others { try Data().write(to: folder.file("models/\(name)")) }
        let removed = models.cleanUp()
        #expect(
            removed.sorted()
                == stamps.prefix(2).flatMap {
                    ["cats_dogs_model_retrained_\($0).onnx", "retrain_metrics_\($0).json"]
                }.sorted())
        let left = try Self.names(folder)
        #expect(left.count == 10 + others.count + 1)
        #expect(Set(others).isSubset(of: left))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("models/backups").path).count == 7)
        #expect(models.cleanUp().isEmpty)
    }

    @Test("the history is the newest run first, without what is no JSON")
    func history() throws {
        let folder = try TemporaryFolder()
        let models = try Self.open(folder)
        for number in 1...3 {
            try Data("{\"run\":\(number)}".utf8).write(to: models.metrics("2026013\(number)_020000"))
        }
        try Data("{".utf8).write(to: models.metrics("20260139_020000"))
        #expect(models.history() == [["run": 3], ["run": 2], ["run": 1]])
    }

    @Test("one run at a time, in this process and in others, until the lock's owner is gone")
    func lock() throws {
        let folder = try TemporaryFolder()
        let models = try Self.open(folder)
        func isFreeForOthers() throws -> Bool {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/flock")
            process.arguments = ["-n", folder.file("models/.retrain.lock").path, "true"]
            try process.run()
            process.waitUntilExit()
            return process.terminationStatus == 0
        }
        var held = try models.lock()
        #expect(held != nil)
        #expect(try models.lock() == nil)
        #expect(try !isFreeForOthers())
        held = nil
        #expect(try isFreeForOthers())
        #expect(try models.lock() != nil)
    }

    @Test("what killed runs left is removed, and nothing else")
    func leftovers() throws {
        let folder = try TemporaryFolder()
        let models = try Self.open(folder)
        try FileManager.default.createDirectory(at: models.run("20260131_020000"), withIntermediateDirectories: true)
        try Data().write(to: models.run("20260131_020000").appending(path: "pictures.bin"))
        try Data().write(to: models.model("20260131_020000"))
        models.removeUnfinishedRuns()
        #expect(try Self.names(folder) == ["backups", "cats_dogs_model_retrained_20260131_020000.onnx"])
    }
}

@Suite("The journal of scheduled runs")
struct RunJournalTests {
    @Test("lines are dated, named and levelled; lesser ones are left out; line breaks stay inside")
    func lines() throws {
        let folder = try TemporaryFolder()
        let journal = try RunJournal(folder.file("logs"), name: "pets", minimum: .info)
        journal.note(.debug, "not this")
        journal.note(.info, "started\nwell")
        journal.note(.error, "failed")
        let text = try String(contentsOf: folder.file("logs/retrain_scheduler.log"), encoding: .utf8)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 2)
        let form = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - pets - (INFO|ERROR) - (.*)/
        #expect(try lines.map { try #require($0.wholeMatch(of: form)).output.2 } == ["started well", "failed"])
    }

    @Test("each execution is one line of JSON behind those before")
    func executions() throws {
        let folder = try TemporaryFolder()
        for number in 1...2 {
            try RunJournal(folder.file("logs"), name: "pets").record(
                config: ["epochs": .integer(number)], results: ["status": "skipped"])
        }
        let text = try String(contentsOf: folder.file("logs/retrain_executions.jsonl"), encoding: .utf8)
        let lines = try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(lines.map { $0["config"]?["epochs"] } == [1, 2])
        #expect(lines.allSatisfy { $0["results"]?["status"] == "skipped" })
        #expect(
            lines.allSatisfy {
                $0["timestamp"]?.stringValue?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}/) != nil
            })
    }
}

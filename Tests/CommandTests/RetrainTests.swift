import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// The real program with the real trainer, on drawn photos and a small network of the same kind.
@Suite("prunelle retrain", .serialized)
struct RetrainTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
        let models = place.folder.file("home/Models/pets")
        try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
        try Data(Self.recipe.utf8).write(to: models.appending(path: "recipe-cnn.json"))
    }

    private static let recipe = """
        {
          "name": "pets-cnn", "seed": 1337, "batchSize": 4,
          "input": {"width": 16, "height": 16, "reading": "tensorflow", "values": "bytes"},
          "network": {"blocks": [{"width": 4, "pool": 2, "padding": "valid"}], "batchNorm": false, "output": "sigmoid"},
          "optimizer": {"warmUp": 0, "weightDecay": 0}, "validation": {"fraction": 0.25, "split": "content"}
        }
        """

    private func retrain(_ arguments: String..., settings: [String: String] = [:]) async throws -> Programs.Outcome {
        try await place.run(["retrain", "pets"] + arguments, settings: settings)
    }

    /// Draws grey-blue cats and red dogs, no two alike.
    private func drawPhotos() throws {
        for (name, isDog) in [("Cat", false), ("Dog", true)] {
            let folder = place.folder.file("PetImages/\(name)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for number in 0..<16 {
                let photo = BitmapFile.bytes(side: 20) { x, y in
                    let level = UInt8(60 + (x * 7 + y * 11 + number * 13) % 60)
                    return isDog ? (level + 100, level, level) : (level, level, level + 100)
                }
                try Data(photo).write(to: folder.appending(path: "\(number).bmp"))
            }
        }
    }

    private func addFeedback(positive: Int, negative: Int) async throws {
        try FileManager.default.createDirectory(at: place.folder.file("data"), withIntermediateDirectories: true)
        let database = try SQLiteDatabase(file: place.folder.file("data/prunelle.sqlite"))
        try await database.write(
            """
            CREATE TABLE feedback_user (
                id_feedback_user INTEGER PRIMARY KEY AUTOINCREMENT, feedback BOOLEAN NOT NULL,
                date_feedback DATE NOT NULL, resultat_prediction DOUBLE PRECISION NOT NULL, input_user TEXT NOT NULL,
                inference_time_ms DOUBLE PRECISION, success BOOLEAN, filename VARCHAR(255))
            """)
        for number in 0..<positive + negative {
            try await database.write(
                """
                INSERT INTO feedback_user (feedback, date_feedback, resultat_prediction, input_user)
                VALUES (\(bind: number < positive), date('now', 'localtime'), 0.9, 'a.jpg')
                """)
        }
        await database.close()
    }

    private func executions() throws -> [JSONValue] {
        let file = place.folder.file("logs/retrain_executions.jsonl")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }

    private func log() throws -> String {
        try String(contentsOf: place.folder.file("logs/retrain_scheduler.log"), encoding: .utf8)
    }

    @Test("for cron, without feedback it is skipped with 2 and written down; only looking ends with 0 and is not")
    func skipped() async throws {
        let outcome = try await retrain("--scheduled")
        #expect(outcome.status == 2, "\(outcome.errors)")
        let entry = try #require(try executions().last)
        #expect(entry["results"]?["status"] == "skipped")
        #expect(entry["results"]?["statistics"]?["total_feedback"] == 0)
        #expect(entry["config"]?["min_feedback"] == 100 && entry["config"]?["cleanup"] == true)
        #expect(try log().contains(" - INFO - there are 0 feedbacks, at least 100 are needed"))
        #expect(try await retrain("--scheduled", "--check-only").status == 0)
        #expect(try executions().count == 1)
        #expect(try await retrain("--scheduled", "--dry-run").status == 2)
    }

    @Test("the feedback of the server's own table counts")
    func due() async throws {
        try await addFeedback(positive: 69, negative: 31)
        let outcome = try await retrain("--scheduled", "--dry-run")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try executions().last?["results"]?["status"] == "simulated")
        let strict = try await retrain("--scheduled", "--dry-run", settings: ["RETRAIN_MIN_NEGATIVE": "32"])
        #expect(strict.status == 2)
        let plain = try await retrain("--dry-run", "--json")
        #expect(plain.status == 0)
        #expect(try JSONValue(parsing: plain.output)["statistics"]?["negative_feedback"] == 31)
        #expect(try await retrain("--min-feedback", "101").output.hasPrefix("status: skipped\n"))
    }

    @Test("settings that cannot be used end a scheduled run with 1, before anything else")
    func badSettings() async throws {
        let variable = try await retrain("--scheduled", settings: ["RETRAIN_EPOCHS": "0"])
        variable.expectRefusal(1, "RETRAIN_EPOCHS must be a whole number from 1 to 10000, is '0'")
        try place.folder.write(Array("{\"epoch\": 3}".utf8), to: "config.json")
        let file = try await retrain("--scheduled", "--config", "config.json")
        file.expectRefusal(1, "the configuration has the unknown key 'epoch'")
        #expect(try log().contains(" - ERROR - RETRAIN_EPOCHS must be"))
        #expect(try executions().isEmpty)
        let missing = try await retrain("--scheduled", "--config", "nothing.json")
        #expect(missing.status == 2)
        #expect(try log().contains(" - WARNING - the configuration file is not there"))
    }

    @Test("a run trains, deploys, writes its files, and shows in the history", .timeLimit(.minutes(10)))
    func completed() async throws {
        try drawPhotos()
        try place.folder.write(
            Array(#"{"force_retrain": true, "epochs": 4, "learning_rate": 0.02}"#.utf8), to: "config.json")
        let outcome = try await retrain(
            "--scheduled", "--config", "config.json", "--threads", "1", settings: ["TEMP_DIR": place.folder.url.path])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let result = try #require(try executions().last?["results"])
        #expect(result["status"] == "completed" && result["deployment_status"] == "deployed", "\(result.text())")
        #expect(!result.text().contains(place.folder.url.path))
        let name = try #require(result["model_path"]?.stringValue)
        #expect(FileManager.default.fileExists(atPath: place.folder.file("data/processed/models/\(name)").path))

        let list = try await place.run("models", "list", "--app", "pets", "--json")
        let answering = try #require(try JSONValue(parsing: list.output).arrayValue?.first { $0["default"] == true })
        #expect(answering["origin"] == "training")
        #expect(answering["id"] == result["version"])
        let history = try await retrain("--history")
        #expect(history.status == 0)
        #expect(history.output.contains("completed  deployed"))

        // From the same weights, with steps too small to matter, nothing better comes out.
        let again = try await retrain(
            "--force", "--epochs", "1", "--learning-rate", "1e-7", "--pictures", "PetImages", "--threads", "1")
        #expect(again.status == 0, "\(again.errors)")
        #expect(again.output.contains("not deployed"))
        let backups = try FileManager.default.contentsOfDirectory(
            atPath: place.folder.file("data/processed/models/backups").path)
        #expect(backups.count == 1 && backups[0].hasSuffix(".onnx"))
    }

    @Test("a network is trained from nothing with the recipe for that", .timeLimit(.minutes(10)))
    func trained() async throws {
        try drawPhotos()
        // What puts the starter together is no recipe for training.
        try Data(#"{"labels": ["cat", "dog"]}"#.utf8).write(to: place.folder.file("home/Models/pets/recipe.json"))
        let outcome = try await place.run(
            "train", "pets", "--pictures", "PetImages", "--out", "runs/mine", "--threads", "1")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let imported = try await place.run("models", "import", "runs/mine/model.onnx", "--app", "pets", "--default")
        #expect(imported.status == 0, "\(imported.errors)")
        let photo = place.folder.file("PetImages/Dog/0.bmp").path
        let answer = try await place.run("predict", "--app", "pets", photo)
        #expect(answer.status == 0, "\(answer.errors)")
    }

    @Test(
        "the original's own network is learned on from its weights, and backed up as the file it is",
        .enabled(if: SharedData.isPresent, "needs the sample data beside the repository"), .timeLimit(.minutes(10)))
    func original() async throws {
        let recipe = place.folder.file("home/Models/pets/recipe-cnn.json")
        try Data(contentsOf: repository.appending(path: "Models/pets/recipe-cnn.json")).write(to: recipe)
        for (name, source) in [("Cat", "cats_dogs/cat"), ("Dog", "cats_dogs/dog")] {
            let folder = place.folder.file("PetImages")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                at: SharedData.file(source), to: folder.appending(path: name, directoryHint: .isDirectory))
        }
        let model = SharedData.file("cats_dogs/models/remijul_cnn_keras3.keras").path
        let imported = try await place.run("models", "import", model, "--app", "pets", "--default")
        #expect(imported.status == 0, "\(imported.errors)")
        let outcome = try await retrain(
            "--force", "--epochs", "1", "--pictures", "PetImages", "--threads", "1", "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let result = try JSONValue(parsing: outcome.output)
        #expect(result["status"] == "completed" && result["started_from_answering_model"] == true)
        // The network is known to tell about two thirds of such photos right.
        #expect((0.5...0.95).contains(try #require(result["old_model_accuracy"]?.doubleValue)))
        let backups = try FileManager.default.contentsOfDirectory(
            atPath: place.folder.file("data/processed/models/backups").path)
        #expect(backups.count == 1 && backups[0].hasSuffix(".keras"))
    }

    @Test("a run that fails ends with 1 and says why")
    func failed() async throws {
        let plain = try await retrain("--force", "--pictures", "nowhere")
        #expect(plain.status == 1)
        #expect(plain.output.contains("reason: the folder 'nowhere' is missing or cannot be read"))
        let scheduled = try await retrain("--scheduled", "--pictures", "nowhere", settings: ["RETRAIN_FORCE": "true"])
        #expect(scheduled.status == 1)
        #expect(try executions().last?["results"]?["status"] == "failed")
        try FileManager.default.removeItem(at: place.folder.file("home/Models"))
        #expect(try await retrain("--scheduled").status == 1)
        #expect(
            try executions().last?["results"]?["error"] == "the recipe pets/recipe-cnn.json is not installed")
    }

    static let mistakes: [(words: [String], reason: String)] = [
        (["retrain", "digits"], "'digits' has nothing to train again; pets has"),
        (["retrain", "pets", "--check-only"], "--check-only goes with --scheduled"),
        (["retrain", "pets", "--config", "x"], "--config goes with --scheduled"),
        (["retrain", "pets", "--epochs", "0"], "--epochs must be a whole number from 1 to 10000, is '0'"),
        (["retrain", "pets", "--min-positive-rate", "70"], "--min-positive-rate must be a number from 0.0 to 1.0"),
        (["train", "pets"], "name a folder of pictures with --pictures"),
    ]

    @Test("a wrong command line is told apart from a failed run", arguments: mistakes.indices)
    func mistake(index: Int) async throws {
        try await place.run(Self.mistakes[index].words).expectRefusal(64, Self.mistakes[index].reason)
    }
}

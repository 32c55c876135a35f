import Foundation
import JSON
import Registry
import Retraining
import Storage
import TestSupport
import Testing
import Training

@testable import Pets

@Suite("Retraining cats and dogs", .serialized)
struct PetRetrainingTests {
    private func completion(_ result: PetRetrainingResult) throws -> PetRetrainingResult.Completion {
        guard case .completed(let completion) = result.outcome else {
            throw RetrainingError("expected a completed run: \(result.json.text())")
        }
        return completion
    }

    @Test("a clearly better model answers, the old one is backed up and can come back", .timeLimit(.minutes(10)))
    func deployed() async throws {
        let fixture = try await RetrainingFixture()
        let old = try await fixture.addUntrained(RetrainingFixture.recipe)
        let tools = fixture.tools(photos: try fixture.drawPhotos())
        let result = await PetRetraining(RetrainingFixture.settings(), tools: tools).run()
        let completion = try completion(result)
        #expect(completion.isDeployed)
        #expect(completion.startedFromAnswering)
        #expect(completion.accuracy > completion.oldAccuracy + 0.02)
        #expect(completion.accuracy > 0.9, "\(result.json.text())")
        #expect(completion.pictures > 10)

        let current = try #require(try await fixture.live.current()).version.id
        #expect(current.description == completion.version)
        let version = try #require(try await fixture.catalog.version(current, of: "pets"))
        #expect(version.origin == .training)
        #expect(version.metrics["accuracy"] == .number(completion.accuracy))
        let stamp = try #require(completion.modelName.firstMatch(of: /\d{8}_\d{6}/)).output
        #expect(
            try fixture.modelFiles() == [
                "backups/model_backup_\(stamp).keras", "cats_dogs_model_retrained_\(stamp).onnx",
                "retrain_metrics_\(stamp).json",
            ])
        let backup = try Data(contentsOf: fixture.folder.file("models/backups/model_backup_\(stamp).keras"))
        #expect(backup == (try Data(contentsOf: fixture.folder.file("untrained-1"))))

        let json = try JSONValue(parsing: Data(contentsOf: fixture.folder.file("models/retrain_metrics_\(stamp).json")))
        #expect(json == result.json)
        #expect(json["status"] == "completed" && json["deployment_status"] == "deployed")
        #expect(json["history"]?["val_accuracy"]?.arrayValue?.count == json["history"]?["loss"]?.arrayValue?.count)
        #expect(json["improvement"] == .number(completion.accuracy - completion.oldAccuracy))
        #expect(!json.text().contains(fixture.folder.url.path), "no path of this machine")
        #expect(try await fixture.live.rollBack(.default).id == old.id)
    }

    @Test("a model that is hardly better does not answer, and leaves the registry as it was", .timeLimit(.minutes(10)))
    func notDeployed() async throws {
        let fixture = try await RetrainingFixture()
        let old = try await fixture.addUntrained(RetrainingFixture.recipe)
        let tools = fixture.tools(photos: try fixture.drawPhotos())
        let settings = RetrainingFixture.settings(epochs: 1, learningRate: 1e-7)
        let result = await PetRetraining(settings, tools: tools).run()
        let completion = try completion(result)
        #expect(!completion.isDeployed && completion.version == nil)
        #expect(completion.accuracy == completion.oldAccuracy)
        #expect(result.json["deployment_status"] == "not_deployed")
        #expect(try await fixture.live.current()?.version.id == old.id)
        #expect(try await fixture.catalog.versions(of: "pets").map(\.id) == [old.id])
        #expect(try fixture.modelFiles().count == 3)
    }

    @Test("without a model, and after one of other layers, learning starts anew", .timeLimit(.minutes(10)))
    func anew() async throws {
        let fixture = try await RetrainingFixture()
        let tools = fixture.tools(photos: try fixture.drawPhotos())
        let retraining = PetRetraining(RetrainingFixture.settings(), tools: tools)
        let first = try completion(await retraining.run())
        #expect(first.isDeployed && !first.startedFromAnswering && first.oldAccuracy == 0)
        #expect(try fixture.modelFiles().allSatisfy { !$0.hasPrefix("backups/") })

        var other = RetrainingFixture.recipe
        other.network.blocks[1].width = 5
        _ = try await fixture.addUntrained(other, seed: 4)
        let second = try completion(await retraining.run())
        #expect(second.isDeployed && !second.startedFromAnswering && second.oldAccuracy > 0)
    }

    @Test("the feedback decides, unless training is forced", .timeLimit(.minutes(10)))
    func conditions() async throws {
        let fixture = try await RetrainingFixture()
        var settings = PetRetrainingSettings()
        settings.thresholds = FeedbackThresholds(minimumFeedback: 3, minimumNegative: 2, minimumPositiveRate: 0.7)
        let tools = fixture.tools(photos: fixture.folder.file("nothing"))
        func run() async -> PetRetrainingResult {
            await PetRetraining(settings, tools: tools).run(isSimulated: true)
        }
        let none = await run()
        #expect(none.status == "skipped")
        #expect(none.json["reason"] == "Conditions de ré-entraînement non remplies")
        try await RetrainingFixture.addFeedback(fixture.database, [(true, 1), (false, 2), (false, 40)])
        #expect(await run().status == "skipped")
        try await RetrainingFixture.addFeedback(fixture.database, [(false, 3)])
        let due = await run()
        #expect(due.status == "simulated")
        #expect(due.json["statistics"]?["negative_feedback"] == 2)
        settings.daysBack = 2
        #expect(await run().status == "skipped")
        settings.isForced = true
        #expect(await run().status == "simulated")
        #expect(try fixture.modelFiles().isEmpty, "a simulation writes nothing")
    }

    @Test("a second run at the same time is skipped", .timeLimit(.minutes(10)))
    func busy() async throws {
        let fixture = try await RetrainingFixture()
        let lock = try #require(try fixture.models.lock())
        let tools = fixture.tools(photos: fixture.folder.file("nothing"))
        let result = await PetRetraining(RetrainingFixture.settings(), tools: tools).run()
        #expect(result.status == "skipped")
        #expect(result.json["reason"] == "another retraining is under way")
        withExtendedLifetime(lock) {}
    }

    @Test("a run that fails changes nothing, and tells why without paths", .timeLimit(.minutes(10)))
    func failed() async throws {
        let fixture = try await RetrainingFixture()
        let old = try await fixture.addUntrained(RetrainingFixture.recipe)
        let tools = fixture.tools(photos: fixture.folder.file("PetImages"))
        let retraining = PetRetraining(RetrainingFixture.settings(), tools: tools)
        let missing = await retraining.run()
        #expect(missing.json["status"] == "failed")
        #expect(missing.json["error"] == "the folder 'PetImages' is missing or cannot be read")
        let photos = try fixture.drawPhotos(ofEach: 4)
        try FileManager.default.moveItem(
            at: photos.appending(path: "Dog"), to: photos.appending(path: "Emu"))
        let foreign = await retraining.run()
        #expect(
            foreign.json["error"]
                == "the folder of photos must hold the folders Cat and Dog, it holds Cat, Emu")
        #expect(try await fixture.live.current()?.version.id == old.id)
        #expect(try fixture.modelFiles().isEmpty, "no backup stays of a run that changed nothing")
        #expect(try fixture.models.lock() != nil, "the lock is free again")
    }

    @Test("a completed run removes old files where it is asked to", .timeLimit(.minutes(10)))
    func cleanUp() async throws {
        let fixture = try await RetrainingFixture()
        let stamps = (1...6).map { "2020010\($0)_020000" }
        for stamp in stamps {
            try Data().write(to: fixture.models.model(stamp))
            try Data("{}".utf8).write(to: fixture.models.metrics(stamp))
        }
        var settings = RetrainingFixture.settings(epochs: 1)
        settings.cleansUp = true
        let tools = fixture.tools(photos: try fixture.drawPhotos(ofEach: 16))
        let completion = try completion(await PetRetraining(settings, tools: tools).run())
        let files = try fixture.modelFiles()
        #expect(files.count == 10)
        #expect(files.contains(completion.modelName))
        #expect(!files.contains { $0.contains(stamps[0]) || $0.contains(stamps[1]) })
    }
}

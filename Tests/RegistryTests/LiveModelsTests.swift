import Foundation
import Inference
import JSON
import ModelFiles
import Observability
import Registry
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Models in use", .timeLimit(.minutes(10)))
struct LiveModelsTests {
    @Test("nothing answers before a model is chosen, nor when the one chosen has no file")
    func nothing() async throws {
        let fixture = try await RegistryFixture()
        #expect(try await fixture.live.current() == nil)
        try await fixture.catalog.add(fixture.description("no file"), as: .default)
        #expect(try await fixture.live.current() == nil)
        try await fixture.add(.scale(2))
        #expect(try await fixture.live.current() == nil)
    }

    @Test("many first uses at the same moment convert the file once and all get the model")
    func singleFlight() async throws {
        let gate = Gate()
        let fixture = try await RegistryFixture(converter: CountingConverter(gate: gate))
        let version = try await fixture.add(.scale(3))
        let scales = try await withThrowingTaskGroup(of: Float?.self) { group in
            for _ in 0..<50 { group.addTask { try await fixture.live.model(version.id)?.scale } }
            try await eventually { fixture.converter.calls > 0 }
            await gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(scales == [Float?](repeating: 3, count: 50))
        #expect(fixture.converter.calls == 1)
    }

    @Test("a model that fails to load costs one attempt and not one a request, and says why each time")
    func failureIsRemembered() async throws {
        let fixture = try await RegistryFixture()
        let version = try await fixture.add(.broken("a"))
        for _ in 0..<20 {
            await #expect(throws: RegistryError.unusable(reason: "it is broken")) {
                try await fixture.live.model(version.id)
            }
        }
        #expect(fixture.converter.calls < 20)
    }

    @Test("a model that cannot be loaded is not chosen, and the one before goes on answering")
    func failedChoice() async throws {
        let fixture = try await RegistryFixture()
        let good = try await fixture.add(.scale(2), as: .default)
        let (broken, file) = try fixture.model(.broken("b"))
        await #expect(throws: RegistryError.self) { try await fixture.live.add(broken, file: file, as: .default) }
        #expect(try await fixture.catalog.versions(of: RegistryFixture.app).map(\.id) == [good.id])
        let kept = try await fixture.add(.broken("c"))
        await #expect(throws: RegistryError.self) { try await fixture.live.point(.default, to: kept.id) }
        #expect(try await fixture.live.current()?.version.id == good.id)
        #expect(try await fixture.live.current()?.scale == 2)
    }

    @Test("a model that does not meet the app's requirement is not chosen")
    func requirement() async throws {
        let fixture = try await RegistryFixture(
            requirement: ModelRequirement(
                check: { _ in throw RegistryError.unusable(reason: "not ours") },
                fit: { _, _ in throw RegistryError.unusable(reason: "tried in spite of the check") }))
        let (version, file) = try fixture.model(.scale(1))
        await #expect(throws: RegistryError.unusable(reason: "not ours")) {
            try await fixture.live.add(version, file: file, as: .default)
        }
        #expect(try await fixture.live.current() == nil)
        await #expect(throws: RegistryError.unusable(reason: "not ours")) {
            _ = try await fixture.live.import(version, file: file, as: nil)
        }
        #expect(try await fixture.catalog.versions(of: RegistryFixture.app).isEmpty)
    }

    /// What a trial in these tests finds.
    private static let found = ModelFit(
        input: InputGuess(.bytes(.gray), .inferred, reason: "tried"), trial: ModelTrial(pictures: 10, right: 9))

    @Test("what a trial finds is stored with the version, and the trial is not repeated")
    func fit() async throws {
        let trials = Mutex(0)
        let fixture = try await RegistryFixture(
            requirement: ModelRequirement(check: { _ in }) { _, _ in
                trials.withLock { $0 += 1 }
                return Self.found
            })
        // One that answers at once is tried before it is added, the other when it is first used.
        let first = try await fixture.add(.scale(1), as: .default)
        let second = try await fixture.add(.scale(2))
        #expect(try await fixture.catalog.version(first.id, of: RegistryFixture.app)?.fit == Self.found)
        #expect(try await fixture.catalog.version(second.id, of: RegistryFixture.app)?.fit == nil)
        #expect(try await fixture.live.model(second.id)?.fit == Self.found)
        #expect(try await fixture.catalog.version(second.id, of: RegistryFixture.app)?.fit == Self.found)
        // Another server only knows what is stored.
        let other = try await fixture.anotherServer()
        #expect(try await other.model(first.id)?.fit == Self.found)
        #expect(try await other.model(second.id)?.fit == Self.found)
        #expect(trials.withLock(\.self) == 2)
    }

    @Test("what an owner says about a file reaches its reader, is stored, and makes a graph of its own")
    func statement() async throws {
        let fixture = try await RegistryFixture()
        let (version, file) = try fixture.model(.scale(1))
        let said = ModelVersion(
            id: version.id, app: version.app, name: "said", algorithm: "", format: "", origin: .import,
            file: version.file, statement: ["architecture": "lenet"], createdAt: .now)
        let live = try await fixture.live.import(said, file: file, handover: .copying, as: .default)
        #expect(live.inspection["statement"] == ["architecture": "lenet"])
        #expect(live.version.format == "onnx")
        #expect(
            try await fixture.catalog.version(said.id, of: RegistryFixture.app)?.statement
                == ["architecture": "lenet"])
        let plain = try fixture.model(.scale(1))
        #expect(try await fixture.live.import(plain.version, file: plain.file, as: nil).inspection["statement"] == nil)
        #expect(fixture.converter.calls == 2)
    }

    @Test("an unknown version is told apart from one that fails")
    func unknown() async throws {
        let fixture = try await RegistryFixture()
        #expect(try await fixture.live.model(.next()) == nil)
        #expect(try await fixture.live.exists(.next()) == false)
        await #expect(throws: RegistryError.unknownVersion) { try await fixture.live.point(.default, to: .next()) }
        await #expect(throws: RegistryError.nothingToRollBack) { try await fixture.live.rollBack(.default) }
    }

    @Test("rolling back brings the model before, and again brings back the later one")
    func rollBack() async throws {
        let fixture = try await RegistryFixture()
        let first = try await fixture.add(.scale(1), as: .default)
        let second = try await fixture.add(.scale(2), as: .default)
        #expect(try await fixture.live.rollBack(.default).id == first.id)
        #expect(try await fixture.live.current()?.scale == 1)
        #expect(try await fixture.live.rollBack(.default).id == second.id)
        #expect(try await fixture.live.current()?.scale == 2)
    }

    @Test("no prediction fails while models are swapped, and each is made by one of the two")
    func swapUnderLoad() async throws {
        let fixture = try await RegistryFixture()
        let versions = [try await fixture.add(.scale(1), as: .default), try await fixture.add(.scale(2))]
        try await withThrowingTaskGroup(of: [Float?].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var scales: [Float?] = []
                    for _ in 0..<100 { scales.append(try await fixture.live.current()?.scale) }
                    return scales
                }
            }
            for turn in 0..<30 { _ = try await fixture.live.point(.default, to: versions[turn % 2].id) }
            for try await scales in group {
                #expect(scales.allSatisfy { $0 == 1 || $0 == 2 })
            }
        }
    }

    @Test("a choice made by one server counts for the next prediction of another")
    func anotherServer() async throws {
        let fixture = try await RegistryFixture()
        let other = try await fixture.anotherServer()
        let first = try await fixture.add(.scale(1), as: .default)
        #expect(try await other.current()?.scale == 1)
        try await fixture.add(.scale(2), as: .default)
        #expect(try await other.current()?.scale == 2)
        _ = try await other.point(.default, to: first.id)
        #expect(try await fixture.live.current()?.scale == 1)
    }

    @Test("more models than stay loaded can be used in turn; each gives its own answer and is converted once")
    func manyModels() async throws {
        let fixture = try await RegistryFixture()
        var versions: [ModelVersion] = []
        for scale in 0..<7 { versions.append(try await fixture.add(.scale(Float(scale)))) }
        for _ in 0..<2 {
            for (scale, version) in versions.enumerated() {
                #expect(try await fixture.live.model(version.id)?.scale == Float(scale))
            }
        }
        #expect(fixture.converter.calls == 7)
    }

    @Test("a model that is in use survives others that are loaded meanwhile")
    func leastRecentlyUsedGoesFirst() async throws {
        let fixture = try await RegistryFixture()
        let favourite = try await fixture.add(.scale(1), as: .default)
        let network = try #require(try await fixture.live.current()).network
        for scale in 2..<9 {
            let version = try await fixture.add(.scale(Float(scale)))
            _ = try await fixture.live.model(version.id)
            #expect(try await fixture.live.model(favourite.id)?.network === network, "after \(scale)")
        }
    }

    @Test("a file that is added twice is kept and converted once, as two versions")
    func sameFileTwice() async throws {
        let fixture = try await RegistryFixture()
        let first = try await fixture.add(.scale(5), as: .default)
        let second = try await fixture.add(.scale(5), as: .default)
        #expect(first.id != second.id)
        #expect(first.file?.hash == second.file?.hash)
        #expect(fixture.converter.calls == 1)
        #expect(try fixture.folder.files().filter { $0.contains("objects/models/") }.count == 1)
        let output = fixture.folder.file("exported.onnx")
        try await fixture.graphs.export(try #require(second.file).hash, to: output)
        #expect(try Array(Data(contentsOf: output)) == SampleFile.scale(5).bytes)
    }

    @Test("a file that is handed over with `.copying` stays where it was")
    func copying() async throws {
        let fixture = try await RegistryFixture()
        let (version, file) = try fixture.model(.scale(4))
        try await fixture.live.add(version, file: file, handover: .copying, as: .default)
        #expect(try Array(Data(contentsOf: file)) == SampleFile.scale(4).bytes)
        #expect(try await fixture.live.current()?.scale == 4)
    }
}

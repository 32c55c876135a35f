import Foundation
import Inference
import JSON
import Observability
import Registry
import Storage
import TestSupport
import Testing

@testable import Digits

@Suite(
    "The catalog of models in MongoDB", .enabled(if: MongoServer.isPossible, "\(MongoServer.reason)"),
    .timeLimit(.minutes(10)))
struct MongoCatalogTests {
    private let name = MongoServer.databaseName()
    private let database: MongoDatabase
    private let catalog: MongoModelCatalog

    init() throws {
        database = try MongoServer.shared.get().open(name)
        catalog = MongoModelCatalog(app: "digits", database)
    }

    private func version(_ name: String, at millisecond: Int64 = 1_756_941_841_215, file: ModelFile? = nil)
        -> ModelVersion
    {
        ModelVersion(
            id: .next(), app: "digits", name: name, algorithm: "réseau", format: "keras",
            metrics: ["accuracy": 0.5, "classes": [1, "2", nil]], origin: .training, file: file,
            statement: ["input": ["scale": 1]], createdAt: Timestamp(microseconds: millisecond * 1_000))
    }

    @Test("a version is read back as it was added, with metrics that MongoDB cannot keep too")
    func roundTrip() async throws {
        let folder = try TemporaryFolder()
        let given = try folder.write([1, 2, 3], to: "model")
        let file = ModelFile(
            hash: try ContentHash(ofFile: given), size: 3, name: "../../etc/passwd", contentType: "a/b")
        try await GridFSModelFiles(GridFSBucket(database)).keep(given, handover: .copying, as: file)
        let first = version("Zoë's “model”; {$ne: 1}", file: file)
        try await catalog.add(first, as: nil)
        #expect(try await catalog.version(first.id, of: "digits") == first)
        let odd = ModelVersion(
            id: .next(), app: "digits", name: "$odd", algorithm: "", format: "onnx", metrics: ["$a": ["b\0": 1]],
            origin: .import, file: nil, createdAt: Timestamp(microseconds: 0))
        try await catalog.add(odd, as: nil)
        #expect(try await catalog.versions(of: "digits") == [first, odd])
        #expect(try await catalog.versions(of: "other") == [])
        #expect(try await catalog.version(odd.id, of: "other") == nil)
        let missing = ModelFile(hash: ContentHash(of: [9]), size: 1, name: "n", contentType: "t")
        await #expect(throws: StorageError.self) { try await catalog.add(version("no file", file: missing), as: nil) }
        await #expect(throws: StorageError.self) { try await catalog.add(first, as: .default) }
        #expect(try await catalog.target(of: .default, in: "digits") == nil)
    }

    @Test("an alias points where it was moved last, its history tells every move, and it goes back")
    func history() async throws {
        for alias in [ModelAlias.default, ModelAlias(rawValue: "challenger")] {
            let (first, second) = (version("first"), version("second"))
            await #expect(throws: RegistryError.nothingToRollBack) {
                try await catalog.earlierTarget(of: alias, in: "digits")
            }
            try await catalog.add(first, as: alias)
            try await catalog.add(second, as: nil)
            #expect(try await catalog.target(of: alias, in: "digits") == first.id)
            try await catalog.point(alias, in: "digits", to: second.id)
            #expect(try await catalog.earlierTarget(of: alias, in: "digits") == first.id)
            try await catalog.point(alias, in: "digits", to: first.id)
            #expect(try await catalog.target(of: alias, in: "digits") == first.id)
            let moves = try await catalog.history(of: alias, in: "digits", limit: 10)
            #expect(moves.map(\.version) == [first.id, second.id, first.id])
            await #expect(throws: RegistryError.unknownVersion) {
                try await catalog.point(alias, in: "digits", to: .next())
            }
            #expect(try await catalog.target(of: alias, in: "digits") == first.id)
        }
        // The other alias leaves the flag where it is.
        #expect(try await database.count(["is_default": true], in: "models") == 1)
    }

    @Test("servers that move the alias at once lose no move, and one model bears the flag at the end")
    func twoServers() async throws {
        let other = try database.again()
        let catalogs = [catalog, MongoModelCatalog(app: "digits", other)]
        let versions = (0..<20).map { version("version \($0)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, version) in versions.enumerated() {
                group.addTask { try await catalogs[index % 2].add(version, as: .default) }
            }
            try await group.waitForAll()
        }
        for catalog in catalogs {
            #expect(Set(try await catalog.versions(of: "digits").map(\.id)) == Set(versions.map(\.id)))
            let moves = try await catalog.history(of: .default, in: "digits", limit: 100)
            #expect(moves.count == 20)
            #expect(try await catalog.target(of: .default, in: "digits") == moves.first?.version)
        }
        #expect(try await database.count(["is_default": true], in: "models") == 1)
        await other.close()
    }

    @Test("somebody always answers while servers move the alias")
    func neverNone() async throws {
        let versions = [version("a"), version("b"), version("c")]
        for version in versions { try await catalog.add(version, as: .default) }
        let other = try database.again()
        let catalogs = [catalog, MongoModelCatalog(app: "digits", other)]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for catalog in catalogs {
                group.addTask {
                    for turn in 0..<15 {
                        try await catalog.point(.default, in: "digits", to: versions[turn % 3].id)
                    }
                }
                group.addTask {
                    for _ in 0..<150 {
                        let target = try await catalog.target(of: .default, in: "digits")
                        #expect(target != nil)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await database.count(["is_default": true], in: "models") == 1)
        await other.close()
    }

    @Test("a move that its server did not finish is finished by the next one")
    func unfinishedMove() async throws {
        let (first, second, third) = (version("first"), version("second"), version("third"))
        try await catalog.add(first, as: .default)
        for version in [second, third] { try await catalog.add(version, as: nil) }
        // As a server leaves it that ends between its steps: the move is written down, both bear the flag.
        try await database.insert(
            [
                [
                    "_id": "default-2", "alias": "default", "number": 2, "version": .objectID(second.id),
                    "changed_at": .date(.now), "settled": false,
                ]
            ], into: "prunelle_alias_changes")
        #expect(try await catalog.target(of: .default, in: "digits") == first.id)
        try await database.update(["_id": .objectID(second.id)], in: "models", ["$set": ["is_default": true]])
        #expect(try await catalog.target(of: .default, in: "digits") == second.id)
        try await catalog.point(.default, in: "digits", to: third.id)
        #expect(try await catalog.target(of: .default, in: "digits") == third.id)
        #expect(try await database.count(["is_default": true], in: "models") == 1)
        #expect(try await catalog.earlierTarget(of: .default, in: "digits") == second.id)
    }
}

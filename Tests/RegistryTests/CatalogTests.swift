import Foundation
import JSON
import Observability
import Registry
import Storage
import TestSupport
import Testing

@Suite("The catalog of model versions", .timeLimit(.minutes(10)))
struct CatalogTests {
    private static let app = RegistryFixture.app

    @Test("a version is read back as it was added", arguments: SQLDriver.allCases)
    func roundTrip(driver: SQLDriver) async throws {
        let fixture = try await RegistryFixture(driver: driver)
        let version = ModelVersion(
            id: .next(), app: Self.app, name: "Zoë's “model”; DROP TABLE", algorithm: "réseau", format: "keras",
            metrics: ["accuracy": 0.5, "classes": [1, "2", nil]], origin: .training,
            file: ModelFile(
                hash: ContentHash(of: [1, 2, 3]), size: 1 << 40, name: "../../etc/passwd", contentType: "a/b"),
            createdAt: Timestamp(microseconds: 1_756_941_841_215_596))
        try await fixture.catalog.add(version, as: nil)
        #expect(try await fixture.catalog.version(version.id, of: Self.app) == version)
        #expect(try await fixture.catalog.versions(of: Self.app) == [version])
    }

    @Test(
        "versions are listed with the newest first, and those of one moment by their id", arguments: SQLDriver.allCases)
    func order(driver: SQLDriver) async throws {
        let fixture = try await RegistryFixture(driver: driver)
        var versions: [ModelVersion] = []
        for (name, moment) in [("b", 2), ("a", 1), ("c", 3), ("d", 3)] {
            let version = ModelVersion(
                id: .next(), app: Self.app, name: name, algorithm: "", format: "", origin: .upload, file: nil,
                createdAt: Timestamp(microseconds: Int64(moment)))
            try await fixture.catalog.add(version, as: nil)
            versions.append(version)
        }
        #expect(try await fixture.catalog.versions(of: Self.app).map(\.name) == ["d", "c", "b", "a"])
    }

    @Test("an app sees neither the versions nor the aliases of another", arguments: SQLDriver.allCases)
    func apps(driver: SQLDriver) async throws {
        let fixture = try await RegistryFixture(driver: driver)
        let foreign = fixture.description("foreign", app: "other")
        try await fixture.catalog.add(foreign, as: .default)
        #expect(try await fixture.catalog.versions(of: Self.app) == [])
        #expect(try await fixture.catalog.version(foreign.id, of: Self.app) == nil)
        #expect(try await fixture.catalog.target(of: .default, in: Self.app) == nil)
        await #expect(throws: RegistryError.unknownVersion) {
            try await fixture.catalog.point(.default, in: Self.app, to: foreign.id)
        }
        #expect(try await fixture.live.model(foreign.id) == nil)
        #expect(try await fixture.live.exists(foreign.id) == false)
    }

    @Test("an alias points where it was moved last, and its history tells every move", arguments: SQLDriver.allCases)
    func history(driver: SQLDriver) async throws {
        let fixture = try await RegistryFixture(driver: driver)
        let (first, second) = (fixture.description("first"), fixture.description("second"))
        try await fixture.catalog.add(first, as: .default)
        try await fixture.catalog.add(second, as: nil)
        #expect(try await fixture.catalog.target(of: .default, in: Self.app) == first.id)
        try await fixture.catalog.point(.default, in: Self.app, to: second.id)
        try await fixture.catalog.point(.default, in: Self.app, to: first.id)
        #expect(try await fixture.catalog.target(of: .default, in: Self.app) == first.id)
        let moves = try await fixture.catalog.history(of: .default, in: Self.app, limit: 10)
        #expect(moves.map(\.version) == [first.id, second.id, first.id])
        #expect(moves.map(\.changedAt) == moves.map(\.changedAt).sorted(by: >))
        #expect(try await fixture.catalog.history(of: .default, in: Self.app, limit: 1).count == 1)
    }

    @Test(
        "the version before the present one is found over repeated moves to the same version",
        arguments: SQLDriver.allCases)
    func earlierTarget(driver: SQLDriver) async throws {
        let fixture = try await RegistryFixture(driver: driver)
        await #expect(throws: RegistryError.nothingToRollBack) {
            try await fixture.catalog.earlierTarget(of: .default, in: Self.app)
        }
        let (first, second) = (fixture.description("first"), fixture.description("second"))
        try await fixture.catalog.add(first, as: .default)
        try await fixture.catalog.point(.default, in: Self.app, to: first.id)
        await #expect(throws: RegistryError.nothingToRollBack) {
            try await fixture.catalog.earlierTarget(of: .default, in: Self.app)
        }
        try await fixture.catalog.add(second, as: .default)
        try await fixture.catalog.point(.default, in: Self.app, to: second.id)
        #expect(try await fixture.catalog.earlierTarget(of: .default, in: Self.app) == first.id)
    }

    @Test("an unknown version cannot be pointed to, and the alias stays where it was", arguments: SQLDriver.allCases)
    func unknownVersion(driver: SQLDriver) async throws {
        let fixture = try await RegistryFixture(driver: driver)
        let known = fixture.description("known")
        try await fixture.catalog.add(known, as: .default)
        await #expect(throws: RegistryError.unknownVersion) {
            try await fixture.catalog.point(.default, in: Self.app, to: .next())
        }
        #expect(try await fixture.catalog.target(of: .default, in: Self.app) == known.id)
        #expect(try await fixture.catalog.history(of: .default, in: Self.app, limit: 9).count == 1)
    }

    @Test("a version that cannot be added moves no alias", arguments: SQLDriver.allCases)
    func addIsOneStep(driver: SQLDriver) async throws {
        let fixture = try await RegistryFixture(driver: driver)
        let (first, second) = (fixture.description("first"), fixture.description("second"))
        try await fixture.catalog.add(first, as: .default)
        try await fixture.catalog.add(second, as: nil)
        await #expect(throws: StorageError.self) { try await fixture.catalog.add(second, as: .default) }
        #expect(try await fixture.catalog.target(of: .default, in: Self.app) == first.id)
    }

    @Test("two catalogs on one database see each other's changes at once and lose none", arguments: SQLDriver.allCases)
    func twoCatalogs(driver: SQLDriver) async throws {
        let fixture = try await RegistryFixture(driver: driver)
        let other = try await driver.open(fixture.folder.url)
        let catalogs = [fixture.catalog, try await SQLModelCatalog(other)]
        let versions = (0..<20).map { fixture.description("version \($0)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, version) in versions.enumerated() {
                group.addTask { try await catalogs[index % 2].add(version, as: .default) }
            }
            try await group.waitForAll()
        }
        for catalog in catalogs {
            #expect(Set(try await catalog.versions(of: Self.app).map(\.id)) == Set(versions.map(\.id)))
            let moves = try await catalog.history(of: .default, in: Self.app, limit: 100)
            #expect(moves.count == 20)
            #expect(try await catalog.target(of: .default, in: Self.app) == moves.first?.version)
        }
        await other.close()
    }
}
